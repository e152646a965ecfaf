using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Panels as <see cref="Int8Layout"/> describes them.</summary>
internal static unsafe class Int8Packing
{
    private const int Group = Int8Layout.Group, StageSlot = 7, TurnSlot = 6;

    /// <summary>Rounds and packs a panel of a: rows [first, first + rows) of x, all of k.</summary>
    /// <param name="x">a, with k along its columns.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">Rows that exist, at most <paramref name="width"/>.</param>
    /// <param name="width">Rows of the panel.</param>
    /// <param name="k">Columns, a multiple of 32.</param>
    /// <param name="zero">What b's codes have too much.</param>
    /// <param name="panel">k / 32 steps.</param>
    public static void PackA(Matrix x, long first, int rows, int width, int k, int zero, byte* panel)
    {
        if (rows < width) new Span<byte>(panel, k / Group * width * Int8Layout.RowBytes).Clear();
        for (int row = 0; row < rows; row++)
        {
            Matrix part = x.From(first + row, 0);
            float* from = part.Floats;
            if (!part.IsF32 || part.ColumnStep != 1)
            {
                from = (float*)Scratch.Bytes(StageSlot, (long)k * sizeof(float));
                part.ReadRow(0, k, from);
            }
            Round(from, row, width, k, zero, panel);
        }
    }

    /// <summary>Each 32 under one scale, a 127th of the largest of them; codes are rounded to nearest, halves to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* x, int row, int width, int k, int zero, byte* panel)
    {
        for (int p = 0; p < k; p += Group, x += Group, panel += width * Int8Layout.RowBytes)
        {
            Vector256<float> x0 = Vector256.Load(x), x1 = Vector256.Load(x + 8), x2 = Vector256.Load(x + 16), x3 = Vector256.Load(x + 24);
            Vector256<float> all = Vector256.Max(Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
            Vector128<float> half = Vector128.Max(all.GetLower(), all.GetUpper());
            float largest = MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3])), scale = largest / 127;
            // Below 2^-126 the inverse would not be finite: such a group is 0. What is not finite gives codes of 0 under a scale that makes every sum NaN.
            Vector256<float> inverse = Vector256.Create(scale < 1e-37f ? 0 : 127 / largest);
            if (!float.IsFinite(largest))
            {
                scale = float.NaN;
                x0 = x1 = x2 = x3 = inverse = default;
            }
            Vector256<int> q0 = Nearest(x0 * inverse), q1 = Nearest(x1 * inverse), q2 = Nearest(x2 * inverse), q3 = Nearest(x3 * inverse);
            Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3)).Store((sbyte*)panel + row * Group);
            int sum = Vector256.Sum(q0 + q1 + q2 + q3);
            ((float*)(panel + Int8Layout.ScalesOfA(width)))[row] = scale;
            ((float*)(panel + Int8Layout.SumsOfA(width)))[row] = scale * sum;
            ((int*)(panel + Int8Layout.StartsOfA(width)))[row] = -zero * sum;
        }
    }

    private static Vector256<int> Nearest(Vector256<float> x) => Vector256.ConvertToInt32(Vector256.Round(x));

    /// <summary>Packs a panel of b: rows [first, first + count) of a packed weight.</summary>
    /// <param name="reader">What reads its codes.</param>
    /// <param name="w">The weight: k along its rows.</param>
    /// <param name="first">First row: a column of b.</param>
    /// <param name="count">Rows that exist, at most <paramref name="width"/>.</param>
    /// <param name="width">Columns of the panel, a multiple of four.</param>
    /// <param name="signed">Whether codes get their sign here: the zero point is taken from them.</param>
    /// <param name="panel">k / 32 steps.</param>
    public static void PackB(Int8Reader reader, QuantizedTensor w, int first, int count, int width, bool signed, byte* panel)
    {
        int k = w.Shape[1], groups = k / Group;
        byte* codes = (byte*)Scratch.Bytes(StageSlot, 4L * k);
        float* scales = (float*)Scratch.Bytes(TurnSlot, 8L * groups * sizeof(float)), minima = scales + 4 * groups;
        if (!reader.HasMinima || count < width) new Span<float>(minima, 4 * groups).Clear();
        for (int column = 0; column < width; column += 4)
        {
            int four = Math.Clamp(count - column, 0, 4);
            for (int i = 0; i < four; i++) reader.Read(w, first + column + i, codes + (long)i * k, scales + i * groups, minima + i * groups);
            if (four < 4)
            {
                new Span<byte>(codes + (long)four * k, (4 - four) * k).Clear();
                new Span<float>(scales + four * groups, (4 - four) * groups).Clear();
                new Span<float>(minima + four * groups, (4 - four) * groups).Clear();
            }
            if (signed && reader.Zero != 0) Subtract(codes, four * k, (byte)reader.Zero);
            Turn(codes, k, scales, minima, groups, width, column, panel);
        }
    }

    /// <summary>Wraps around: the byte of a number with sign.</summary>
    private static void Subtract(byte* codes, int count, byte zero)
    {
        for (int i = 0; i < count; i += Group) (Vector256.Load(codes + i) - Vector256.Create(zero)).Store(codes + i);
    }

    /// <summary>Four columns to their places: fours of codes side by side, scales and minima behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(byte* codes, int k, float* scales, float* minima, int groups, int width, int column, byte* panel)
    {
        for (int group = 0; group < groups; group++, panel += width * Int8Layout.ColumnBytes)
        {
            Packing.Transpose4((float*)(codes + group * Group), k / 4, Group / 4, (float*)panel + column, width);
            float* scale = (float*)(panel + Int8Layout.ScalesOfB(width)) + column, minimum = (float*)(panel + Int8Layout.MinimaOfB(width)) + column;
            for (int i = 0; i < 4; i++)
            {
                scale[i] = scales[i * groups + group];
                minimum[i] = minima[i * groups + group];
            }
        }
    }
}
