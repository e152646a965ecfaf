using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>The heads of a tensor [rows, heads, d], read and written as F32 rows; where <paramref name="rounds"/>, read rounded to BF16.</summary>
internal readonly unsafe struct HeadRows(Tensor x, bool rounds = false)
{
    private readonly Tensor _x = x;
    private readonly bool _rounds = rounds && x.DType != DType.BF16;
    private readonly float* _floats = x.DType == DType.F32 && !rounds ? (float*)x.Address : null;
    private readonly nint _step = (nint)x.Strides[0], _headStep = (nint)x.Strides[1];

    /// <summary>Whether rows can be read where they lie.</summary>
    public bool InPlace => _floats != null;

    /// <summary>From a row to the next.</summary>
    public nint Step => _step;

    /// <summary>A row where it lies; only when <see cref="InPlace"/>.</summary>
    public float* At(int row, int head) => _floats + row * _step + head * _headStep;

    /// <summary>y = factor · row</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read<T>(int row, int head, int d, float factor, float* y) where T : struct, ILanes<T>
    {
        if (_floats != null) Scale<T>(At(row, head), d, factor, y);
        else
        {
            CopyPart(_x, row * _step + head * _headStep, new Span<float>(y, d));
            if (_rounds) CpuBackend.RoundInPlace(new Span<float>(y, d));
            if (factor != 1) Scale<T>(y, d, factor, y);
        }
    }

    /// <summary>row = factor · y, or what is there plus it</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<T>(int row, int head, int d, float factor, float* y, bool accumulate) where T : struct, ILanes<T>
    {
        if (_floats != null)
        {
            if (accumulate) AddScaled<T>(y, d, factor, At(row, head));
            else Scale<T>(y, d, factor, At(row, head));
            return;
        }
        long at = row * _step + head * _headStep;
        Span<float> wide = OpenPart(_x, at, d, accumulate, Scratch.Floats(5, d));
        fixed (float* p = wide)
        {
            if (accumulate) AddScaled<T>(y, d, factor, p);
            else Scale<T>(y, d, factor, p);
        }
        WritePart(wide, _x, at);
    }

    /// <summary>Rows [first, first + count) of a head at step <paramref name="step"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Pack<T>(int first, int count, int head, int d, float* tile, nint step) where T : struct, ILanes<T>
    {
        for (int i = 0; i < count; i++) Read<T>(first + i, head, d, 1, tile + i * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale<T>(float* x, int n, float factor, float* y) where T : struct, ILanes<T>
    {
        T f = T.All(factor);
        int i = 0;
        for (; i + T.Count <= n; i += T.Count) (T.Load(x + i) * f).Store(y + i);
        for (; i < n; i++) y[i] = x[i] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<T>(float* x, int n, float factor, float* y) where T : struct, ILanes<T>
    {
        T f = T.All(factor);
        int i = 0;
        for (; i + T.Count <= n; i += T.Count) T.MulAdd(T.Load(x + i), f, T.Load(y + i)).Store(y + i);
        for (; i < n; i++) y[i] = float.MultiplyAddEstimate(x[i], factor, y[i]);
    }
}
