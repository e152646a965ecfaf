namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Where logged values go beside trainer_log.jsonl: <c>none</c>, <c>tensorboard</c>, <c>csv</c>, or <c>all</c>.</summary>
    public IReadOnlyList<string> ReportTo { get; init; } = ["none"];

    /// <summary>The folder of TensorBoard's event files; null is runs/ in the output folder, with the time and the machine's name.</summary>
    public string? LoggingDir { get; init; }

    /// <summary>A name for the run, put behind the time in the folder of the event files.</summary>
    public string? RunName { get; init; }

    /// <summary>Count the tokens gone through: with padding (<c>all</c> or <c>true</c>) or without (<c>non_padding</c>).</summary>
    [OneOf("no", "all", "non_padding", "true", "false")]
    public string IncludeNumInputTokensSeen { get; init; } = "no";

    /// <summary>Report the tokens gone through per second: with padding (<c>all</c> or <c>true</c>) or without (<c>non_padding</c>).</summary>
    [OneOf("no", "all", "non_padding", "true", "false")]
    public string IncludeTokensPerSecond { get; init; } = "no";

    /// <summary>Report the tokens of the data that training went through per second.</summary>
    public bool IncludeEffectiveTokensPerSecond { get; init; }

    /// <summary>Whether tokens are counted.</summary>
    public bool CountsInputTokens => IncludeNumInputTokensSeen is "all" or "non_padding" or "true";
}
