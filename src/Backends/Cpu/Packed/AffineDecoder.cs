using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>GPTQ's and AWQ's groups with AVX2: eight codes of 2, 3, 4 or 8 bits become eight lanes, less the zero point, times the scale.</summary>
internal sealed unsafe class AffineDecoder : PackedDecoder
{
    private const int GroupSlot = 9;

    public static bool IsSupported => Avx2.IsSupported;

    public override bool CanDot(QuantizedTensor w) => w.Format is AffineGroupFormat { HasIndex: false } f && w.Shape[1] % 8 == 0 && f.GroupSize % 8 == 0;

    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        var f = (AffineGroupFormat)w.Format;
        switch (f.Bits)
        {
            case 2: Decode<Bits2>(f, w, row, column, count, y); break;
            case 3: Decode<Bits3>(f, w, row, column, count, y); break;
            case 4: Decode<Bits4>(f, w, row, column, count, y); break;
            default: Decode<Bits8>(f, w, row, column, count, y); break;
        }
    }

    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        var f = (AffineGroupFormat)w.Format;
        switch (f.Bits)
        {
            case 2: Dot<Bits2>(f, w, row, rows, x, dots); break;
            case 3: Dot<Bits3>(f, w, row, rows, x, dots); break;
            case 4: Dot<Bits4>(f, w, row, rows, x, dots); break;
            default: Dot<Bits8>(f, w, row, rows, x, dots); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decode<TBits>(AffineGroupFormat f, QuantizedTensor w, int row, int column, int count, float* y) where TBits : struct, IBits
    {
        int width = w.Shape[1], groups = f.Groups(width), rowBytes = f.RowBytes(width), size = f.GroupSize == 0 ? width : f.GroupSize, i = 0;
        Vector256<uint> shifts = Shifts(TBits.Count), mask = Vector256.Create((1u << TBits.Count) - 1);
        byte* codes = Pointer<byte>(w, AffineGroupFormat.Codes, (long)row * rowBytes + (long)column * f.Bits / 8, f.RowBytes(count));
        for (; i + 8 <= count; i += 8, codes += TBits.Count) Vector256.ConvertToSingle(Eight<TBits>(codes, shifts, mask)).Store(y + i);
        if (i < count) AffineGroupFormat.Unpack(new ReadOnlySpan<byte>(codes, f.RowBytes(count - i)), f.Bits, new Span<float>(y + i, count - i));

        byte* zeros = Pointer<byte>(w, AffineGroupFormat.Zeros, (long)row * groups, groups);
        if (f.HasIndex)
        {
            float* scale = (float*)Scratch.Bytes(GroupSlot, groups * sizeof(float));
            for (int g = 0; g < groups; g++) scale[g] = Scale(w, f, (long)row * groups + g);
            int* index = Pointer<int>(w, AffineGroupFormat.Index, column, count);
            for (i = 0; i < count; i++) y[i] = scale[index[i]] * (y[i] - zeros[index[i]]);
            return;
        }
        for (int done = 0; done < count;)
        {
            int g = (column + done) / size, end = Math.Min((g + 1) * size - column, count);
            float zero = zeros[g], scale = Scale(w, f, (long)row * groups + g);
            for (; done + 8 <= end; done += 8) ((Vector256.Load(y + done) - Vector256.Create(zero)) * scale).Store(y + done);
            for (; done < end; done++) y[done] = (y[done] - zero) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot<TBits>(AffineGroupFormat f, QuantizedTensor w, int row, int rows, float* x, float* dots) where TBits : struct, IBits
    {
        int width = w.Shape[1], groups = f.Groups(width), size = f.GroupSize == 0 ? width : f.GroupSize;
        Vector256<uint> shifts = Shifts(TBits.Count), mask = Vector256.Create((1u << TBits.Count) - 1);
        byte* codes = Pointer<byte>(w, AffineGroupFormat.Codes, (long)row * f.RowBytes(width), checked((int)((long)rows * f.RowBytes(width)))), zeros = Pointer<byte>(w, AffineGroupFormat.Zeros, (long)row * groups, rows * groups);
        nint scales = w.Parts[AffineGroupFormat.Scales].Address;
        bool isHalf = f.ScaleType == DType.F16;
        for (int r = 0; r < rows; r++)
        {
            Vector256<float> sum = default;
            for (int g = 0, from = 0; g < groups; g++)
            {
                int end = Math.Min(from + size, width);
                Vector256<float> s0 = default, s1 = default, zero = Vector256.Create((float)zeros[r * groups + g]);
                for (; from + 16 <= end; from += 16, codes += 2 * TBits.Count)
                {
                    s0 = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(Eight<TBits>(codes, shifts, mask)) - zero, Vector256.Load(x + from), s0);
                    s1 = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(Eight<TBits>(codes + TBits.Count, shifts, mask)) - zero, Vector256.Load(x + from + 8), s1);
                }
                for (; from < end; from += 8, codes += TBits.Count)
                    s0 = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(Eight<TBits>(codes, shifts, mask)) - zero, Vector256.Load(x + from), s0);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(Scale(scales, isHalf, (long)(row + r) * groups + g)), s0 + s1, sum);
            }
            dots[r] = Vector256.Sum(sum);
        }
    }

    /// <summary>Eight codes, which are as many bytes as one has bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight<TBits>(byte* codes, Vector256<uint> shifts, Vector256<uint> mask) where TBits : struct, IBits
    {
        if (TBits.Count == 8) return Codes.Load8(codes);
        if (TBits.Count == 4) return (Avx2.ShiftRightLogicalVariable(Avx2.BroadcastScalarToVector256((uint*)codes), shifts) & mask).AsInt32();
        uint word = TBits.Count switch { 2 => *(ushort*)codes, _ => *(ushort*)codes | (uint)codes[2] << 16 };
        return (Avx2.ShiftRightLogicalVariable(Vector256.Create(word), shifts) & mask).AsInt32();
    }

    private static Vector256<uint> Shifts(int bits) => Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7) * (uint)bits;

    private static float Scale(QuantizedTensor w, AffineGroupFormat f, long group) => Scale(w.Parts[AffineGroupFormat.Scales].Address, f.ScaleType == DType.F16, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(nint scales, bool isHalf, long group) => isHalf ? Codes.Half((byte*)((ushort*)scales + group)) : ((float*)scales)[group];

    /// <summary>Bits of a code, known while a loop over codes is compiled.</summary>
    private interface IBits
    {
        static abstract int Count { get; }
    }

    private readonly struct Bits2 : IBits { public static int Count => 2; }

    private readonly struct Bits3 : IBits { public static int Count => 3; }

    private readonly struct Bits4 : IBits { public static int Count => 4; }

    private readonly struct Bits8 : IBits { public static int Count => 8; }
}
