namespace Pure.Tuner;

public sealed partial class CpuBackend : IAdamW8BitKernel
{
    void IAdamW8BitKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor state1, Tensor absmax1, Tensor state2, Tensor absmax2)
    {
        foreach (Tensor t in (ReadOnlySpan<Tensor>)[p, g, state1, state2])
            if (!t.IsContiguous || t.Shape.Count != p.Shape.Count)
                throw new ArgumentException($"adamw 8-bit: contiguous tensors of one size are needed: p {p.Shape}, g {g.Shape}, states {state1.Shape} and {state2.Shape}, found {t.Shape}");
        int pieces = checked((int)((p.Shape.Count + AdamW8BitPiece.Length - 1) / AdamW8BitPiece.Length));
        ForRows(pieces, new AdamW8BitPiece(new AdamW8BitBlocks(spec), p, g, state1, absmax1, state2, absmax2), 16L * AdamW8BitPiece.Length);
    }
}

internal readonly struct AdamW8BitPiece(AdamW8BitBlocks blocks, Tensor p, Tensor g, Tensor state1, Tensor absmax1, Tensor state2, Tensor absmax2) : IRowBody
{
    private const int Blocks = 16;
    public const int Length = Blocks * AdamW8BitBlocks.Size;

    public void Invoke(int piece)
    {
        long first = (long)piece * Length;
        int n = (int)Math.Min(Length, p.Shape.Count - first), count = (n + AdamW8BitBlocks.Size - 1) / AdamW8BitBlocks.Size;
        Span<float> ps = OpenPart(p, first, n, accumulate: true, Scratch.Floats(0, n));
        blocks.Step(ps, Elements<float>(g, first, n), Elements<byte>(state1, first, n), Elements<float>(absmax1, (long)piece * Blocks, count),
            Elements<byte>(state2, first, n), Elements<float>(absmax2, (long)piece * Blocks, count));
        WritePart(ps, p, first);
    }
}
