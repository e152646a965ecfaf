using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pure.Tuner.Kernels.Codes;

namespace Pure.Tuner.Kernels;

/// <summary>A block format whose numbers are scale · (code - zero) + minimum with one scale and one minimum for each 32: its codes as they are.</summary>
internal unsafe interface ICodes8
{
    /// <summary>What is taken from every code, which has no sign.</summary>
    static abstract int Zero { get; }

    /// <summary>Whether there are minima.</summary>
    static abstract bool HasMinima { get; }

    /// <summary>Codes of a block in order; a scale for each 32, and a minimum where there are any.</summary>
    static abstract void Read(byte* block, byte* codes, float* scales, float* minima);
}

/// <summary>d q</summary>
internal readonly unsafe struct Q8_0Codes : ICodes8
{
    public static int Zero => 128;
    public static bool HasMinima => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        (Vector256.Load(block + 2) ^ Vector256.Create((byte)0x80)).Store(codes);
    }
}

/// <summary>d (q - 8)</summary>
internal readonly unsafe struct Q4_0Codes : ICodes8
{
    public static int Zero => 8;
    public static bool HasMinima => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        NibbleBytes.Read(block + 2).Store(codes);
    }
}

/// <summary>d q + m</summary>
internal readonly unsafe struct Q4_1Codes : ICodes8
{
    public static int Zero => 0;
    public static bool HasMinima => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        *minima = Half(block + 2);
        NibbleBytes.Read(block + 4).Store(codes);
    }
}

/// <summary>d (q - 16)</summary>
internal readonly unsafe struct Q5_0Codes : ICodes8
{
    public static int Zero => 16;
    public static bool HasMinima => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        (NibbleBytes.Read(block + 6) | NibbleBytes.Fifths(*(uint*)(block + 2))).Store(codes);
    }
}

/// <summary>d q + m, five bits</summary>
internal readonly unsafe struct Q5_1Codes : ICodes8
{
    public static int Zero => 0;
    public static bool HasMinima => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        *minima = Half(block + 2);
        (NibbleBytes.Read(block + 8) | NibbleBytes.Fifths(*(uint*)(block + 4))).Store(codes);
    }
}

/// <summary>(d s) q - dmin m, four bits</summary>
internal readonly unsafe struct Q4_KCodes : ICodes8
{
    public static int Zero => 0;
    public static bool HasMinima => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        (-Q4_KVectors.Scales(block, scales)).Store(minima);
        for (int i = 0; i < 128; i += 32, codes += 64)
        {
            Vector256<byte> q = Vector256.Load(block + 16 + i);
            (q & Vector256.Create((byte)15)).Store(codes);
            NibbleBytes.High(q).Store(codes + 32);
        }
    }
}

/// <summary>(d s) q - dmin m, five bits</summary>
internal readonly unsafe struct Q5_KCodes : ICodes8
{
    public static int Zero => 0;
    public static bool HasMinima => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        (-Q4_KVectors.Scales(block, scales)).Store(minima);
        Vector256<byte> h = Vector256.Load(block + 16);
        for (int i = 0; i < 4; i++, codes += 64)
        {
            Vector256<byte> q = Vector256.Load(block + 48 + 32 * i);
            ((q & Vector256.Create((byte)15)) | Fifth(h, 2 * i)).Store(codes);
            (NibbleBytes.High(q) | Fifth(h, 2 * i + 1)).Store(codes + 32);
        }
    }

    /// <summary>A bit of each byte, as 16 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Fifth(Vector256<byte> bytes, int bit)
    {
        Vector256<byte> at = Vector256.Create((byte)(1 << bit));
        return Vector256.Equals(bytes & at, at) & Vector256.Create((byte)16);
    }
}

/// <summary>d values[q], values being integers</summary>
internal readonly unsafe struct IQ4_NLCodes : ICodes8
{
    public static int Zero => 128;
    public static bool HasMinima => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* block, byte* codes, float* scales, float* minima)
    {
        *scales = Half(block);
        Vector256<byte> q = NibbleBytes.Read(block + 2);
        Vector128<byte> table = Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113).AsByte() ^ Vector128.Create((byte)0x80);
        Vector128.Shuffle(table, q.GetLower()).Store(codes);
        Vector128.Shuffle(table, q.GetUpper()).Store(codes + 16);
    }
}

/// <summary>32 codes in sixteen bytes, element i in the low and i + 16 in the high half of byte i.</summary>
internal static unsafe class NibbleBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Read(byte* bytes)
    {
        Vector128<byte> q = Vector128.Load(bytes);
        return Vector256.Create(q & Vector128.Create((byte)15), Vector128.ShiftRightLogical(q.AsUInt16(), 4).AsByte() & Vector128.Create((byte)15));
    }

    /// <summary>Bits 4 to 7 of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> High(Vector256<byte> bytes) => Vector256.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & Vector256.Create((byte)15);

    /// <summary>Bit i as 16 or 0 in byte i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Fifths(uint bits)
    {
        // Each byte of eight takes the byte that its bit lies in.
        Vector256<ulong> spread = Vector256.Create(bits & 0xFF, bits >> 8 & 0xFF, bits >> 16 & 0xFF, (ulong)(bits >> 24)) * Vector256.Create(0x0101_0101_0101_0101UL);
        Vector256<byte> at = Vector256.Create(0x8040_2010_0804_0201UL).AsByte();
        return Vector256.Equals(spread.AsByte() & at, at) & Vector256.Create((byte)16);
    }
}
