using System.Numerics;
using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Expands stored bytes to F32; both lengths fit each other.</summary>
internal delegate void Widen(ReadOnlySpan<byte> source, Span<float> destination);

/// <summary>Stored numbers to F32 and back.</summary>
internal static class Widening
{
    private static readonly float[] s_e8m0 = [.. Enumerable.Range(0, 256).Select(code => code == 0xFF ? float.NaN : MathF.ScaleB(1f, code - 127))];

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
    public static void E4M3(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(Float8Kind.E4M3.Values, source, destination);
    public static void E5M2(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(Float8Kind.E5M2.Values, source, destination);
    public static void E4M3Fnuz(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(Float8Kind.E4M3Fnuz.Values, source, destination);
    public static void E5M2Fnuz(ReadOnlySpan<byte> source, Span<float> destination) => LookUp(Float8Kind.E5M2Fnuz.Values, source, destination);
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

    private static void LookUp(ReadOnlySpan<float> table, ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++) destination[i] = table[source[i]];
    }
}
