using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>LLM.int8: a row of signed bytes under one scale.</summary>
internal sealed unsafe class Int8RowDecoder : PackedDecoder
{
    public override bool CanDot(QuantizedTensor w) => w.Shape[1] % 8 == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        sbyte* codes = Pointer<sbyte>(w, Int8RowFormat.Codes, (long)row * w.Shape[1] + column, count);
        float scale = *Pointer<float>(w, Int8RowFormat.Scale, row, 1);
        int i = 0;
        for (; i + 8 <= count; i += 8) (Codes.Float(Codes.LoadSigned8((byte*)codes + i)) * scale * Int8RowFormat.Unit).Store(y + i);
        for (; i < count; i++) y[i] = codes[i] * scale * Int8RowFormat.Unit;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        int width = w.Shape[1];
        byte* codes = Pointer<byte>(w, Int8RowFormat.Codes, (long)row * width, checked((int)((long)rows * width)));
        float* scales = Pointer<float>(w, Int8RowFormat.Scale, row, rows);
        for (int r = 0; r < rows; r++, codes += width)
        {
            Vector256<float> s0 = default, s1 = default;
            int i = 0;
            for (; i + 16 <= width; i += 16)
            {
                s0 = Codes.Add(s0, Codes.LoadSigned8(codes + i), x + i);
                s1 = Codes.Add(s1, Codes.LoadSigned8(codes + i + 8), x + i + 8);
            }
            if (i < width) s0 = Codes.Add(s0, Codes.LoadSigned8(codes + i), x + i);
            dots[r] = Vector256.Sum(s0 + s1) * scales[r] * Int8RowFormat.Unit;
        }
    }
}
