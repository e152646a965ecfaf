namespace Pure.Tuner;

/// <summary>Rows of messages or text to rows of ids, for one stage.</summary>
internal interface IRowEncoder
{
    /// <summary>The ids of one preprocessing batch, in order; as many as rows, or others where rows are joined and cut.</summary>
    /// <exception cref="UsageException">A row cannot be encoded; its place is named.</exception>
    IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch);
}
