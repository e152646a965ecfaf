namespace Pure.Tuner;

/// <summary>What rows are read for: it decides what a row must have.</summary>
internal enum RowUse
{
    /// <summary>Answers are learned: the last message must be one.</summary>
    Answers,
    /// <summary>Text is learned as it stands: one message of the user.</summary>
    Text,
    /// <summary>Answers are generated: the one in the row is for comparison and may be empty.</summary>
    Questions,
}
