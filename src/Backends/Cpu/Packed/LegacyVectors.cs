using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pure.Tuner.Kernels.Codes;

namespace Pure.Tuner.Kernels;

/// <summary>Products with 32 codes of four bits in sixteen bytes.</summary>
/// <remarks>
/// Eight words of two bytes are widened at once; each of a word's four codes is masked out where it stands, 16, 256 or 4096 times too
/// large, and meets an x that is as much too small: powers of two cost no rounding, and no code is shifted.
/// </remarks>
internal static unsafe class Nibbles
{
    /// <summary>x in the order and scale of <see cref="Floats"/>.</summary>
    public static void TurnX(float* x, float* y)
    {
        for (int i = 0; i < 8; i++)
        {
            y[i] = x[2 * i];
            y[8 + i] = x[16 + 2 * i] * (1f / 16);
            y[16 + i] = x[2 * i + 1] * (1f / 256);
            y[24 + i] = x[17 + 2 * i] * (1f / 4096);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* codes, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<int> q = LoadWords(codes);
        c0 = Float(q & Vector256.Create(0xF));
        c1 = Float(q & Vector256.Create(0xF0));
        c2 = Float(q & Vector256.Create(0xF00));
        c3 = Float(q & Vector256.Create(0xF000));
    }
}

// Blocks of 32: eight bytes at a time give eight low nibbles, elements i, and eight high ones, elements i + 16.

/// <summary>d (q - 8)</summary>
internal readonly unsafe struct Q4_0Vectors : ISmallBlockVectors
{
    public static bool HasMin => false;
    public static float Offset => -8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> d = Vector256.Create(Half(block));
        Vector256<int> eight = Vector256.Create(8);
        for (int i = 0; i < 16; i += 8)
        {
            Vector256<int> q = Load8(block + 2 + i);
            (Float(Low(q) - eight) * d).Store(y + i);
            (Float(High(q) - eight) * d).Store(y + 16 + i);
        }
    }

    public static bool TurnsX => true;

    public static void TurnX(float* x, float* y) => Nibbles.TurnX(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3) => Nibbles.Floats(block + 2, out c0, out c1, out c2, out c3);

    public static bool HasCodes16 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> Low, Vector256<short> High) Codes16(byte* block)
    {
        Vector256<short> q = Load16(block + 2), eight = Vector256.Create((short)8);
        return ((q & Vector256.Create((short)15)) - eight, Vector256.ShiftRightLogical(q, 4) - eight);
    }
}

/// <summary>d q + m</summary>
internal readonly unsafe struct Q4_1Vectors : ISmallBlockVectors
{
    public static bool HasMin => true;
    public static float Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> d = Vector256.Create(Half(block)), m = Vector256.Create(Half(block + 2));
        for (int i = 0; i < 16; i += 8)
        {
            Vector256<int> q = Load8(block + 4 + i);
            (Float(Low(q)) * d + m).Store(y + i);
            (Float(High(q)) * d + m).Store(y + 16 + i);
        }
    }

    public static bool TurnsX => true;

    public static void TurnX(float* x, float* y) => Nibbles.TurnX(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3) => Nibbles.Floats(block + 4, out c0, out c1, out c2, out c3);

    public static bool HasCodes16 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> Low, Vector256<short> High) Codes16(byte* block)
    {
        Vector256<short> q = Load16(block + 4);
        return (q & Vector256.Create((short)15), Vector256.ShiftRightLogical(q, 4));
    }
}

/// <summary>d (q - 16)</summary>
internal readonly unsafe struct Q5_0Vectors : ISmallBlockVectors
{
    public static bool HasMin => false;
    public static float Offset => -16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> d = Vector256.Create(Half(block));
        Vector256<int> sixteen = Vector256.Create(16);
        uint h = *(uint*)(block + 2);
        for (int i = 0; i < 16; i += 8)
        {
            Vector256<int> q = Load8(block + 6 + i);
            (Float((Low(q) | Fifth(h, i)) - sixteen) * d).Store(y + i);
            (Float((High(q) | Fifth(h, 16 + i)) - sixteen) * d).Store(y + 16 + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<int> q0 = Load8(block + 6), q1 = Load8(block + 14);
        uint h = *(uint*)(block + 2);
        c0 = Float(Low(q0) | Fifth(h, 0));
        c1 = Float(Low(q1) | Fifth(h, 8));
        c2 = Float(High(q0) | Fifth(h, 16));
        c3 = Float(High(q1) | Fifth(h, 24));
    }
}

/// <summary>d q + m, five bits</summary>
internal readonly unsafe struct Q5_1Vectors : ISmallBlockVectors
{
    public static bool HasMin => true;
    public static float Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> d = Vector256.Create(Half(block)), m = Vector256.Create(Half(block + 2));
        uint h = *(uint*)(block + 4);
        for (int i = 0; i < 16; i += 8)
        {
            Vector256<int> q = Load8(block + 8 + i);
            (Float(Low(q) | Fifth(h, i)) * d + m).Store(y + i);
            (Float(High(q) | Fifth(h, 16 + i)) * d + m).Store(y + 16 + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<int> q0 = Load8(block + 8), q1 = Load8(block + 16);
        uint h = *(uint*)(block + 4);
        c0 = Float(Low(q0) | Fifth(h, 0));
        c1 = Float(Low(q1) | Fifth(h, 8));
        c2 = Float(High(q0) | Fifth(h, 16));
        c3 = Float(High(q1) | Fifth(h, 24));
    }
}

/// <summary>d q</summary>
internal readonly unsafe struct Q8_0Vectors : ISmallBlockVectors
{
    public static bool HasMin => false;
    public static float Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> d = Vector256.Create(Half(block));
        for (int i = 0; i < 32; i += 8) (Float(LoadSigned8(block + 2 + i)) * d).Store(y + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        c0 = Float(LoadSigned8(block + 2));
        c1 = Float(LoadSigned8(block + 10));
        c2 = Float(LoadSigned8(block + 18));
        c3 = Float(LoadSigned8(block + 26));
    }

    public static bool HasCodes16 => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<short> Low, Vector256<short> High) Codes16(byte* block) => (LoadSigned16(block + 2), LoadSigned16(block + 18));
}
