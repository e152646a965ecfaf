using System.Buffers;
using System.Runtime.CompilerServices;

namespace Pure.Tuner;

public sealed partial class CpuBackend : IAdamWKernel
{
    void IAdamWKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV) => ((IAdamWKernel)this).StepAll([new(spec, p, g, m, v, maxV)]);

    /// <summary>One job over the pieces of all parameters: an adapter's matrices are too small to be shared out one by one.</summary>
    void IAdamWKernel.StepAll(ReadOnlySpan<AdamWItem> items)
    {
        AdamWParameter[] all = ArrayPool<AdamWParameter>.Shared.Rent(items.Length);
        try
        {
            int pieces = 0;
            for (int i = 0; i < items.Length; i++)
            {
                AdamWItem item = items[i];
                CheckSizes(item);
                int own = checked((int)((item.P.Shape.Count + AdamWPiece.Length - 1) / AdamWPiece.Length));
                pieces = checked(pieces + own);
                all[i] = new AdamWParameter(new AdamWFactors(item.Spec), item, pieces - own, pieces);
            }
            ForRows(pieces, new AdamWPiece(all, items.Length), 4L * AdamWPiece.Length);
        }
        finally
        {
            ArrayPool<AdamWParameter>.Shared.Return(all, clearArray: true);
        }
    }

    private static void CheckSizes(in AdamWItem x)
    {
        bool fits = Fits(x.P, x) && Fits(x.G, x) && Fits(x.M, x) && Fits(x.V, x) && (x.MaxV is null || Fits(x.MaxV, x));
        if (!fits) throw new ArgumentException($"adamw: contiguous tensors of one size are needed: p {x.P}, g {x.G}, m {x.M}, v {x.V}{(x.MaxV is null ? "" : $", max {x.MaxV}")}");

        static bool Fits(Tensor t, in AdamWItem x) => t.IsContiguous && t.Shape.Count == x.P.Shape.Count;
    }
}

/// <summary>A parameter of a step and its pieces, counted over all parameters.</summary>
internal readonly record struct AdamWParameter(AdamWFactors Factors, AdamWItem Item, int FirstPiece, int EndPiece);

/// <summary>The numbers of a step, folded in F64 and rounded once.</summary>
internal readonly struct AdamWFactors(in AdamWSpec spec)
{
    public readonly float GradScale = spec.GradScale;
    public readonly float L2 = spec.L2 ? (float)spec.WeightDecay : 0;
    public readonly float Keep = spec.L2 ? 1 : (float)(1 - spec.LearningRate * spec.WeightDecay);
    public readonly float Blend1 = (float)(1 - spec.Beta1);
    public readonly float Beta2 = (float)spec.Beta2;
    public readonly float Blend2 = (float)(1 - spec.Beta2);
    public readonly float RootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(spec.Beta2, spec.Step)));
    public readonly float Epsilon = (float)spec.Epsilon;
    public readonly float Rate = (float)(spec.LearningRate / (1 - Math.Pow(spec.Beta1, spec.Step)));
}

internal readonly struct AdamWPiece(AdamWParameter[] all, int count) : IRowBody
{
    public const int Length = 4096;

    public void Invoke(int piece)
    {
        ref readonly AdamWParameter x = ref all[Owner(piece)];
        (_, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV) = x.Item;
        long first = (long)(piece - x.FirstPiece) * Length;
        int n = (int)Math.Min(Length, p.Shape.Count - first);
        Span<float> ps = OpenPart(p, first, n, accumulate: true, Scratch.Floats(0, n));
        Span<float> max = maxV is null ? default : Elements<float>(maxV, first, n);
        LaneLoop.Run(new Body(x.Factors, ps, Elements<float>(g, first, n), Elements<float>(m, first, n), Elements<float>(v, first, n), max), n);
        WritePart(ps, p, first);
    }

    /// <summary>Whose a piece is: the first parameter whose pieces end behind it.</summary>
    private int Owner(int piece)
    {
        int low = 0, high = count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (all[middle].EndPiece > piece) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private readonly ref struct Body(AdamWFactors factors, Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v, Span<float> max) : ILaneBody
    {
        private readonly AdamWFactors _f = factors;
        private readonly ReadOnlySpan<float> _g = g;
        private readonly Span<float> _p = p, _m = m, _v = v, _max = max;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T p = LaneLoop.Load<T>(_p, i), m = LaneLoop.Load<T>(_m, i), v = LaneLoop.Load<T>(_v, i);
            T g = T.MulAdd(T.All(_f.L2), p, LaneLoop.Load<T>(_g, i) * T.All(_f.GradScale));
            m = T.MulAdd(T.All(_f.Blend1), g - m, m);
            v = T.MulAdd(T.All(_f.Blend2) * g, g, T.All(_f.Beta2) * v);
            LaneLoop.Store(m, _m, i);
            LaneLoop.Store(v, _v, i);
            if (!_max.IsEmpty)
            {
                v = T.Max(LaneLoop.Load<T>(_max, i), v);
                LaneLoop.Store(v, _max, i);
            }
            T step = m / T.MulAdd(T.Sqrt(v), T.All(_f.RootScale), T.All(_f.Epsilon));
            LaneLoop.Store(T.MulAdd(T.All(-_f.Rate), step, p * T.All(_f.Keep)), _p, i);
        }
    }
}
