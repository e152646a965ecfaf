using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

internal sealed unsafe partial class SmallBlockDecoder<TFormat, TVectors>
{
    public override bool HasCodes16 => TVectors.HasCodes16;

    public override bool HasMinima => TVectors.HasMin;

    public override void Dot16(QuantizedTensor w, int row, int rows, in Rounded x, float* dots)
    {
        int blocks = w.Shape[1] / Elements;
        long rowBytes = (long)blocks * TFormat.Bytes;
        float* room = Room(blocks);
        fixed (byte* first = w.Part<byte>(0, row * rowBytes, checked((int)(rows * rowBytes))))
            for (int i = 0; i < rows; i += RowsTogether)
                Dot<Integers>(first + i * rowBytes, Math.Min(RowsTogether, rows - i), blocks, x.Codes, x.Scales, x.Sums, room, dots + i);
    }

    public override void Codes16(QuantizedTensor w, int row, int block, int count, short* codes, float* scales, float* minima)
    {
        long first = (long)row * (w.Shape[1] / Elements) + block;
        fixed (byte* blocks = w.Part<byte>(0, first * TFormat.Bytes, count * TFormat.Bytes)) Codes16(blocks, count, codes, scales, minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Codes16(byte* block, int count, short* codes, float* scales, float* minima)
    {
        for (int i = 0; i < count; i++, block += TFormat.Bytes, codes += Elements)
        {
            (Vector256<short> low, Vector256<short> high) = TVectors.Codes16(block);
            low.Store(codes);
            high.Store(codes + 16);
            scales[i] = Codes.Half(block);
            if (TVectors.HasMin) minima[i] = Codes.Half(block + 2);
        }
    }
}
