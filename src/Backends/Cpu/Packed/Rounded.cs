using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Rows of x in 16 bits: blocks of 32 under one scale, x ≈ scale · code, wrong by at most 2⁻¹⁶ of the block's largest.</summary>
internal readonly unsafe struct Rounded
{
    /// <summary>Elements that share a scale.</summary>
    public const int Block = 32;

    /// <summary>K of them a row.</summary>
    public readonly short* Codes;

    /// <summary>A scale for each block, and its scale times the sum of its codes; <see cref="Step"/> a row, zeros behind the last.</summary>
    public readonly float* Scales, Sums;

    /// <summary>Elements of a row.</summary>
    public readonly int K;

    private Rounded(short* codes, float* scales, float* sums, int k)
    {
        Codes = codes;
        Scales = scales;
        Sums = sums;
        K = k;
    }

    /// <param name="room"><see cref="Floats"/> of room.</param>
    /// <param name="rows">Rows there is room for.</param>
    /// <param name="k">Their length, a multiple of <see cref="Block"/>.</param>
    public Rounded(float* room, int rows, int k)
    {
        K = k;
        Scales = room;
        Sums = room + (long)rows * Step;
        Codes = (short*)(Sums + (long)rows * Step);
    }

    /// <summary>Scales of a row, to a multiple of eight.</summary>
    public int Step => (K / Block + 7) & ~7;

    /// <summary>Room for some rows.</summary>
    public static long Floats(int rows, int k) => (long)rows * (2 * ((k / Block + 7) & ~7) + (k + 1) / 2);

    /// <summary>From a row on.</summary>
    public Rounded From(int row) => new(Codes + (long)row * K, Scales + (long)row * Step, Sums + (long)row * Step, K);

    /// <summary>Fills the first row. The largest of a block becomes ±32767; halves go to the even number.</summary>
    public void Fill(float* x)
    {
        int blocks = K / Block;
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
        for (int b = blocks; b < Step; b++) Scales[b] = Sums[b] = 0;
    }

    private static Vector256<int> Round(Vector256<float> x) => Vector256.ConvertToInt32(Vector256.Round(x));
}
