using System.Runtime.CompilerServices;

namespace Pure.Tuner;

public sealed partial class CpuBackend : IRopeKernel
{
    Support IRopeKernel.Supports(in RopeSpec spec) => spec.Rotary % 2 == 0 && spec.Rotary <= spec.HeadDim ? Support.Both : Support.None;

    bool IRopeKernel.WorksInPlace(in RopeSpec spec) => true;         // a pair is read before it is written

    void IRopeKernel.Rotate(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y)
    {
        if (y.IsEmpty) return;
        using var scope = TensorScope.Begin();
        ForRows(spec.Tokens, new RopeToken(spec, x.WithUnitRows(), cos.WithUnitRows(), sin.WithUnitRows(), y), 2L * spec.Heads * spec.HeadDim);
    }
}

/// <summary>All heads of a token: (a, b) to (a c - b s, b c + a s) for each pair; what does not turn passes.</summary>
internal readonly struct RopeToken(RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y) : IRowBody
{
    public void Invoke(int token)
    {
        int d = spec.HeadDim, half = spec.Rotary / 2;
        ReadOnlySpan<float> c = Row(cos, token, half), s = Row(sin, token, half);
        if (spec.Inverse)
        {
            Span<float> back = Scratch.Floats(0, half);
            TensorPrimitives.Negate(s, back);
            s = back;
        }
        Tensor target = y.Target;
        bool add = y.Accumulate;
        for (int head = 0; head < spec.Heads; head++)
        {
            long from = (long)token * x.Strides[0] + (long)head * x.Strides[1], to = (long)token * target.Strides[0] + (long)head * target.Strides[1];
            ReadOnlySpan<float> xs = ReadPart(x, from, d, Scratch.Floats(1, d));
            Span<float> ys = OpenPart(target, to, d, add, Scratch.Floats(2, d));
            if (spec.Layout == RopeLayout.HalfSplit) LaneLoop.Run(new HalfBody(xs, xs[half..], c, s, ys, ys[half..], add), half);
            else Adjacent(xs, c, s, ys, add);
            ReadOnlySpan<float> rest = xs[spec.Rotary..];
            if (add) TensorPrimitives.Add(ys[spec.Rotary..], rest, ys[spec.Rotary..]);
            else rest.CopyTo(ys[spec.Rotary..]);
            WritePart(ys, target, to);
        }
    }

    private static void Adjacent(ReadOnlySpan<float> x, ReadOnlySpan<float> c, ReadOnlySpan<float> s, Span<float> y, bool add)
    {
        for (int i = 0; i < c.Length; i++)
        {
            float a = x[2 * i], b = x[2 * i + 1];
            float turnedA = a * c[i] - b * s[i], turnedB = b * c[i] + a * s[i];
            y[2 * i] = add ? y[2 * i] + turnedA : turnedA;
            y[2 * i + 1] = add ? y[2 * i + 1] + turnedB : turnedB;
        }
    }

    private readonly ref struct HalfBody(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> s, Span<float> ya, Span<float> yb, bool add) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _a = a, _b = b, _c = c, _s = s;
        private readonly Span<float> _ya = ya, _yb = yb;
        private readonly bool _add = add;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T a = LaneLoop.Load<T>(_a, i), b = LaneLoop.Load<T>(_b, i), c = LaneLoop.Load<T>(_c, i), s = LaneLoop.Load<T>(_s, i);
            LaneLoop.Store(a * c - b * s, _ya, i, _add);
            LaneLoop.Store(b * c + a * s, _yb, i, _add);
        }
    }
}
