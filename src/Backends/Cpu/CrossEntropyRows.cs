using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>What the loss of a row has seen so far, in a row of F32.</summary>
internal readonly unsafe ref struct LossStats(Tensor stats, int row)
{
    /// <summary>Length of a row of them.</summary>
    public const int Floats = 8;

    private readonly float* _row = (float*)stats.Address + (long)row * Floats;

    /// <summary>Largest logit.</summary>
    public ref float Max => ref _row[0];

    /// <summary>Logit of the target.</summary>
    public ref float Target => ref _row[1];

    /// <summary>Σ e^(z - Max)</summary>
    public ref double Sum => ref ((double*)_row)[1];

    /// <summary>Σ z</summary>
    public ref double Total => ref ((double*)_row)[2];
}

/// <summary>Takes in a piece of a row's logits. For an online gradient z becomes e^(z - Max) · slope of the cap, and what was summed under an older maximum shrinks to the new one; without the target, where that is left out of a rounded product.</summary>
internal readonly struct LossRow(LinearCrossEntropySpec spec, Tensor logits, Tensor targets, Tensor stats, int first, Tensor? gradient, bool leavesTargetOut) : IRowBody
{
    public void Invoke(int row)
    {
        int count = logits.Shape[1], target = Row<int>(targets, row, 1)[0] - first;
        Span<float> z = Row(logits, row, count);
        var seen = new LossStats(stats, row);
        if (first == 0) (seen.Max, seen.Sum, seen.Total) = (float.MinValue, 0, 0);
        CrossEntropy.Cap(z, spec.SoftCap);
        if ((uint)target < (uint)count) seen.Target = z[target];
        if (spec.Smoothing != 0) seen.Total += WideSum(z);
        float before = seen.Max, max = MathF.Max(before, Max(z));
        double shrink = Math.Exp((double)before - max);
        seen.Max = max;
        if (gradient is not null && shrink != 1 && first > 0)
        {
            Span<float> sum = Row(gradient, row, spec.Hidden);
            TensorPrimitives.Multiply(sum, (float)shrink, sum);
        }
        seen.Sum = seen.Sum * shrink + CrossEntropy.Weights(z, max, spec.SoftCap, keeps: gradient is not null);
        if (leavesTargetOut && gradient is not null && (uint)target < (uint)count) z[target] = 0;
    }
}

/// <summary>nll = lse - z[target], or with smoothing e lse - (1-e) z[target] - e · mean of z; keeps maximum and 1/Σ where backward makes logits anew.</summary>
internal readonly struct LossEnd(LinearCrossEntropySpec spec, Tensor stats, Tensor nll, Tensor? scales) : IRowBody
{
    public void Invoke(int row)
    {
        var seen = new LossStats(stats, row);
        double lse = seen.Max + Math.Log(seen.Sum);
        nll.At(row) = (float)(spec.Smoothing == 0 ? lse - seen.Target : lse - (1.0 - spec.Smoothing) * seen.Target - (double)spec.Smoothing / spec.Vocab * seen.Total);
        if (scales is not null) (Row(scales, row, 2)[0], Row(scales, row, 2)[1]) = (seen.Max, (float)(1 / seen.Sum));
    }
}

/// <summary>dx = (Σ e^(z - Max) slope W) / Σ - scale · slope[target] · W[target], less p of the target where the sum is without it; the sum holds the scale already.</summary>
internal readonly struct OnlineGradientEnd(LinearCrossEntropySpec spec, Tensor stats, Tensor targetRows, Tensor gradient, bool leavesTargetOut) : IRowBody
{
    public void Invoke(int row)
    {
        var seen = new LossStats(stats, row);
        Span<float> dx = Row(gradient, row, spec.Hidden);
        float ratio = spec.SoftCap == 0 ? 0 : seen.Target / spec.SoftCap;
        TensorPrimitives.Multiply(dx, (float)(1 / seen.Sum), dx);
        float taken = leavesTargetOut ? (float)(1 - Math.Exp((double)seen.Target - seen.Max) / seen.Sum) : 1;
        TensorPrimitives.MultiplyAdd(Row(targetRows, row, spec.Hidden), -spec.LogitScale * (1 - ratio * ratio) * taken, dx, dx);
    }
}

