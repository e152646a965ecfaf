using System.Runtime.CompilerServices;

namespace Pure.Tuner;

public sealed partial class CpuBackend : IRmsNormKernel
{
    Support IRmsNormKernel.Supports(in RmsNormSpec spec) => spec.DType.IsFloat && spec.WeightDType.IsFloat && spec.Width > 0 ? Support.Both : Support.None;

    StateSpec IRmsNormKernel.State(in RmsNormSpec spec) => new(([spec.Rows], DType.F32));

    void IRmsNormKernel.Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        Tensor w = weight.Packed().Widened();
        ForRows(spec.Rows, new RmsNormRow(x.WithUnitRows(), null, null, w, y, state.OrNull(0), spec.Width, spec.Epsilon), 2L * spec.Width);
    }

    void IRmsNormKernel.ForwardAdd(in RmsNormSpec spec, Tensor x, Tensor r, Tensor weight, Tensor h, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        Tensor w = weight.Packed().Widened();
        ForRows(spec.Rows, new RmsNormRow(x.WithUnitRows(), r.WithUnitRows(), h, w, y, state.OrNull(0), spec.Width, spec.Epsilon), 3L * spec.Width);
    }

    void IRmsNormKernel.Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight)
    {
        if (dx.IsEmpty && dweight.IsEmpty) return;
        using var scope = TensorScope.Begin();
        Tensor w = weight.Packed().Widened();
        int d = spec.Width, blockRows = Math.Max(16, (spec.Rows + 63) / 64), blocks = (spec.Rows + blockRows - 1) / blockRows;
        Tensor? sums = dweight.IsEmpty ? null : Tensor.Empty(this, [blocks, d]);
        ForRows(blocks, new RmsNormBackwardBlock(x.WithUnitRows(), w, state[0], dy.WithUnitRows(), dx, sums, d, blockRows, spec.Rows), 6L * d * blockRows);
        if (sums is not null) ForRanges(d, new ColumnSums(sums, blocks, d, dweight), blocks + 1);
    }
}

/// <summary>y = x · rsqrt(mean(x²) + eps) · w, of h = x + r in the place of x where there is an r.</summary>
internal readonly struct RmsNormRow(Tensor x, Tensor? r, Tensor? h, Tensor w, Tensor y, Tensor? rstd, int d, float eps) : IRowBody
{
    public void Invoke(int row)
    {
        ReadOnlySpan<float> xRow = ReadRow(x, row, d, Scratch.Floats(0, d));
        if (r is not null)
        {
            Span<float> hRow = OpenRow(h!, row, d, Scratch.Floats(2, d));
            TensorPrimitives.Add(xRow, ReadRow(r, row, d, Scratch.Floats(1, d)), hRow);
            WriteRow(hRow, h!, row);
            xRow = ReadRow(h!, row, d, Scratch.Floats(0, d));      // rounded to h's dtype, as one who reads h sees it
        }
        Span<float> yRow = OpenRow(y, row, d, Scratch.Floats(1, d));
        float scale = (float)(1 / Math.Sqrt(WideSumSquares(xRow) / d + eps));
        LaneLoop.Run(new Body(xRow, Row(w, 0, d), scale, yRow), d);
        WriteRow(yRow, y, row);
        if (rstd is not null) Row(rstd, row, 1)[0] = scale;
    }

    private readonly ref struct Body(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float scale, Span<float> y) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _x = x, _w = w;
        private readonly Span<float> _y = y;
        private readonly float _scale = scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T> =>
            LaneLoop.Store(LaneLoop.Load<T>(_x, i) * T.All(_scale) * LaneLoop.Load<T>(_w, i), _y, i);
    }
}

/// <summary>dx = r (w dy - x r² mean(w dy x)) for the rows of a block, and the block's Σ dy x r, r being rstd.</summary>
internal readonly struct RmsNormBackwardBlock(Tensor x, Tensor w, Tensor rstd, Tensor dy, Into dx, Tensor? sums, int d, int blockRows, int rows) : IRowBody
{
    public void Invoke(int block)
    {
        ReadOnlySpan<float> wRow = Row(w, 0, d);
        Span<float> sum = sums is null ? default : Row(sums, block, d);
        sum.Clear();
        for (int row = block * blockRows, end = Math.Min(rows, row + blockRows); row < end; row++)
        {
            ReadOnlySpan<float> xRow = ReadRow(x, row, d, Scratch.Floats(0, d)), dyRow = ReadRow(dy, row, d, Scratch.Floats(1, d));
            float r = Row(rstd, row, 1)[0];
            if (!sum.IsEmpty) LaneLoop.Run(new WeightBody(xRow, dyRow, r, sum), d);
            if (dx.IsEmpty) continue;
            double mean = LaneLoop.WideSum(new DotBody(xRow, wRow, dyRow), d) / d;
            Span<float> dxRow = dx.OpenRow(row, d, Scratch.Floats(2, d));
            LaneLoop.Run(new InputBody(xRow, wRow, dyRow, r, (float)(-mean * r * r * r), dxRow, dx.Accumulate), d);
            WriteRow(dxRow, dx.Target, row);
        }
    }

    private readonly ref struct WeightBody(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, float r, Span<float> sum) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _x = x, _dy = dy;
        private readonly Span<float> _sum = sum;
        private readonly float _r = r;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T> =>
            LaneLoop.Store(T.MulAdd(LaneLoop.Load<T>(_x, i) * T.All(_r), LaneLoop.Load<T>(_dy, i), LaneLoop.Load<T>(_sum, i)), _sum, i);
    }

    private readonly ref struct DotBody(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> dy) : ILaneSum
    {
        private readonly ReadOnlySpan<float> _x = x, _w = w, _dy = dy;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Invoke<T>(int i) where T : struct, ILanes<T> => LaneLoop.Load<T>(_x, i) * LaneLoop.Load<T>(_w, i) * LaneLoop.Load<T>(_dy, i);
    }

    private readonly ref struct InputBody(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> dy, float r, float back, Span<float> dx, bool accumulate) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _x = x, _w = w, _dy = dy;
        private readonly Span<float> _dx = dx;
        private readonly float _r = r, _back = back;
        private readonly bool _accumulate = accumulate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T> =>
            LaneLoop.Store(T.MulAdd(LaneLoop.Load<T>(_x, i), T.All(_back), LaneLoop.Load<T>(_w, i) * LaneLoop.Load<T>(_dy, i) * T.All(_r)), _dx, i, _accumulate);
    }
}

/// <summary>y = Σ over the rows of a matrix of partial sums, in row order (+ y).</summary>
internal readonly struct ColumnSums(Tensor parts, int rows, int d, Into y) : IRangeBody
{
    public void Invoke(int first, int end)
    {
        Span<float> sum = Scratch.Floats(0, end - first);
        sum.Clear();
        for (int row = 0; row < rows; row++) TensorPrimitives.Add(sum, Row(parts, row, d)[first..end], sum);
        Span<float> target = Row(y.Target, 0, d)[first..end];
        if (y.Accumulate) TensorPrimitives.Add(target, sum, target);
        else sum.CopyTo(target);
    }
}
