using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <remarks>
/// Loss of a chunk of rows: the logits are made once, a row's work is done in place. With a frozen head forward turns them into
/// d nll / dx at once and keeps that: backward scales rows and never sees the vocabulary again. Else each row's maximum and 1/Σ e^(z - maximum) are
/// kept, since lse would round away digits of every probability, and logits are made anew.
/// </remarks>
public sealed partial class CpuBackend : ILinearCrossEntropyKernel
{
    Support ILinearCrossEntropyKernel.Supports(in LinearCrossEntropySpec spec) => spec.DType.IsFloat && spec.Vocab > 0 ? Support.Both : Support.None;

    StateSpec ILinearCrossEntropyKernel.State(in LinearCrossEntropySpec spec) =>
        new((spec.WantsWeightGrad ? [spec.Rows, 2] : [spec.Rows, spec.Hidden], DType.F32));

    void ILinearCrossEntropyKernel.Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state)
    {
        bool keepsGradient = !state.IsEmpty && !spec.WantsWeightGrad;
        int chunk = PortableLinearCrossEntropy.ChunkRows(spec);
        for (int start = 0; start < spec.Rows; start += chunk)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(chunk, spec.Rows - start);
            Tensor z = Tensor.Empty(this, [count, spec.Vocab]);
            w.MatMul(x.Slice(start, count), transposed: false, z, spec.LogitScale, accumulate: false);
            Tensor? scales = state.IsEmpty || keepsGradient ? null : state[0].Slice(start, count);
            ForRows(count, new CrossEntropyRow(spec, z, targets.Slice(start, count).Packed(), nll.Slice(start, count), scales, keepsGradient), 30L * spec.Vocab);
            if (keepsGradient) w.MatMul(z, transposed: true, state[0].Slice(start, count), spec.LogitScale, accumulate: false);
        }
    }

    void ILinearCrossEntropyKernel.Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw)
    {
        if (!spec.WantsWeightGrad)
        {
            if (!dw.IsEmpty) throw new ArgumentException("linear_cross_entropy: the weight's gradient was not announced in the spec");
            if (!dx.IsEmpty) ForRows(spec.Rows, new ScaledRow(state[0], dnll, dx, spec.Hidden), spec.Hidden);
            return;
        }
        if (dx.IsEmpty && dw.IsEmpty) return;
        if (spec.Rows == 0 && dw is { IsEmpty: false, Accumulate: false }) Fill(dw.Target, 0);
        int chunk = PortableLinearCrossEntropy.ChunkRows(spec);
        for (int start = 0; start < spec.Rows; start += chunk)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(chunk, spec.Rows - start);
            Tensor xs = x.Slice(start, count), z = Tensor.Empty(this, [count, spec.Vocab]);
            w.MatMul(xs, transposed: false, z, spec.LogitScale, accumulate: false);
            ForRows(count, new CrossEntropyBackwardRow(spec, z, targets.Slice(start, count).Packed(), state[0].Slice(start, count), dnll.Slice(start, count)), 30L * spec.Vocab);
            if (!dx.IsEmpty) w.MatMul(z, transposed: true, dx.Target.Slice(start, count), spec.LogitScale, dx.Accumulate);
            if (!dw.IsEmpty) MatMul(z.Transposed(), xs, dw.Target, spec.LogitScale, dw.Accumulate || start > 0);
        }
    }
}

/// <summary>Arithmetic on the logits of a row.</summary>
internal static class CrossEntropy
{
    public static int Target(in LinearCrossEntropySpec spec, Tensor targets, int row)
    {
        int target = Row<int>(targets, row, 1)[0];
        if ((uint)target >= (uint)spec.Vocab)
            throw new ArgumentOutOfRangeException(nameof(targets), $"linear_cross_entropy: target {target} is outside the vocabulary of {spec.Vocab}");
        return target;
    }

    /// <summary>z = c · tanh(z / c)</summary>
    public static void Cap(Span<float> z, float cap)
    {
        if (cap != 0) LaneLoop.Run(new CapBody(z, cap), z.Length);
    }