/// <summary>z = dnll · (softmax(z) - (1-e) [target] - e/V) · slope of the cap, for a piece of the vocabulary; dnll is 1 where there is none. Logits that forward kept are capped already.</summary>
internal readonly struct LossGradientRow(LinearCrossEntropySpec spec, Tensor logits, Tensor targets, Tensor? stats, Tensor? scales, Tensor? dnll, int first, Tensor? capped = null) : IRowBody
{
    public void Invoke(int row)
    {
        int count = logits.Shape[1];
        Span<float> z = Row(logits, row, count);
        if (capped is null) CrossEntropy.Cap(z, spec.SoftCap);
        else Row(capped, row, count).CopyTo(z);
        float max, inverse;
        if (scales is not null) (max, inverse) = (Row(scales, row, 2)[0], Row(scales, row, 2)[1]);
        else
        {
            var seen = new LossStats(stats!, row);
            (max, inverse) = (seen.Max, (float)(1 / seen.Sum));
        }
        CrossEntropy.Gradient(spec, z, Row<int>(targets, row, 1)[0] - first, max, inverse, dnll is null ? 1 : dnll.At(row));
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

/// <summary>Arithmetic on logits of a row.</summary>
internal static class CrossEntropy
{
    /// <summary>z = c · tanh(z / c)</summary>
    public static void Cap(Span<float> z, float cap)
    {
        if (cap != 0) LaneLoop.Run(new CapBody(z, cap), z.Length);
    }

    /// <summary>Σ e^(z - max); where they are kept, z = e^(z - max) · slope of the cap, z being capped already.</summary>
    public static double Weights(Span<float> z, float max, float cap, bool keeps) =>
        keeps && cap != 0 ? LaneLoop.WideSum(new SlopedWeights(z, max, cap), z.Length) : LaneLoop.WideSum(new ExpSum(z, max, keeps ? z : default), z.Length);

    /// <summary>z = factor · (e^(z - max) · inverse - (1-e) [target] - e/V) · slope of the cap, z being capped already. The target may lie outside the piece.</summary>
    public static void Gradient(in LinearCrossEntropySpec spec, Span<float> z, int target, float max, float inverse, float factor)
    {
        bool hasTarget = (uint)target < (uint)z.Length;
        float inverseCap = spec.SoftCap == 0 ? 0 : 1 / spec.SoftCap, ratio = hasTarget ? z[target] * inverseCap : 0;
        float one = factor * (1 - spec.Smoothing) * (1 - ratio * ratio);
        LaneLoop.Run(new GradientBody(z, max, inverse, inverseCap, factor, spec.Smoothing / spec.Vocab), z.Length);
        if (hasTarget) z[target] -= one;
    }

    private readonly ref struct CapBody(Span<float> z, float cap) : ILaneBody
    {
        private readonly Span<float> _z = z;
        private readonly float _cap = cap, _inverse = 1 / cap;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T> =>
            LaneLoop.Store(T.All(_cap) * LaneMath.Tanh(LaneLoop.Load<T>(_z, i) * T.All(_inverse)), _z, i);
    }

    private readonly ref struct SlopedWeights(Span<float> z, float max, float cap) : ILaneSum
    {
        private readonly Span<float> _z = z;
        private readonly float _max = max, _inverseCap = 1 / cap;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T z = LaneLoop.Load<T>(_z, i), ratio = z * T.All(_inverseCap), e = LaneMath.Exp(z - T.All(_max));
            LaneLoop.Store(e * (T.All(1) - ratio * ratio), _z, i);
            return e;
        }
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
