namespace Pure.Tuner;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">Its name in Hugging Face's naming.</param>
/// <param name="Shape">Sizes, slowest first: [out, in] for a matrix.</param>
/// <param name="StoredAs">The file's own name of the format: F32, BF16, I64, Q4_K, ...</param>
/// <param name="DType">
/// The element type to keep it in: as stored where there is one, F32 for F64 and for blocks of quantised numbers, BF16 for the
/// eight-bit floats (exact); null where none fits (I8, U16, F4, ...), which is read as floats or raw.
/// </param>
/// <param name="IsRaw">True when the file holds the elements in this order and unpacked, so that <see cref="Checkpoint.ReadRaw"/> works.</param>
public sealed record CheckpointTensor(string Name, long[] Shape, string StoredAs, DType? DType, bool IsRaw)
{
    /// <summary>Bytes it takes in the file.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Sizes along the first dimension; 1 for a scalar.</summary>
    public long Rows => Shape.Length == 0 ? 1 : Shape[0];

    /// <summary>Elements of one row: everything but the first dimension.</summary>
    public long RowElements => Rows == 0 ? 0 : Elements / Rows;
}
