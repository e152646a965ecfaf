namespace Pure.Tuner.Ascend;

/// <summary>Numbers of the library's enumerations that are used here.</summary>
internal static class AclTypes
{
    public const int Float = 0, Float16 = 1, Int8 = 2, Int32 = 3, UInt8 = 4, Int16 = 6, Int64 = 9, Double = 11, Bool = 12, BFloat16 = 27, Int4 = 29;

    /// <summary>aclFormat ND: what every tensor of a language model has.</summary>
    public const int FormatNd = 2;

    /// <summary>aclrtMemcpyKind.</summary>
    public const int HostToDevice = 1, DeviceToHost = 2, DeviceToDevice = 3;

    /// <summary>aclrtMemMallocPolicy: pages of 2 MB for what is large enough, small ones else.</summary>
    public const int HugeFirst = 0;

    /// <summary>aclrtMemAttr HBM; the library answers for DDR on parts without it.</summary>
    public const int Hbm = 1;

    /// <summary>aclSysParamOpt: the same bits every time.</summary>
    public const int OptDeterministic = 0;

    /// <summary>aclCannAttr.</summary>
    public const int AttributeInfNan = 0, AttributeBf16 = 1;

    /// <summary>aclDataType of a dtype.</summary>
    public static int Of(DType dtype) => dtype switch
    {
        DType.F32 => Float,
        DType.F16 => Float16,
        DType.BF16 => BFloat16,
        DType.I32 => Int32,
        DType.I64 => Int64,
        DType.U8 => UInt8,
        DType.Bool => Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown dtype"),
    };
}
