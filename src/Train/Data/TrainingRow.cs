namespace Pure.Tuner;

/// <summary>A conversation to learn: user and assistant in turn, the last message is the assistant's.</summary>
/// <param name="Messages">The messages, an even number.</param>
/// <param name="System">The system text; empty or null takes the template's own.</param>
public sealed record TrainingRow(IReadOnlyList<TrainingMessage> Messages, string? System = null)
{
    /// <summary>One question and its answer.</summary>
    /// <param name="prompt">What the user says.</param>
    /// <param name="answer">What the model is to say.</param>
    /// <param name="system">The system text; empty or null takes the template's own.</param>
    public static TrainingRow Of(string prompt, string answer, string? system = null) =>
        new([new TrainingMessage(MessageRole.User, prompt), new TrainingMessage(MessageRole.Assistant, answer)], system);

    /// <summary>Tools that the assistant may call, as JSON text of a list; empty for none.</summary>
    public string Tools { get; init; } = "";

    /// <summary>"file: row n", for errors.</summary>
    internal string Place { get; init; } = "row";
}
