namespace Pure.Tuner;

/// <summary>The 256 numbers of bitsandbytes' dynamic 8-bit type: seven decades, each finer than the one below it.</summary>
/// <remarks>
/// Dettmers 2016, arXiv:1511.04561; Dettmers et al. 2022, arXiv:2110.02861. Signed: for i = 0 to 6 the interval [0.1, 1] is cut in 2^i parts; their
/// midpoints times 10^(i-6), with both signs, and 0 and 1. Unsigned: 2^(i+1) parts, one sign. All in F32, as the files hold them.
/// </remarks>
internal sealed class DynamicMap
{
    private const int BucketShift = 19;                    // sign, exponent, four bits of the fraction: at most a few thresholds in a bucket
    private readonly float[] _values, _thresholds;
    private readonly byte[] _first = new byte[1 << (32 - BucketShift)];

    private DynamicMap(bool signed)
    {
        List<float> values = [0, 1];
        for (int i = 0; i < 7; i++)
        {
            float[] cuts = Cuts(1 << (signed ? i : i + 1));
            float decade = (float)Math.Pow(10, i - 6);
            for (int k = 1; k < cuts.Length; k++)
            {
                float value = decade * ((cuts[k - 1] + cuts[k]) / 2);
                values.Add(value);
                if (signed) values.Add(-value);
            }
        }
        values.Sort();
        _values = [.. values];
        _thresholds = [.. values.Zip(values.Skip(1), (a, b) => (a + b) / 2), float.PositiveInfinity];
        for (int bucket = 0; bucket < _first.Length; bucket++)
        {
            uint bits = (uint)bucket << BucketShift;
            bool negative = (bits & 0x8000_0000) != 0;
            float least = BitConverter.UInt32BitsToSingle(negative ? bits | ((1u << BucketShift) - 1) : bits);
            if (float.IsNaN(least)) least = negative ? float.NegativeInfinity : float.PositiveInfinity;
            int code = 0;
            while (least > _thresholds[code]) code++;
            _first[bucket] = (byte)code;
        }
    }

    /// <summary>For numbers of both signs; there is a 1 and no -1.</summary>
    internal static DynamicMap Signed { get; } = new(signed: true);

    /// <summary>For numbers that are never negative.</summary>
    internal static DynamicMap Unsigned { get; } = new(signed: false);

    /// <summary>The number of each code, rising.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <summary>The code of the nearest number; of two equally near the lower.</summary>
    internal byte Nearest(float x)
    {
        int code = _first[BitConverter.SingleToUInt32Bits(x) >> BucketShift];
        while (x > _thresholds[code]) code++;
        return (byte)code;
    }

    /// <summary>[0.1, 1] in equal parts, counted from either end up to the middle as torch.linspace does.</summary>
    private static float[] Cuts(int parts)
    {
        const float From = 0.1f, To = 1;
        float step = (To - From) / parts;
        return [.. Enumerable.Range(0, parts + 1).Select(i => i < (parts + 1) / 2 ? MathF.FusedMultiplyAdd(step, i, From) : MathF.FusedMultiplyAdd(-step, parts - i, To))];
    }
}
