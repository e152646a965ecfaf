namespace Pure.Tuner;

/// <summary>The rows of a run as the model sees them.</summary>
/// <param name="Train">What is learned; empty for a stream or where nothing is.</param>
/// <param name="Raw">The same rows as messages: for the answers before and after.</param>
/// <param name="Kept">Rows of the files that are used.</param>
/// <param name="Dropped">Rows of the files that are left out.</param>
/// <param name="Evaluation">Named sets to evaluate; one without a name where they are not told apart.</param>
internal sealed record RunData(IReadOnlyList<EncodedRow> Train, IReadOnlyList<TrainingRow> Raw, int Kept, int Dropped, IReadOnlyList<(string Name, IReadOnlyList<EncodedRow> Rows)> Evaluation)
{
    /// <summary>Rows of a stream, pass by pass; null where the rows are in memory.</summary>
    internal Func<int, IEnumerable<EncodedRow>>? Stream { get; init; }
}
