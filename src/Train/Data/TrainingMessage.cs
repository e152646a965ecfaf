namespace Pure.Tuner;

/// <summary>One message of a row.</summary>
/// <param name="Role">Who says it.</param>
/// <param name="Content">What is said.</param>
public readonly record struct TrainingMessage(MessageRole Role, string Content)
{
    /// <summary>Whether the row itself says that this message is learned; null where it leaves that to the recipe.</summary>
    internal bool? Learn { get; init; }

    /// <summary>The only parts that are learned, in code points of <see cref="Content"/>: begin and end (not included), sorted, none over another. Null: all of it.</summary>
    internal IReadOnlyList<(int Start, int End)>? Spans { get; init; }
}
