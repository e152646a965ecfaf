using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Computes nothing: what a step costs here is what the framework costs. Every value read back is zero.</summary>
public sealed unsafe partial class NullBackend : HostBackend
{
    /// <inheritdoc/>
    public override string Name => "null";

    /// <inheritdoc/>
    public override string Description => "computes nothing: times the framework";

    /// <summary>Zeros, so that no NaN appears; they stay, since nothing writes.</summary>
    protected override nint AllocateBlock(long bytes)
    {
        nint block = base.AllocateBlock(bytes);
        NativeMemory.Clear((void*)block, (nuint)bytes);
        return block;
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> elements, Tensor y) => CheckTransfer("upload", elements.Length, y);

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<byte> elements)
    {
        CheckTransfer("download", elements.Length, x);
        elements.Clear();
    }

    /// <inheritdoc/>
    public override void Fill(Tensor y, double value) { }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) { }

    /// <inheritdoc/>
    public override void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false) { }

    /// <inheritdoc/>
    public override void Unary(UnaryKind kind, Tensor x, Tensor y) { }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y) { }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y) { }

    /// <inheritdoc/>
    public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y) { }

    /// <inheritdoc/>
    public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false) { }

    /// <inheritdoc/>
    public override void ArgMax(Tensor x, Tensor y) { }

    /// <inheritdoc/>
    public override void Gather(Tensor table, Tensor ids, Tensor y) { }

    /// <inheritdoc/>
    public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table) { }
}
