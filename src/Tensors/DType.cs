namespace Pure.Tuner;

/// <summary>The element types a tensor can have.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,
    /// <summary>IEEE 754 binary16.</summary>
    F16,
    /// <summary>The upper half of a binary32.</summary>
    BF16,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    extension(DType dtype)
    {
        /// <summary>Bytes per element.</summary>
        public int Size => dtype switch
        {
            DType.F32 or DType.I32 => 4,
            DType.F16 or DType.BF16 => 2,
            DType.I64 => 8,
            DType.U8 or DType.Bool => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown dtype"),
        };

        /// <summary>True for F32, F16 and BF16.</summary>
        public bool IsFloat => dtype is DType.F32 or DType.F16 or DType.BF16;

        /// <summary>The name used in messages and files of this project: f32, f16, bf16, i32, i64, u8, bool.</summary>
        public string Name => dtype.ToString().ToLowerInvariant();
    }

    /// <summary>The dtype whose elements are stored as <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">No dtype is stored as <typeparamref name="T"/>.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.F32 :
        typeof(T) == typeof(Half) ? DType.F16 :
        typeof(T) == typeof(BFloat16) ? DType.BF16 :
        typeof(T) == typeof(int) ? DType.I32 :
        typeof(T) == typeof(long) ? DType.I64 :
        typeof(T) == typeof(byte) ? DType.U8 :
        typeof(T) == typeof(bool) ? DType.Bool :
        throw new NotSupportedException($"dtype: no tensor element is a {typeof(T).Name} (float, Half, BFloat16, int, long, byte, bool)");
}
