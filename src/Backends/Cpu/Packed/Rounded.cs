using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A row of x in 16 bits: blocks of 32 under one scale, x ≈ scale · code, wrong by at most 2⁻¹⁶ of the block's largest.</summary>
internal readonly unsafe struct Rounded
{
    /// <summary>Elements that share a scale.</summary>
    public const int Block = 32;

    /// <summary>One for each element.</summary>
    public readonly short* Codes;

    /// <summary>A scale for each block, and the scale times the sum of the block's codes; zeros behind the last, to a multiple of eight.</summary>
    public readonly float* Scales, Sums;

    private readonly int _blocks;

    /// <param name="room"><see cref="Floats"/> of room.</param>
    /// <param name="k">Length of the row, a multiple of <see cref="Block"/>.</param>
    public Rounded(float* room, int k)
    {
        _blocks = k / Block;
        int step = (_blocks + 7) & ~7;
        Scales = room;
        Sums = room + step;
        Codes = (short*)(Sums + step);
    }

    /// <summary>Room for a row.</summary>
    public static long Floats(int k) => 2 * ((k / Block + 7) & ~7) + k / 2;

    /// <summary>Rounds a row. The largest of a block becomes ±32767; halves go to the even number.</summary>
    public void Fill(float* x)
    {
        int blocks = _blocks;
        short* codes = Codes;
        for (int b = 0; b < blocks; b++, x += Block, codes += Block)
        {
            Vector256<float> x0 = Vector256.Load(x), x1 = Vector256.Load(x + 8), x2 = Vector256.Load(x + 16), x3 = Vector256.Load(x + 24);
            Vector256<float> all = Vector256.Max(Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
            Vector128<float> half = Vector128.Max(all.GetLower(), all.GetUpper());
            float largest = MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3]));
            float scale = largest / short.MaxValue;
            // Below 2^-126 the inverse would not be finite; such a block is 0.
            Vector256<float> inverse = Vector256.Create(scale < 1e-37f ? 0 : short.MaxValue / largest);
            Vector256<int> q0 = Round(x0 * inverse), q1 = Round(x1 * inverse), q2 = Round(x2 * inverse), q3 = Round(x3 * inverse);
            Vector256.Narrow(q0, q1).Store(codes);
            Vector256.Narrow(q2, q3).Store(codes + 16);
            Scales[b] = scale;
            Sums[b] = scale * Vector256.Sum(q0 + q1 + q2 + q3);
        }
        for (int b = blocks; b % 8 != 0; b++) Scales[b] = Sums[b] = 0;
    }

    private static Vector256<int> Round(Vector256<float> x) => Vector256.ConvertToInt32(Vector256.Round(x));
}
