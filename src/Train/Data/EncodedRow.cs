namespace Pure.Tuner;

/// <summary>A row as the model sees it.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Labels">The id where it is learned, -100 where it is not; as long as <paramref name="Ids"/>, not shifted. In rows to generate from (<see cref="PromptEncoder"/>): the ids of the right answer.</param>
public sealed record EncodedRow(int[] Ids, int[] Labels)
{
    /// <summary>For rows of several pieces that do not see each other: the number of each token's piece from 1, 0 for padding. Null: one piece.</summary>
    internal int[]? Pieces { get; init; }

    /// <summary>The position of each token, 0 for padding. Null: 0, 1, 2, ...</summary>
    internal int[]? Positions { get; init; }

    /// <summary>Tokens at the end that only fill the row up.</summary>
    internal int Padding { get; init; }

    /// <summary>What a padding program rounds the length of its rows up to: 8 in supervised stages, 1 in stage pt.</summary>
    internal int RoundTo { get; init; } = 8;
}
