namespace Pure.Tuner;

/// <summary>A block format of ggml: rows of whole blocks, one after another.</summary>
/// <remarks>One part: blocks, U8 [out, in / elements · bytes].</remarks>
internal sealed class GgmlFormat<T> : PackedFormat where T : struct, IBlockFormat
{
    /// <summary>The only one there need be.</summary>
    internal static GgmlFormat<T> Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => typeof(T).Name;

    /// <inheritdoc/>
    public override int Grain => T.Elements;

    /// <inheritdoc/>
    public override IReadOnlyList<PackedPart> Parts(Shape shape) =>
        shape.Rank == 2 && shape[1] % T.Elements == 0
            ? [new("blocks", [shape[0], shape[1] / T.Elements * T.Bytes], DType.U8)]
            : throw new ArgumentException($"{Name}: a row must be whole blocks of {T.Elements} numbers, which {shape} is not");

    /// <inheritdoc/>
    public override void Expand(QuantizedTensor w, int row, int column, Span<float> y)
    {
        long first = ((long)row * w.Shape[1] + column) / T.Elements;
        Blocks.Expand<T>(w.Part<byte>(0, first * T.Bytes, y.Length / T.Elements * T.Bytes), y);
    }
}
