using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pure.Tuner.Kernels.Codes;

namespace Pure.Tuner.Kernels;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Dot(byte* block, float* x)
    {
        Vector256<int> q0 = Load8(block + 2), q1 = Load8(block + 10);
        Vector256<float> s = Add(Times(Low(q0), x), Low(q1), x + 8);
        return Add(Add(s, High(q0), x + 16), High(q1), x + 24);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Dot(byte* block, float* x)
    {
        Vector256<int> q0 = Load8(block + 4), q1 = Load8(block + 12);
        Vector256<float> s = Add(Times(Low(q0), x), Low(q1), x + 8);
        return Add(Add(s, High(q0), x + 16), High(q1), x + 24);
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
    public static Vector256<float> Dot(byte* block, float* x)
    {
        Vector256<int> q0 = Load8(block + 6), q1 = Load8(block + 14);
        uint h = *(uint*)(block + 2);
        Vector256<float> s = Add(Times(Low(q0) | Fifth(h, 0), x), Low(q1) | Fifth(h, 8), x + 8);
        return Add(Add(s, High(q0) | Fifth(h, 16), x + 16), High(q1) | Fifth(h, 24), x + 24);
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
    public static Vector256<float> Dot(byte* block, float* x)
    {
        Vector256<int> q0 = Load8(block + 8), q1 = Load8(block + 16);
        uint h = *(uint*)(block + 4);
        Vector256<float> s = Add(Times(Low(q0) | Fifth(h, 0), x), Low(q1) | Fifth(h, 8), x + 8);
        return Add(Add(s, High(q0) | Fifth(h, 16), x + 16), High(q1) | Fifth(h, 24), x + 24);
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
    public static Vector256<float> Dot(byte* block, float* x)
    {
        Vector256<float> s = Add(Times(LoadSigned8(block + 2), x), LoadSigned8(block + 10), x + 8);
        return Add(Add(s, LoadSigned8(block + 18), x + 16), LoadSigned8(block + 26), x + 24);
    }
}
