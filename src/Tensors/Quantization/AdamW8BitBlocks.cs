using System.Numerics;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>The definition of the AdamW step with 8-bit moments, block by block: what every backend computes.</summary>
/// <remarks>
/// Dettmers et al. 2022, arXiv:2110.02861. m = β₁m + (1-β₁)g with the signed map, v = β₂v + (1-β₂)g² with the unsigned one;
/// p = p(1 - lr·wd) - lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + eps) with m and v as they are before rounding. Products and sums are rounded one by
/// one, so that vectors of any width give the same bits.
/// </remarks>
internal readonly struct AdamW8BitBlocks(in AdamWSpec spec)
{
    /// <summary>Numbers of a block.</summary>
    internal const int Size = 256;

    private readonly float _gradScale = spec.GradScale, _keep = (float)(1 - spec.LearningRate * spec.WeightDecay), _epsilon = (float)spec.Epsilon;
    private readonly float _beta1 = (float)spec.Beta1, _blend1 = (float)(1 - spec.Beta1), _beta2 = (float)spec.Beta2, _blend2 = (float)(1 - spec.Beta2);
    private readonly float _rootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(spec.Beta2, spec.Step))), _rate = (float)(spec.LearningRate / (1 - Math.Pow(spec.Beta1, spec.Step)));

    /// <summary>Moves whole blocks; the last may be short.</summary>
    internal void Step(Span<float> p, ReadOnlySpan<float> g, Span<byte> state1, Span<float> absmax1, Span<byte> state2, Span<float> absmax2)
    {
        Span<float> room = stackalloc float[2 * Size];
        for (int block = 0, first = 0; first < p.Length; block++, first += Size)
        {
            int n = Math.Min(Size, p.Length - first);
            Span<float> m = room[..n], v = room.Slice(Size, n);
            Span<byte> first8 = state1.Slice(first, n), second8 = state2.Slice(first, n);
            Blockwise8Bit.Dequantize(first8, absmax1.Slice(block, 1), Size, DynamicMap.Signed, m);
            Blockwise8Bit.Dequantize(second8, absmax2.Slice(block, 1), Size, DynamicMap.Unsigned, v);
            Move(p.Slice(first, n), g.Slice(first, n), m, v);
            Blockwise8Bit.Quantize(m, Size, DynamicMap.Signed, first8, absmax1.Slice(block, 1));
            Blockwise8Bit.Quantize(v, Size, DynamicMap.Unsigned, second8, absmax2.Slice(block, 1));
        }
    }

    private void Move(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v)
    {
        int i = 0;
        if (Vector.IsHardwareAccelerated)
            for (; i <= p.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> gs = new Vector<float>(g[i..]) * _gradScale;
                Vector<float> ms = new Vector<float>(m[i..]) * _beta1 + gs * _blend1, vs = new Vector<float>(v[i..]) * _beta2 + gs * gs * _blend2;
                ms.CopyTo(m[i..]);
                vs.CopyTo(v[i..]);
                Vector<float> step = ms / (Vector.SquareRoot(vs) * _rootScale + new Vector<float>(_epsilon));
                (new Vector<float>(p[i..]) * _keep - step * _rate).CopyTo(p[i..]);
            }
        for (; i < p.Length; i++)
        {
            float gs = g[i] * _gradScale;
            m[i] = m[i] * _beta1 + gs * _blend1;
            v[i] = v[i] * _beta2 + gs * gs * _blend2;
            float step = m[i] / (MathF.Sqrt(v[i]) * _rootScale + _epsilon);
            p[i] = p[i] * _keep - step * _rate;
        }
    }
}
