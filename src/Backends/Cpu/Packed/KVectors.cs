using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Pure.Tuner.Kernels.Codes;

namespace Pure.Tuner.Kernels;

// Super-blocks of 256. In a dot the codes of a sub-block meet x first, then its scale; minima meet sums of x.

/// <summary>(d s) q - dmin m, two bits, sub-blocks of 16</summary>
internal readonly unsafe struct Q2_KVectors : IBlockVectors
{
    public static int SumLength => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        float d = Half(block + 80), dmin = Half(block + 82);
        for (int sub = 0; sub < 16; sub++, y += 16)
        {
            Vector256<float> scale = Vector256.Create(d * (block[sub] & 15)), min = Vector256.Create(dmin * (block[sub] >> 4));
            byte* q = block + 16 + sub / 8 * 32 + sub % 2 * 16;
            int shift = sub % 8 / 2 * 2;
            (scale * Float(Pair(Load8(q), shift)) - min).Store(y);
            (scale * Float(Pair(Load8(q + 8), shift)) - min).Store(y + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        Vector256<float> d = Vector256.Create(Half(block + 80)), dmin = Vector256.Create(-Half(block + 82));
        Vector256<int> s0 = Load8(block), s1 = Load8(block + 8);
        Vector512<float> room;
        float* scales = (float*)&room;
        (Float(Low(s0)) * d).Store(scales);
        (Float(Low(s1)) * d).Store(scales + 8);
        sum = Vector256.MultiplyAddEstimate(Float(High(s0)) * dmin, Vector256.Load(sums), sum);
        sum = Vector256.MultiplyAddEstimate(Float(High(s1)) * dmin, Vector256.Load(sums + 8), sum);
        for (int part = 0; part < 4; part++)   // 16 bytes hold four sub-blocks, two apart
        {
            byte* q = block + 16 + part * 16;
            Vector256<int> q0 = Load8(q), q1 = Load8(q + 8);
            int first = part / 2 * 8 + part % 2;
            for (int pair = 0; pair < 4; pair++)
            {
                int sub = first + 2 * pair;
                Vector256<float> s = Add(Times(Pair(q0, 2 * pair), x + sub * 16), Pair(q1, 2 * pair), x + sub * 16 + 8);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales[sub]), s, sum);
            }
        }
        return sum;
    }

    /// <summary>Two bits from a place on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Pair(Vector256<int> bytes, int shift) => Vector256.ShiftRightLogical(bytes, shift) & Vector256.Create(3);
}

/// <summary>(d s) (q - 4), three bits, sub-blocks of 16</summary>
internal readonly unsafe struct Q3_KVectors : IBlockVectors
{
    public static int SumLength => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        float d = Half(block + 108);
        for (int sub = 0; sub < 16; sub++, y += 16)
        {
            Vector256<float> scale = Vector256.Create(d * Scale(block + 96, sub));
            (scale * Float(Triple(block, sub, 0))).Store(y);
            (scale * Float(Triple(block, sub, 8))).Store(y + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        float d = Half(block + 108);
        for (int sub = 0; sub < 16; sub++, x += 16)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(d * Scale(block + 96, sub)), Add(Times(Triple(block, sub, 0), x), Triple(block, sub, 8), x + 8), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Scale(byte* s, int sub) => ((sub < 8 ? s[sub] & 15 : s[sub - 8] >> 4) | (s[8 + sub % 4] >> (sub / 4 * 2) & 3) << 4) - 32;

    /// <summary>q - 4 of eight elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Triple(byte* block, int sub, int i)
    {
        int side = sub % 2 * 16 + i;
        Vector256<int> low = Q2_KVectors.Pair(Load8(block + 32 + sub / 8 * 32 + side), sub % 8 / 2 * 2), high = Vector256.ShiftRightLogical(Load8(block + side), sub / 2) & Vector256<int>.One;
        return (low | Vector256.ShiftLeft(high, 2)) - Vector256.Create(4);
    }
}

/// <summary>(d s) q - dmin m, four bits, sub-blocks of 32</summary>
internal readonly unsafe struct Q4_KVectors : IBlockVectors
{
    public static int SumLength => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> room, minima = Scales(block, (float*)&room);
        float* scales = (float*)&room, mins = (float*)&minima;
        for (int j = 0; j < 4; j++, y += 64)
        {
            Vector256<float> s0 = Vector256.Create(scales[2 * j]), s1 = Vector256.Create(scales[2 * j + 1]), m0 = Vector256.Create(mins[2 * j]), m1 = Vector256.Create(mins[2 * j + 1]);
            for (int i = 0; i < 32; i += 8)
            {
                Vector256<int> q = Load8(block + 16 + j * 32 + i);
                (s0 * Float(Low(q)) - m0).Store(y + i);
                (s1 * Float(High(q)) - m1).Store(y + 32 + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        Vector256<float> room;
        float* scales = (float*)&room;
        sum -= Scales(block, scales) * Vector256.Load(sums);
        for (int j = 0; j < 4; j++, x += 64)
        {
            byte* p = block + 16 + j * 32;
            Vector256<int> q = Load8(p);
            Vector256<float> s0 = Times(Low(q), x), s1 = Times(High(q), x + 32);
            q = Load8(p + 8);
            s0 = Add(s0, Low(q), x + 8);
            s1 = Add(s1, High(q), x + 40);
            q = Load8(p + 16);
            s0 = Add(s0, Low(q), x + 16);
            s1 = Add(s1, High(q), x + 48);
            q = Load8(p + 24);
            s0 = Add(s0, Low(q), x + 24);
            s1 = Add(s1, High(q), x + 56);
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales[2 * j]), s0, sum);
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales[2 * j + 1]), s1, sum);
        }
        return sum;
    }

    /// <summary>Eight scales d s to memory, eight minima dmin m back: in each word of four bytes those that lie in it, the last four's upper bits from the first ones' spare bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Scales(byte* block, float* scales)
    {
        uint a = *(uint*)(block + 4), b = *(uint*)(block + 8), c = *(uint*)(block + 12);
        ulong s = a & 0x3F3F3F3F | (ulong)(c & 0x0F0F0F0F | (a >> 2 & 0x30303030)) << 32;
        ulong m = b & 0x3F3F3F3F | (ulong)((c >> 4 & 0x0F0F0F0F) | (b >> 2 & 0x30303030)) << 32;
        (Vector256.Create(Half(block)) * Float(Load8((byte*)&s))).Store(scales);
        return Vector256.Create(Half(block + 2)) * Float(Load8((byte*)&m));
    }
}

