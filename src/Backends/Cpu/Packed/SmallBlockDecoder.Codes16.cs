namespace Pure.Tuner.Kernels;

internal sealed unsafe partial class SmallBlockDecoder<TFormat, TVectors>
{
    public override bool HasCodes16 => TVectors.HasCodes16;

    public override void Dot16(QuantizedTensor w, int row, int rows, in Rounded x, float* dots)
    {
        int blocks = w.Shape[1] / Elements;
        long rowBytes = (long)blocks * TFormat.Bytes;
        float* room = Room(blocks);
        fixed (byte* first = w.Part<byte>(0, row * rowBytes, checked((int)(rows * rowBytes))))
            for (int i = 0; i < rows; i += RowsTogether)
                Dot<Integers>(first + i * rowBytes, Math.Min(RowsTogether, rows - i), blocks, x.Codes, x.Scales, x.Sums, room, dots + i);
    }
}
