using System.Numerics;
using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Expands stored bytes to F32; both lengths fit each other.</summary>
internal delegate void Widen(ReadOnlySpan<byte> source, Span<float> destination);

/// <summary>Stored numbers to F32 and back.</summary>
internal static class Widening
{
    private static readonly float[] s_e4m3 = Table(code => SmallFloat(code, exponentBits: 4, bias: 7, code is 0x7F or 0xFF, infinity: false));
    private static readonly float[] s_e5m2 = Table(code => SmallFloat(code, exponentBits: 5, bias: 15, (code & 0x7F) > 0x7C, (code & 0x7F) == 0x7C));
    private static readonly float[] s_e4m3Fnuz = Table(code => SmallFloat(code, exponentBits: 4, bias: 8, code == 0x80, infinity: false));
    private static readonly float[] s_e5m2Fnuz = Table(code => SmallFloat(code, exponentBits: 5, bias: 16, code == 0x80, infinity: false));
    private static readonly float[] s_e8m0 = Table(code => code == 0xFF ? float.NaN : MathF.ScaleB(1f, code - 127));

    public static void F32(ReadOnlySpan<byte> source, Span<float> destination) => source.CopyTo(MemoryMarshal.AsBytes(destination));

    public static void F16(ReadOnlySpan<byte> source, Span<float> destination) => TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);

    public static void BF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<ushort> x = MemoryMarshal.Cast<byte, ushort>(source);
        int i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            int width = Vector<ushort>.Count;
            for (; i <= x.Length - width; i += width)
            {
                Vector.Widen(new Vector<ushort>(x[i..]), out Vector<uint> low, out Vector<uint> high);
                Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
                Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + width / 2)..]);
            }
        }
        for (; i < x.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)x[i] << 16);
    }

    public static void F64(ReadOnlySpan<byte> source, Span<float> destination) => Convert<double>(source, destination);
    public static void I64(ReadOnlySpan<byte> source, Span<float> destination) => Convert<long>(source, destination);
    public static void U64(ReadOnlySpan<byte> source, Span<float> destination) => Convert<ulong>(source, destination);
    public static void I32(ReadOnlySpan<byte> source, Span<float> destination) => Convert<int>(source, destination);
    public static void U32(ReadOnlySpan<byte> source, Span<float> destination) => Convert<uint>(source, destination);
    public static void I16(ReadOnlySpan<byte> source, Span<float> destination) => Convert<short>(source, destination);
    public static void U16(ReadOnlySpan<byte> source, Span<float> destination) => Convert<ushort>(source, destination);
    public static void I8(ReadOnlySpan<byte> source, Span<float> destination) => Convert<sbyte>(source, destination);
    public static void U8(ReadOnlySpan<byte> source, Span<float> destination) => Convert<byte>(source, destination);
    public static void E4M3(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(s_e4m3, source, destination);
    public static void E5M2(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(s_e5m2, source, destination);
    public static void E4M3Fnuz(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(s_e4m3Fnuz, source, destination);
    public static void E5M2Fnuz(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(s_e5m2Fnuz, source, destination);
    public static void E8M0(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(s_e8m0, source, destination);

    /// <summary>F32 to the bytes of F32, F16 or BF16, to nearest even.</summary>
    /// <exception cref="NotSupportedException"><paramref name="dtype"/> is not a float.</exception>
    public static void Narrow(ReadOnlySpan<float> source, DType dtype, Span<byte> destination)
    {
        switch (dtype)
        {
            case DType.F32: MemoryMarshal.AsBytes(source).CopyTo(destination); break;
            case DType.F16: TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination)); break;
            case DType.BF16:
                Span<BFloat16> y = MemoryMarshal.Cast<byte, BFloat16>(destination);
                for (int i = 0; i < source.Length; i++) y[i] = (BFloat16)source[i];
                break;
            default: throw new NotSupportedException($"narrow: {dtype.Name} is not a float type (f32, f16, bf16)");
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> source, Span<float> destination) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> x = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < x.Length; i++) destination[i] = float.CreateTruncating(x[i]);
    }

    private static void LookUp(float[] table, ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++) destination[i] = table[source[i]];
    }

    private static float[] Table(Func<int, float> value) => [.. Enumerable.Range(0, 256).Select(value)];

    /// <summary>sign, exponent, fraction of an eight-bit float: (1 + f / 2^m) 2^(e - bias), without the 1 and with e = 1 when e is 0.</summary>
    private static float SmallFloat(int code, int exponentBits, int bias, bool nan, bool infinity)
    {
        int fractionBits = 7 - exponentBits;
        int exponent = (code & 0x7F) >> fractionBits, fraction = code & ((1 << fractionBits) - 1);
        float magnitude = nan ? float.NaN : infinity ? float.PositiveInfinity
            : exponent == 0 ? MathF.ScaleB(fraction, 1 - bias - fractionBits)
            : MathF.ScaleB(fraction + (1 << fractionBits), exponent - bias - fractionBits);
        return (code & 0x80) != 0 ? -magnitude : magnitude;
    }
}
