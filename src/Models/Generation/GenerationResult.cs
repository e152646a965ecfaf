namespace Pure.Tuner;

/// <summary>One continuation.</summary>
/// <param name="Prompt">Number of its prompt.</param>
/// <param name="Tokens">The new ids, with the end token if one was made.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="Score">Beam search: sum of log-probabilities / length^length_penalty.</param>
public sealed record GenerationResult(int Prompt, int[] Tokens, FinishReason Finish, float? Score = null);

/// <summary>A token as it is made.</summary>
/// <param name="Row">Number of the result it belongs to.</param>
/// <param name="Id">The token.</param>
/// <param name="Finish">Why the row ends with it, or null while it goes on.</param>
public readonly record struct GeneratedToken(int Row, int Id, FinishReason? Finish);
