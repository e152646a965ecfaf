using System.Runtime.CompilerServices;

namespace Pure.Tuner;

public sealed partial class CpuBackend : ISoftmaxKernel
{
    Support ISoftmaxKernel.Supports(in SoftmaxSpec spec) => spec.DType.IsFloat && spec.Width > 0 ? Support.Both : Support.None;

    void ISoftmaxKernel.Forward(in SoftmaxSpec spec, Tensor x, Tensor y)
    {
        using var scope = TensorScope.Begin();
        ForRows(spec.Rows, new SoftmaxRow(x.WithUnitRows(), y, spec.Width, spec.Log), 12L * spec.Width);
    }

    void ISoftmaxKernel.Backward(in SoftmaxSpec spec, Tensor y, Tensor dy, Into dx)
    {
        if (dx.IsEmpty) return;
        using var scope = TensorScope.Begin();
        ForRows(spec.Rows, new SoftmaxBackwardRow(y.WithUnitRows(), dy.WithUnitRows(), dx, spec.Width, spec.Log), (spec.Log ? 12L : 3L) * spec.Width);
    }
}

/// <summary>y = e^(x - max) / Σ, or x - max - log Σ</summary>
internal readonly struct SoftmaxRow(Tensor x, Tensor y, int d, bool log) : IRowBody
{
    public void Invoke(int row)
    {
        ReadOnlySpan<float> xRow = ReadRow(x, row, d, Scratch.Floats(0, d));
        Span<float> yRow = OpenRow(y, row, d, Scratch.Floats(1, d));
        float max = Max(xRow);
        if (log) TensorPrimitives.Subtract(xRow, max + MathF.Log(LaneLoop.Sum(new ExpSum(xRow, max, default), d)), yRow);
        else
        {
            float sum = LaneLoop.Sum(new ExpSum(xRow, max, yRow), d);
            TensorPrimitives.Multiply(yRow, 1 / sum, yRow);
        }
        WriteRow(yRow, y, row);
    }
}

/// <summary>Σ e^(x - shift); the terms are kept when there is room for them.</summary>
internal readonly ref struct ExpSum(ReadOnlySpan<float> x, float shift, Span<float> y) : ILaneSum
{
    private readonly ReadOnlySpan<float> _x = x;
    private readonly Span<float> _y = y;
    private readonly float _shift = shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Invoke<T>(int i) where T : struct, ILanes<T>
    {
        T e = LaneMath.Exp(LaneLoop.Load<T>(_x, i) - T.All(_shift));
        if (!_y.IsEmpty) LaneLoop.Store(e, _y, i);
        return e;
    }
}

/// <summary>dx = y (dy - Σ dy y), or dy - e^y Σ dy</summary>
internal readonly struct SoftmaxBackwardRow(Tensor y, Tensor dy, Into dx, int d, bool log) : IRowBody
{
    public void Invoke(int row)
    {
        ReadOnlySpan<float> yRow = ReadRow(y, row, d, Scratch.Floats(0, d)), dyRow = ReadRow(dy, row, d, Scratch.Floats(1, d));
        Span<float> dxRow = dx.OpenRow(row, d, Scratch.Floats(2, d));
        float sum = log ? Sum(dyRow) : Dot(dyRow, yRow);
        LaneLoop.Run(new Body(yRow, dyRow, sum, log, dxRow, dx.Accumulate), d);
        WriteRow(dxRow, dx.Target, row);
    }

    private readonly ref struct Body(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, float sum, bool log, Span<float> dx, bool accumulate) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _y = y, _dy = dy;
        private readonly Span<float> _dx = dx;
        private readonly float _sum = sum;
        private readonly bool _log = log, _accumulate = accumulate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T y = LaneLoop.Load<T>(_y, i), dy = LaneLoop.Load<T>(_dy, i), sum = T.All(_sum);
            LaneLoop.Store(_log ? T.MulAdd(T.All(0) - LaneMath.Exp(y), sum, dy) : y * (dy - sum), _dx, i, _accumulate);
        }
    }
}
