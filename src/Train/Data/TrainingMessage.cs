namespace Pure.Tuner;

/// <summary>One message of a row.</summary>
/// <param name="Role">Who says it.</param>
/// <param name="Content">What is said.</param>
public readonly record struct TrainingMessage(MessageRole Role, string Content);
