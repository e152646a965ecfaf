namespace Pure.Tuner;

/// <summary>What turns a piece of text into tokens: BPE today, WordPiece or Unigram by the same door.</summary>
internal interface ITokenModel
{
    /// <summary>Entries of the vocabulary.</summary>
    int Count { get; }

    /// <summary>One more than the largest id.</summary>
    int IdLimit { get; }

    int? IdOf(ReadOnlySpan<char> token);

    string? TokenOf(int id);

    /// <summary>Adds the ids of a piece and, when wanted, how many UTF-8 bytes of it each covers.</summary>
    /// <param name="piece">The text; with <paramref name="asBytes"/> its UTF-8 bytes are meant, in the byte alphabet.</param>
    /// <param name="asBytes">See <see cref="Piece.IsBytes"/>; never with lengths.</param>
    /// <param name="ids">Where ids are added.</param>
    /// <param name="lengths">Where lengths are added, or null.</param>
    void Tokenize(ReadOnlySpan<char> piece, bool asBytes, List<int> ids, List<int>? lengths);
}
