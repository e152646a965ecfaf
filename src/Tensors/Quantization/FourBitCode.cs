using System.Numerics;

namespace Pure.Tuner;

/// <summary>The sixteen numbers of a 4-bit type of bitsandbytes, from -1 to 1, and which of them is nearest.</summary>
/// <remarks>NF4: Dettmers et al. 2023, arXiv:2305.14314: quantiles of the normal distribution. FP4: sign, two bits of exponent, one of fraction, over 12.</remarks>
internal sealed class FourBitCode
{
    private readonly float[] _values;

    /// <summary>Midpoints of neighbours from below; NF4's of all numbers, FP4's of the magnitudes. A number on one counts as below it.</summary>
    private readonly float[] _thresholds;

    /// <summary>Codes in the order of their values.</summary>
    private readonly byte[] _ordered;

    /// <summary>Both numbers of a byte, the first in the lower half: what a byte of codes expands to.</summary>
    private readonly ulong[] _pairs = new ulong[256];

    private FourBitCode(string name, float[] values, bool hasSign)
    {
        (Name, _values, HasSign) = (name, values, hasSign);
        byte[] codes = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        // FP4 has a zero of either sign, codes 0 and 8: 0 is written, both are read.
        _ordered = [.. codes.Where(c => !hasSign || c != 8).OrderBy(c => values[c])];
        Zero = (byte)Array.IndexOf(values, 0f);
        byte[] rising = hasSign ? [.. _ordered.SkipWhile(c => c != Zero)] : _ordered;
        _thresholds = [.. rising.Zip(rising.Skip(1), (a, b) => (float)(((double)values[a] + values[b]) / 2))];
        for (int i = 0; i < 256; i++)
            _pairs[i] = BitConverter.SingleToUInt32Bits(values[i >> 4]) | (ulong)BitConverter.SingleToUInt32Bits(values[i & 15]) << 32;
    }

    /// <summary>Normal float.</summary>
    internal static FourBitCode Nf4 { get; } = new("nf4",
    [
        -1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1,
    ], hasSign: false);

    /// <summary>A float of four bits.</summary>
    internal static FourBitCode Fp4 { get; } = new("fp4", [.. new[] { 0, 0.0625f, 8, 12, 4, 6, 2, 3, -0f, -0.0625f, -8, -12, -4, -6, -2, -3 }.Select(v => v / 12)], hasSign: true);

    /// <summary>nf4 or fp4, as files name it.</summary>
    internal string Name { get; }

    /// <summary>Whether bit 3 of a code is its sign.</summary>
    internal bool HasSign { get; }

    /// <summary>The code of 0.</summary>
    internal byte Zero { get; }

    /// <summary>The number of each code: quant_map in files.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <inheritdoc cref="_pairs"/>
    internal ReadOnlySpan<ulong> Pairs => _pairs;

    /// <summary>The type of that name, or null.</summary>
    internal static FourBitCode? Find(string? name) => name switch { "nf4" => Nf4, "fp4" => Fp4, _ => null };

    /// <summary>Rounds one block: absmax = max |x|, y = x · (1 / absmax), code = nearest; two codes a byte, the first in the high half.</summary>
    /// <param name="x">The numbers; of an odd number the last byte is filled up with the code of 0.</param>
    /// <param name="codes">Half as many bytes.</param>
    /// <returns>absmax.</returns>
    internal float Encode(ReadOnlySpan<float> x, Span<byte> codes)
    {
        float absmax = MathF.Abs(TensorPrimitives.MaxMagnitude(x)), inverse = absmax == 0 ? 0 : 1 / absmax;
        Span<int> ranks = stackalloc int[Piece];
        for (; x.Length > 0; x = x[Math.Min(Piece, x.Length)..], codes = codes[Math.Min(Piece / 2, codes.Length)..])
        {
            Span<int> piece = ranks[..Math.Min(Piece, x.Length)];
            if (HasSign) RanksByMagnitude(x, inverse, piece);
            else RanksByValue(x, inverse, piece);
            ReadOnlySpan<byte> ordered = _ordered;
            int i = 0;
            for (; i + 1 < piece.Length; i += 2) codes[i >> 1] = (byte)(ordered[piece[i]] << 4 | ordered[piece[i + 1]]);
            if (i < piece.Length) codes[i >> 1] = (byte)(ordered[piece[i]] << 4 | Zero);
        }
        return absmax;
    }

    private const int Piece = 128;

    /// <summary>How many thresholds each number is above.</summary>
    private void RanksByValue(ReadOnlySpan<float> x, float inverse, Span<int> ranks)
    {
        int i = 0;
        if (Vector.IsHardwareAccelerated)
            for (; i <= ranks.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> y = new Vector<float>(x[i..]) * inverse;
                Vector<int> rank = Vector<int>.Zero;
                foreach (float t in _thresholds) rank -= Vector.GreaterThan(y, new Vector<float>(t));     // true is -1
                rank.CopyTo(ranks[i..]);
            }
        for (; i < ranks.Length; i++)
        {
            float y = x[i] * inverse;
            int rank = 0;
            foreach (float t in _thresholds) rank += y > t ? 1 : 0;
            ranks[i] = rank;
        }
    }

    /// <summary>The same where a tie goes to the smaller magnitude on both sides.</summary>
    private void RanksByMagnitude(ReadOnlySpan<float> x, float inverse, Span<int> ranks)
    {
        int zero = _thresholds.Length, i = 0;
        if (Vector.IsHardwareAccelerated)
            for (; i <= ranks.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> y = new Vector<float>(x[i..]) * inverse, magnitude = Vector.Abs(y);
                Vector<int> rank = Vector<int>.Zero;
                foreach (float t in _thresholds) rank -= Vector.GreaterThan(magnitude, new Vector<float>(t));
                (new Vector<int>(zero) + Vector.ConditionalSelect(Vector.LessThan(y, Vector<float>.Zero), -rank, rank)).CopyTo(ranks[i..]);
            }
        for (; i < ranks.Length; i++)
        {
            float y = x[i] * inverse, magnitude = MathF.Abs(y);
            int rank = 0;
            foreach (float t in _thresholds) rank += magnitude > t ? 1 : 0;
            ranks[i] = y < 0 ? zero - rank : zero + rank;
        }
    }
}
