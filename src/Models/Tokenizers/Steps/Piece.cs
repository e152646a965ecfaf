namespace Pure.Tuner;

/// <summary>A stretch of text on its way to the model, or a token already found.</summary>
/// <param name="Text">The text it lies in.</param>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="End">One past the last.</param>
/// <param name="TokenId">The added token that it is, or -1.</param>
/// <param name="IsBytes">Its UTF-8 bytes are meant, written in the byte alphabet: mapping is put off until the model needs it.</param>
internal readonly record struct Piece(AlignedText Text, int Start, int End, int TokenId = -1, bool IsBytes = false)
{
    public ReadOnlySpan<char> Span => Text.Text.AsSpan(Start, End - Start);

    /// <summary>The piece as a text of its own, bytes mapped.</summary>
    public AlignedText Resolve()
    {
        AlignedText text = Text.Slice(Start, End);
        if (IsBytes) text.Transform(ByteAlphabet.Map(text.Text));
        return text;
    }
}