/// <summary>(d s) q - dmin m, five bits, sub-blocks of 32</summary>
internal readonly unsafe struct Q5_KVectors : IBlockVectors
{
    public static int SumLength => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector256<float> room, minima = Q4_KVectors.Scales(block, (float*)&room);
        float* scales = (float*)&room, mins = (float*)&minima;
        for (int j = 0; j < 4; j++, y += 64)
        {
            Vector256<float> s0 = Vector256.Create(scales[2 * j]), s1 = Vector256.Create(scales[2 * j + 1]), m0 = Vector256.Create(mins[2 * j]), m1 = Vector256.Create(mins[2 * j + 1]);
            for (int i = 0; i < 32; i += 8)
            {
                Vector256<int> q = Load8(block + 48 + j * 32 + i), h = Load8(block + 16 + i);
                (s0 * Float(Low(q) | Bit(h, 2 * j)) - m0).Store(y + i);
                (s1 * Float(High(q) | Bit(h, 2 * j + 1)) - m1).Store(y + 32 + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        Vector256<float> room;
        float* scales = (float*)&room;
        sum -= Q4_KVectors.Scales(block, scales) * Vector256.Load(sums);
        for (int j = 0; j < 4; j++, x += 64)
        {
            Vector256<float> s0 = default, s1 = default;
            for (int i = 0; i < 32; i += 8)
            {
                Vector256<int> q = Load8(block + 48 + j * 32 + i), h = Load8(block + 16 + i);
                s0 = Add(s0, Low(q) | Bit(h, 2 * j), x + i);
                s1 = Add(s1, High(q) | Bit(h, 2 * j + 1), x + 32 + i);
            }
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales[2 * j]), s0, sum);
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales[2 * j + 1]), s1, sum);
        }
        return sum;
    }

    /// <summary>A bit of each byte, as 16 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Bit(Vector256<int> bytes, int bit) => Vector256.ShiftRightLogical(Vector256.ShiftLeft(bytes, 7 - bit), 3) & Vector256.Create(16);
}

/// <summary>(d s) (q - 32), six bits, sub-blocks of 16</summary>
internal readonly unsafe struct Q6_KVectors : IBlockVectors
{
    public static int SumLength => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand(byte* block, float* y)
    {
        Vector512<float> room;
        float* scales = (float*)&room;
        Scales(block, scales);
        for (int half = 0; half < 2; half++, y += 128)
            for (int i = 0; i < 32; i += 8)
            {
                float* s = scales + half * 8 + i / 16;
                Vector256<int> q0 = Load8(block + half * 64 + i), q1 = Load8(block + half * 64 + 32 + i), h = Load8(block + 128 + half * 32 + i);
                (Vector256.Create(s[0]) * Float(Six(Low(q0), Vector256.ShiftLeft(h, 4)))).Store(y + i);
                (Vector256.Create(s[2]) * Float(Six(Low(q1), Vector256.ShiftLeft(h, 2)))).Store(y + 32 + i);
                (Vector256.Create(s[4]) * Float(Six(High(q0), h))).Store(y + 64 + i);
                (Vector256.Create(s[6]) * Float(Six(High(q1), Vector256.ShiftRightLogical(h, 2)))).Store(y + 96 + i);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddDot(byte* block, float* x, float* sums, Vector256<float> sum)
    {
        Vector512<float> room;
        float* scales = (float*)&room;
        Scales(block, scales);
        for (int half = 0; half < 2; half++, x += 128)
            for (int side = 0; side < 2; side++)
            {
                Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
                float* s = scales + half * 8 + side;
                for (int i = side * 16; i < side * 16 + 16; i += 8)
                {
                    Vector256<int> q0 = Load8(block + half * 64 + i), q1 = Load8(block + half * 64 + 32 + i), h = Load8(block + 128 + half * 32 + i);
                    s0 = Add(s0, Six(Low(q0), Vector256.ShiftLeft(h, 4)), x + i);
                    s1 = Add(s1, Six(Low(q1), Vector256.ShiftLeft(h, 2)), x + 32 + i);
                    s2 = Add(s2, Six(High(q0), h), x + 64 + i);
                    s3 = Add(s3, Six(High(q1), Vector256.ShiftRightLogical(h, 2)), x + 96 + i);
                }
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(s[0]), s0, sum);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(s[2]), s1, sum);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(s[4]), s2, sum);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(s[6]), s3, sum);
            }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scales(byte* block, float* scales)
    {
        Vector256<float> d = Vector256.Create(Half(block + 208));
        (d * Float(LoadSigned8(block + 192))).Store(scales);
        (d * Float(LoadSigned8(block + 200))).Store(scales + 8);
    }

    /// <summary>Four low bits, and bits 4 and 5 of another word; less 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Six(Vector256<int> low, Vector256<int> high) => (low | high & Vector256.Create(0x30)) - Vector256.Create(32);
}
