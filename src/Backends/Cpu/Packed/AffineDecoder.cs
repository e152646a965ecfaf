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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        var f = (AffineGroupFormat)w.Format;
        int width = w.Shape[1], groups = f.Groups(width), rowBytes = f.RowBytes(width), size = f.GroupSize == 0 ? width : f.GroupSize, i = 0;
        Vector256<uint> shifts = Shifts(f.Bits), mask = Vector256.Create((1u << f.Bits) - 1);
        byte* codes = Pointer<byte>(w, AffineGroupFormat.Codes, (long)row * rowBytes + (long)column * f.Bits / 8, f.RowBytes(count));
        for (; i + 8 <= count; i += 8, codes += f.Bits) Vector256.ConvertToSingle(Eight(codes, f.Bits, shifts, mask)).Store(y + i);
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
    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        var f = (AffineGroupFormat)w.Format;
        int width = w.Shape[1], groups = f.Groups(width), size = f.GroupSize == 0 ? width : f.GroupSize, bits = f.Bits;
        Vector256<uint> shifts = Shifts(bits), mask = Vector256.Create((1u << bits) - 1);
        byte* codes = Pointer<byte>(w, AffineGroupFormat.Codes, (long)row * f.RowBytes(width), checked((int)((long)rows * f.RowBytes(width)))), zeros = Pointer<byte>(w, AffineGroupFormat.Zeros, (long)row * groups, rows * groups);
        for (int r = 0; r < rows; r++)
        {
            Vector256<float> sum = default;
            for (int g = 0, from = 0; g < groups; g++)
            {
                int end = Math.Min(from + size, width);
                Vector256<float> s = default, zero = Vector256.Create((float)zeros[r * groups + g]);
                for (; from < end; from += 8, codes += bits)
                    s = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(Eight(codes, bits, shifts, mask)) - zero, Vector256.Load(x + from), s);
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(Scale(w, f, (long)(row + r) * groups + g)), s, sum);
            }
            dots[r] = Vector256.Sum(sum);
        }
    }

    /// <summary>Eight codes, which are as many bytes as one has bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight(byte* codes, int bits, Vector256<uint> shifts, Vector256<uint> mask)
    {
        if (bits == 8) return Codes.Load8(codes);
        uint word = bits switch { 4 => *(uint*)codes, 2 => *(ushort*)codes, _ => *(ushort*)codes | (uint)codes[2] << 16 };
        return (Avx2.ShiftRightLogicalVariable(Vector256.Create(word), shifts) & mask).AsInt32();
    }

    private static Vector256<uint> Shifts(int bits) => Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7) * (uint)bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(QuantizedTensor w, AffineGroupFormat f, long group)
    {
        nint scales = w.Parts[AffineGroupFormat.Scales].Address;
        return f.ScaleType == DType.F16 ? Codes.Half((byte*)((ushort*)scales + group)) : ((float*)scales)[group];
    }
}
