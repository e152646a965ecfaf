namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What makes an aclTensor, and what phase one asks of every one.</summary>
internal static unsafe class TensorRules
{
    private const int MostDimensions = 8;

    public static SimTensor Make(Card card, long* viewDims, ulong rank, int type, long* stride, long offset, int format, long* storageDims, ulong storageRank, nint data)
    {
        if (rank > MostDimensions || storageRank > MostDimensions) throw new AclException(Code.InvalidParameter, "6.tensor-rank", $"at most {MostDimensions} dimensions were expected, found {Math.Max(rank, storageRank)}");
        if ((viewDims is null && rank > 0) || (storageDims is null && storageRank > 0)) throw new AclException(Code.NullPointer, "6.tensor-rank", "dimensions are null; only a tensor without dimensions has none");
        if (!AclTypes.Exists(type, card.IsCann9)) throw new AclException(Code.InvalidParameter, "6.tensor-dtype", $"there is no dtype {type}");
        if (!AclTypes.IsFormat(format)) throw new AclException(Code.InvalidParameter, "6.tensor-format", $"there is no format {format}");
        long[] shape = Copy(viewDims, rank), storage = Copy(storageDims, storageRank);
        long[] strides = stride is null ? Contiguous(shape) : Copy(stride, rank);
        if (offset < 0 || shape.Concat(strides).Concat(storage).Any(d => d < 0)) throw new AclException(Code.InvalidParameter, "6.tensor-negative", $"shape {Text(shape)}, strides {Text(strides)}, offset {offset}, storage {Text(storage)}: none may be negative");
        var tensor = new SimTensor { Shape = shape, Strides = strides, Offset = offset, Storage = storage, Type = (AclType)type, Format = format, Data = (ulong)data };
        if (tensor.Type == AclType.Int4 && tensor.Count > 0 && (tensor.Rank == 0 || shape[^1] % 2 != 0 || offset % 2 != 0 || strides.Where((s, i) => s != 1 && shape[i] > 1 && s % 2 != 0).Any()))
            throw new AclException(Code.InvalidParameter, "6.int4-even", $"shape {Text(shape)}, strides {Text(strides)}, offset {offset}: the last dimension, and every other step, is even for INT4");
        if (format == AclTypes.FractalNz && (storage.Length < 4 || storage[^2] != 16 || storage[^1] != (AclTypes.Bits(tensor.Type) == 8 ? 32 : 16)))
            throw new AclException(Code.InvalidParameter, "6.nz-storage", $"a storage that ends in 16, 16 (16, 32 for one byte) was expected, found {Text(storage)}");
        return tensor;
    }

    /// <summary>What phase one finds wrong with any tensor, whatever the operator.</summary>
    public static void CheckPlanned(SimTensor tensor, string name)
    {
        if (tensor.Count == 0) return;
        if (tensor.Data == 0) throw new AclException(Code.NullPointer, "6.tensor-data", $"{name} ({tensor}) has elements and no data");
        CheckAddress(tensor.Data, name);
        long needed = tensor.Offset + 1 + tensor.Shape.Zip(tensor.Strides, (d, s) => (d - 1) * s).Sum(), room = tensor.Storage.Aggregate(1L, (n, d) => n * d);
        if (needed > room) throw new AclException(Code.InnerNull, "6.tensor-storage", $"{name} ({tensor}, offset {tensor.Offset}) needs {needed} elements of storage, {Text(tensor.Storage)} are {room}");
    }

    /// <summary>A result whose elements lie over each other could not be told.</summary>
    public static void CheckWritten(SimTensor tensor, string name)
    {
        for (int d = 0; d < tensor.Rank; d++)
            if (tensor.Strides[d] == 0 && tensor.Shape[d] > 1) throw new AclException(Code.InvalidParameter, "6.output-stride", $"{name} is {tensor}: a stride of 0 is for inputs only");
    }

    public static void CheckAddress(ulong address, string name)
    {
        if (address % 32 != 0) throw new AclException(Code.InvalidParameter, "5.data-align", $"the data of {name} at 0x{address:x} does not start at a multiple of 32 bytes");
    }

    /// <summary>The same view of other memory.</summary>
    public static SimTensor At(SimTensor tensor, ulong data) => new()
    {
        Shape = tensor.Shape,
        Strides = tensor.Strides,
        Offset = tensor.Offset,
        Storage = tensor.Storage,
        Type = tensor.Type,
        Format = tensor.Format,
        Data = data,
    };

    private static long[] Copy(long* values, ulong count) => new ReadOnlySpan<long>(values, (int)count).ToArray();

    private static long[] Contiguous(long[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int d = shape.Length - 1; d >= 0; step *= shape[d--]) strides[d] = step;
        return strides;
    }

    private static string Text(long[] values) => $"[{string.Join(", ", values)}]";
}
