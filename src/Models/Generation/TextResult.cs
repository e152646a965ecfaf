namespace Pure.Tuner;

/// <summary>One continuation as text.</summary>
/// <param name="Prompt">Number of its prompt.</param>
/// <param name="Text">The text, up to an end token or a stop string.</param>
/// <param name="Tokens">The ids behind it, with the one that ended it.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="StopString">The stop string that was met, or null.</param>
/// <param name="Usage">Counts and times.</param>
public sealed record TextResult(int Prompt, string Text, int[] Tokens, FinishReason Finish, string? StopString, GenerationUsage Usage);

/// <summary>What a continuation took.</summary>
/// <param name="PromptTokens">Ids of the prompt.</param>
/// <param name="NewTokens">Ids that were made, with the one that ended the row.</param>
/// <param name="FirstTokenMs">Time until the first token, its batch's prompts read.</param>
/// <param name="TotalMs">Time until the last token.</param>
public sealed record GenerationUsage(int PromptTokens, int NewTokens, double FirstTokenMs, double TotalMs)
{
    /// <summary>New tokens a second after the first one; 0 where there is only one.</summary>
    public double TokensPerSecond => NewTokens > 1 && TotalMs > FirstTokenMs ? (NewTokens - 1) * 1000 / (TotalMs - FirstTokenMs) : 0;
}
