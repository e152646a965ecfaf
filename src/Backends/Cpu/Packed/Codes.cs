using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>What the vector code of packed formats is made of: eight codes at a time.</summary>
internal static unsafe class Codes
{
    /// <summary>Eight bytes as eight numbers from 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load8(byte* p)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(p);
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte()));
        return Vector256.Create(low, high).AsInt32();
    }

    /// <summary>Eight bytes as eight numbers from -128 to 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadSigned8(byte* p)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32((sbyte*)p);
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsSByte()));
        return Vector256.Create(low, high);
    }

    /// <summary>Eight words of two bytes as eight numbers from 0 to 65535.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadWords(byte* p)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32((ushort*)p);
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Load((ushort*)p));
        return Vector256.Create(low, high).AsInt32();
    }

    /// <summary>Bits 0 to 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Low(Vector256<int> bytes) => bytes & Vector256.Create(15);

    /// <summary>Bits 4 to 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> High(Vector256<int> bytes) => Vector256.ShiftRightLogical(bytes, 4);

    /// <summary>Bit <paramref name="shift"/> + i of the word in lane i, as 16 or 0: the fifth bit of a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Fifth(uint bits, int shift)
    {
        Vector256<int> at = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return Vector256.Equals(Vector256.Create((int)(bits >> shift)) & at, at) & Vector256.Create(16);
    }

    /// <summary>sum + a · b: products of neighbours are added in pairs, eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddPairs(Vector256<int> sum, Vector256<short> a, Vector256<short> b)
    {
        if (AvxVnni.IsSupported) return AvxVnni.MultiplyWideningAndAdd(sum, a, b);
        if (Avx2.IsSupported) return sum + Avx2.MultiplyAddAdjacent(a, b);
        Vector256<int> x = a.AsInt32(), y = b.AsInt32();
        Vector256<int> low = Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(x, 16), 16) * Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(y, 16), 16);
        return sum + low + Vector256.ShiftRightArithmetic(x, 16) * Vector256.ShiftRightArithmetic(y, 16);
    }

    /// <summary>Sixteen bytes as numbers from 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Load16(byte* p)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int16(p);
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(p));
        return Vector256.Create(low, high).AsInt16();
    }

    /// <summary>Sixteen bytes as numbers from -128 to 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> LoadSigned16(byte* p)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int16((sbyte*)p);
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load((sbyte*)p));
        return Vector256.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Float(Vector256<int> codes) => Vector256.ConvertToSingle(codes);

    /// <summary>sum + codes · x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> sum, Vector256<int> codes, float* x) => Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(codes), Vector256.Load(x), sum);

    /// <summary>codes · x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Times(Vector256<int> codes, float* x) => Vector256.ConvertToSingle(codes) * Vector256.Load(x);

    /// <summary>The F16 number at p.</summary>
    /// <remarks>Moved into place, its exponent is 112 too small: a product by 2^112 is exact and also lifts the subnormal ones.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* p)
    {
        uint h = *(ushort*)p;
        if ((h & 0x7C00) == 0x7C00) return (float)BitConverter.UInt16BitsToHalf((ushort)h);
        float size = BitConverter.UInt32BitsToSingle((h & 0x7FFF) << 13) * 5.192297e33f;
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(size) | (h & 0x8000) << 16);
    }

    /// <summary>Eight F16 numbers, each in the low half of a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Half(Vector256<int> bits)
    {
        Vector256<int> size = bits & Vector256.Create(0x7FFF), sign = Vector256.ShiftLeft(bits & Vector256.Create(0x8000), 16);
        Vector256<int> endless = Vector256.GreaterThan(size, Vector256.Create(0x7BFF)) & Vector256.Create(0x7F800000);
        return ((Vector256.ShiftLeft(size, 13).AsSingle() * Vector256.Create(5.192297e33f)).AsInt32() | sign | endless).AsSingle();
    }

    /// <summary>table[code] for codes of four bits, eight at a time.</summary>
    /// <param name="low">Values of codes 0 to 7.</param>
    /// <param name="high">Values of codes 8 to 15.</param>
    /// <param name="codes">Above bit 3 anything may stand.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LookUp(Vector256<float> low, Vector256<float> high, Vector256<int> codes)
    {
        if (Avx2.IsSupported)
        {
            // The permutation reads three bits of an index, the blend a sign.
            return Avx.BlendVariable(Avx2.PermuteVar8x32(low, codes), Avx2.PermuteVar8x32(high, codes), Vector256.ShiftLeft(codes, 28).AsSingle());
        }
        float* table = stackalloc float[16], y = stackalloc float[8];
        low.Store(table);
        high.Store(table + 8);
        for (int i = 0; i < 8; i++) y[i] = table[codes[i] & 15];
        return Vector256.Load(y);
    }
}
