namespace Pure.Tuner;

/// <summary>Who says something in a row of training data.</summary>
public enum MessageRole
{
    /// <summary>The user.</summary>
    User,
    /// <summary>The model.</summary>
    Assistant,
    /// <summary>The result of a tool, read by the model like a user's words.</summary>
    Observation,
    /// <summary>A call of a tool, said by the model.</summary>
    Function,
}

/// <summary>One message of a row.</summary>
/// <param name="Role">Who says it.</param>
/// <param name="Content">What is said.</param>
public readonly record struct TrainingMessage(MessageRole Role, string Content);

/// <summary>A conversation to learn: user and assistant in turn, the last message is the assistant's.</summary>
/// <param name="Messages">The messages, an even number.</param>
/// <param name="System">The system text; empty or null takes the template's own.</param>
public sealed record TrainingRow(IReadOnlyList<TrainingMessage> Messages, string? System = null)
{
    /// <summary>Tools as JSON text, or empty.</summary>
    internal string Tools { get; init; } = "";

    /// <summary>"file: row n", for errors.</summary>
    internal string Place { get; init; } = "row";
}
