using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pure.Tuner.Kernels.Codes;

namespace Pure.Tuner.Kernels;

/// <summary>Sixteen values in two registers, and what the table formats do with them.</summary>
internal static unsafe class TableVectors
{
    /// <summary>Values of codes 0 to 7 or 8 to 15 of IQ4.</summary>
    public static Vector256<float> NonLinearLow => Vector256.Create(-127f, -104, -83, -65, -49, -35, -22, -10);

    public static Vector256<float> NonLinearHigh => Vector256.Create(1f, 13, 25, 38, 53, 69, 89, 113);

    /// <summary>Twice the values of E2M1.</summary>
    public static Vector256<float> E2M1Low => Vector256.Create(0f, 1, 2, 3, 4, 6, 8, 12);

    public static Vector256<float> E2M1High => Vector256.Create(0f, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>Sixteen bytes of codes: y = d values[code].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand16(byte* codes, Vector256<float> low, Vector256<float> high, float d, float* y)
    {
        Vector256<float> scale = Vector256.Create(d);
        for (int i = 0; i < 16; i += 8)
        {
            Vector256<int> q = Load8(codes + i);
            (scale * LookUp(low, high, q)).Store(y + i);
            (scale * LookUp(low, high, High(q))).Store(y + 16 + i);
        }
    }

    /// <summary>Σ values[code] x over sixteen bytes of codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Dot16(byte* codes, Vector256<float> low, Vector256<float> high, float* x)
    {
        Vector256<int> q0 = Load8(codes), q1 = Load8(codes + 8);
        Vector256<float> s = LookUp(low, high, q0) * Vector256.Load(x);
        s = Vector256.MultiplyAddEstimate(LookUp(low, high, q1), Vector256.Load(x + 8), s);
        s = Vector256.MultiplyAddEstimate(LookUp(low, high, High(q0)), Vector256.Load(x + 16), s);
        return Vector256.MultiplyAddEstimate(LookUp(low, high, High(q1)), Vector256.Load(x + 24), s);
    }
}

/// <summary>d values[q]</summary>
internal readonly unsafe struct IQ4_NLVectors : ISmallBlockVectors
{
    public static bool HasMin => false;
    public static float Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y) => TableVectors.Expand16(block + 2, TableVectors.NonLinearLow, TableVectors.NonLinearHigh, Half(block), y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<float> low = TableVectors.NonLinearLow, high = TableVectors.NonLinearHigh;
        Vector256<int> q0 = Load8(block + 2), q1 = Load8(block + 10);
        c0 = LookUp(low, high, q0);
        c1 = LookUp(low, high, q1);
        c2 = LookUp(low, high, High(q0));
        c3 = LookUp(low, high, High(q1));
    }
}

/// <summary>d (s - 32) values[q]</summary>
internal readonly unsafe struct IQ4_XSVectors : IBlockVectors
{
    public static int SumLength => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        float d = Half(block);
        for (int sub = 0; sub < 8; sub++) TableVectors.Expand16(block + 8 + sub * 16, TableVectors.NonLinearLow, TableVectors.NonLinearHigh, d * Scale(block, sub), y + sub * 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        float d = Half(block);
        for (int sub = 0; sub < 8; sub++)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(d * Scale(block, sub)), TableVectors.Dot16(block + 8 + sub * 16, TableVectors.NonLinearLow, TableVectors.NonLinearHigh, x + sub * 32), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Scale(byte* block, int sub) => (block[4 + sub / 2] >> (sub % 2 * 4) & 15 | (*(ushort*)(block + 2) >> (sub * 2) & 3) << 4) - 32;
}

/// <summary>2^(e - 127) E2M1[q]</summary>
internal readonly unsafe struct MXFP4Vectors : IBlockVectors
{
    public static int SumLength => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y) => TableVectors.Expand16(block + 1, TableVectors.E2M1Low, TableVectors.E2M1High, Scale(block), y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.Create(Scale(block)), TableVectors.Dot16(block + 1, TableVectors.E2M1Low, TableVectors.E2M1High, x), sum);

    /// <summary>2^(e - 128), since the table holds twice the values; below 2^-126 a subnormal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(byte* block) => BitConverter.UInt32BitsToSingle(block[0] < 2 ? 0x200000u << block[0] : (uint)(block[0] - 1) << 23);
}
