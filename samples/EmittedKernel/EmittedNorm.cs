using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pure.Tuner.Kernels;

namespace EmittedKernel;

/// <summary>Root mean square normalisation whose forward is machine code of its own; backward, and rows that the code does not take, are the backend's.</summary>
public sealed unsafe class EmittedNorm : IRmsNormKernel, IDisposable
{
    private readonly IRmsNormKernel _own;
    private readonly CodePages _pages;
    private readonly int _lanes = Vector512.IsHardwareAccelerated ? 16 : 8;

    /// <param name="own">The backend's kernel.</param>
    public EmittedNorm(IRmsNormKernel own)
    {
        _own = own;
        _pages = CodePages.Load(NormCode.Emit(32 * _lanes, CallConvention.Here), "emitted-rms-norm");
    }

    /// <summary>Whether the processor has what the code needs.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Rows that the code has computed.</summary>
    public long Rows { get; private set; }

    public Support Supports(in RmsNormSpec spec) => _own.Supports(spec);

    public StateSpec State(in RmsNormSpec spec) => _own.State(spec);

    public void Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state)
    {
        if (spec is not { DType: DType.F32, WeightDType: DType.F32 } || spec.Width % _lanes != 0 || !weight.IsContiguous)
        {
            _own.Forward(spec, x, weight, y, state);
            return;
        }
        Rows += spec.Rows;
        int width = spec.Width, lanes = _lanes;
        float eps = spec.Epsilon;
        Tensor? kept = state.OrNull(0);
        ((HostBackend)x.Backend).ForRows(spec.Rows, row =>
        {
            fixed (float* px = HostMemory.Row<float>(x, row), pw = HostMemory.Elements<float>(weight), py = HostMemory.Row<float>(y, row))
            {
                var call = new NormCall { X = px, Weight = pw, Y = py, Registers = width / lanes, InverseWidth = 1f / width, Epsilon = eps, One = 1 };
                // Unmanaged without SuppressGCTransition: the collector need not wait for the code.
                ((delegate* unmanaged<NormCall*, void>)_pages.Entry)(&call);
                GC.KeepAlive(_pages);                                        // whose finalizer takes the code away
                if (kept is not null) HostMemory.Elements<float>(kept)[row] = call.Lanes[0];
            }
        }, workPerRow: 2L * width);
    }

    public void Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight) => _own.Backward(spec, x, weight, state, dy, dx, dweight);

    public void Dispose() => _pages.Dispose();
}
