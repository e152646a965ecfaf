namespace Pure.Tuner;

/// <summary>Rows of messages or text to rows of ids, for one stage.</summary>
internal interface IRowEncoder
{
    /// <summary>Whether each row is encoded without regard to the others of its batch, so that a batch may be cut.</summary>
    bool RowByRow => false;

    /// <summary>The ids of one preprocessing batch, in order; as many as rows, or others where rows are joined and cut.</summary>
    /// <exception cref="UsageException">A row cannot be encoded; its place is named.</exception>
    IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch);

    /// <summary>The same, with one line for each row that is left out.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="notices">Gets the lines.</param>
    IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch, List<string> notices) => Encode(batch);
}