    /// <summary>z = factor · (e^(z - max) · inverse - (1-e) [target] - e/V) · slope of the cap, z being capped already.</summary>
    public static void Gradient(in LinearCrossEntropySpec spec, Span<float> z, int target, float max, float inverse, float factor)
    {
        float inverseCap = spec.SoftCap == 0 ? 0 : 1 / spec.SoftCap, ratio = z[target] * inverseCap;
        float one = factor * (1 - spec.Smoothing) * (1 - ratio * ratio);
        LaneLoop.Run(new GradientBody(z, max, inverse, inverseCap, factor, spec.Smoothing / spec.Vocab), z.Length);
        z[target] -= one;
    }

    private readonly ref struct CapBody(Span<float> z, float cap) : ILaneBody
    {
        private readonly Span<float> _z = z;
        private readonly float _cap = cap, _inverse = 1 / cap;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T> =>
            LaneLoop.Store(T.All(_cap) * LaneMath.Tanh(LaneLoop.Load<T>(_z, i) * T.All(_inverse)), _z, i);
    }

    private readonly ref struct GradientBody(Span<float> z, float max, float inverse, float inverseCap, float factor, float share) : ILaneBody
    {
        private readonly Span<float> _z = z;
        private readonly float _max = max, _inverse = inverse, _inverseCap = inverseCap, _factor = factor, _share = share;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T z = LaneLoop.Load<T>(_z, i), ratio = z * T.All(_inverseCap);
            LaneLoop.Store(T.All(_factor) * (LaneMath.Exp(z - T.All(_max)) * T.All(_inverse) - T.All(_share)) * (T.All(1) - ratio * ratio), _z, i);
        }
    }
}

/// <summary>nll = lse - z[target], or with smoothing e lse - (1-e) z[target] - e · mean of z; then, when the gradient is kept, z = softmax(z) - [target].</summary>
internal readonly struct CrossEntropyRow(LinearCrossEntropySpec spec, Tensor logits, Tensor targets, Tensor nll, Tensor? scales, bool keepsGradient) : IRowBody
{
    public void Invoke(int row)
    {
        Span<float> z = Row(logits, row, spec.Vocab);
        int target = CrossEntropy.Target(spec, targets, row);
        CrossEntropy.Cap(z, spec.SoftCap);
        float max = Max(z);
        double sum = LaneLoop.WideSum(new ExpSum(z, max, default), spec.Vocab), lse = max + Math.Log(sum);
        nll.At(row) = (float)(spec.Smoothing == 0 ? lse - z[target] : lse - (1.0 - spec.Smoothing) * z[target] - (double)spec.Smoothing / spec.Vocab * Sum(z));
        float inverse = (float)(1 / sum);
        if (scales is not null) (Row(scales, row, 2)[0], Row(scales, row, 2)[1]) = (max, inverse);
        if (keepsGradient) CrossEntropy.Gradient(spec, z, target, max, inverse, 1);
    }
}

/// <summary>z = dnll · (softmax(z) - [target])</summary>
internal readonly struct CrossEntropyBackwardRow(LinearCrossEntropySpec spec, Tensor logits, Tensor targets, Tensor scales, Tensor dnll) : IRowBody
{
    public void Invoke(int row)
    {
        Span<float> z = Row(logits, row, spec.Vocab);
        CrossEntropy.Cap(z, spec.SoftCap);
        ReadOnlySpan<float> scale = Row(scales, row, 2);
        CrossEntropy.Gradient(spec, z, CrossEntropy.Target(spec, targets, row), scale[0], scale[1], dnll.At(row));
    }
}

/// <summary>y = x · s[row] (+ y)</summary>
internal readonly struct ScaledRow(Tensor x, Tensor s, Into y, int d) : IRowBody
{
    public void Invoke(int row)
    {
        Span<float> yRow = y.OpenRow(row, d, Scratch.Floats(0, d));
        if (y.Accumulate) TensorPrimitives.MultiplyAdd(Row(x, row, d), s.At(row), yRow, yRow);
        else TensorPrimitives.Multiply(Row(x, row, d), s.At(row), yRow);
        WriteRow(yRow, y.Target, row);
    }
}
