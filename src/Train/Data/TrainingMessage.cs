namespace Pure.Tuner;

/// <summary>One message of a row.</summary>
/// <param name="Role">Who says it.</param>
/// <param name="Content">What is said.</param>
public readonly record struct TrainingMessage(MessageRole Role, string Content)
{
    /// <summary>Whether the message is learned, whatever the recipe says of its role; null leaves it to the recipe.</summary>
    public bool? Learn { get; init; }

    /// <summary>Parts of the content that are learned, and nothing else of the message: start and end in code points. Null: no such parts.</summary>
    public IReadOnlyList<(int Start, int End)>? Spans { get; init; }
}
