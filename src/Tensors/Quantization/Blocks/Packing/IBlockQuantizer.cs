namespace Pure.Tuner;

/// <summary>A block format that numbers can be rounded into.</summary>
/// <remarks>Formats with one scale or two a block are rounded as ggml rounds them, to the same bytes; the others search for their scales.</remarks>
internal interface IBlockQuantizer : IBlockFormat
{
    /// <summary>Rounds one block.</summary>
    /// <param name="x">The numbers, all finite.</param>
    /// <param name="importance">How much the squared error of each counts; empty: all the same. Only a search heeds it.</param>
    /// <param name="block">Where the bytes go; all are written.</param>
    static abstract void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block);
}

/// <summary>Rounds whole blocks, one after another.</summary>
internal delegate void PackBlocks(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> blocks);
