namespace Pure.Tuner;

/// <summary>A row as the model sees it.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Labels">The id where it is learned, -100 where it is not; as long as <paramref name="Ids"/>, not shifted.</param>
public sealed record EncodedRow(int[] Ids, int[] Labels);
