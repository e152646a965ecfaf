namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Element types by the library's numbers.</summary>
internal enum AclType
{
    Float = 0, Float16 = 1, Int8 = 2, Int32 = 3, UInt8 = 4, Int16 = 6, UInt16 = 7, UInt32 = 8, Int64 = 9, UInt64 = 10, Double = 11, Bool = 12, BFloat16 = 27, Int4 = 29,
}

/// <summary>An aclTensor: a view of device memory. Everything is in elements.</summary>
internal sealed class SimTensor
{
    public required long[] Shape { get; init; }
    public required long[] Strides { get; init; }
    public required long Offset { get; init; }
    public required long[] Storage { get; init; }
    public required AclType Type { get; init; }
    public required int Format { get; init; }

    /// <summary>Start of the storage on the device; settable by aclSetTensorAddr.</summary>
    public ulong Data { get; set; }

    /// <summary>Bytes that kernels count in.</summary>
    public const ulong Alignment = 32;

    public int Rank => Shape.Length;

    public long Count => Shape.Aggregate(1L, (n, d) => n * d);

    /// <summary>Bytes of an element; Int4 has half of one and is read through its own accessors.</summary>
    public int ElementBytes => Type switch
    {
        AclType.Float or AclType.Int32 or AclType.UInt32 => 4,
        AclType.Int64 or AclType.UInt64 or AclType.Double => 8,
        AclType.Float16 or AclType.BFloat16 or AclType.Int16 or AclType.UInt16 => 2,
        _ => 1,
    };

    public bool IsFloat => Type is AclType.Float or AclType.Float16 or AclType.BFloat16 or AclType.Double;

    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Rank - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected) return false;
                expected *= Shape[i];
            }
            return true;
        }
    }

    /// <summary>Where the view begins.</summary>
    public ulong Start => Data + (ulong)(Type == AclType.Int4 ? Offset / 2 : Offset * ElementBytes);

    /// <summary>Whether a kernel can take it as it is: contiguous from a multiple of 32 bytes on.</summary>
    public bool IsDirect => IsContiguous && Start % Alignment == 0;

    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}]" + (IsContiguous ? "" : $" strides [{string.Join(", ", Strides)}]");
}
