using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>How kernels of a host backend see memory: a row of a tensor is a span. With <c>Row</c>, the address arithmetic ends here.</summary>
internal static unsafe partial class Rows
{
    /// <summary>Row <paramref name="row"/> of an F32 tensor seen as [..., d].</summary>
    /// <param name="x">Last stride 1. When it is contiguous, <paramref name="d"/> may be any cut of it; else d is its last length.</param>
    /// <param name="row">Counted over all leading dimensions, whatever their strides.</param>
    /// <param name="d">Elements of the span.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<float> Row(Tensor x, long row, int d) => Row<float>(x, row, d);

    /// <summary>Row <paramref name="row"/> of a tensor of any dtype seen as [..., d].</summary>
    /// <inheritdoc cref="Row(Tensor, long, int)"/>
    public static Span<T> Row<T>(Tensor x, long row, int d) where T : unmanaged
    {
        Debug.Assert(DTypes.Of<T>() == x.DType, $"row: {x} is read as {typeof(T).Name}");
        return new((T*)x.Address + RowOffset(x, row, d), d);
    }

    /// <summary>All elements of a contiguous tensor from element <paramref name="first"/> on.</summary>
    public static Span<T> Elements<T>(Tensor x, long first, int count) where T : unmanaged
    {
        Debug.Assert(x.IsContiguous && first + count <= x.Shape.Count, $"elements: {first} + {count} of {x}");
        return new((T*)x.Address + first, count);
    }

    /// <summary>Elements from the first element of x to the first of its row; the row counts over all leading dimensions.</summary>
    public static long RowOffset(Tensor x, long row, int d)
    {
        if (x.IsContiguous) return row * d;
        Debug.Assert(x.HasUnitRows && d <= x.Shape.Last, $"row: {x} has strided rows, or rows shorter than {d}");
        ReadOnlySpan<int> strides = x.Strides;
        if (strides.Length == 2) return row * strides[0];
        ReadOnlySpan<int> lengths = x.Shape.Lengths;
        long offset = 0;
        for (int i = lengths.Length - 2; i >= 0; i--)
        {
            (row, long at) = Math.DivRem(row, lengths[i]);
            offset += at * strides[i];
        }
        return offset;
    }

    /// <summary>Elements from the first element of x to the one with a row-major number.</summary>
    public static long ElementOffset(Tensor x, long element)
    {
        if (x.IsContiguous) return element;
        ReadOnlySpan<int> lengths = x.Shape.Lengths, strides = x.Strides;
        long offset = 0;
        for (int i = lengths.Length - 1; i >= 0; i--)
        {
            (element, long at) = Math.DivRem(element, lengths[i]);
            offset += at * strides[i];
        }
        return offset;
    }

    /// <summary>The element with a row-major number, exactly but for I64 beyond 2⁵³.</summary>
    public static double Load(Tensor x, long element) => LoadAt(x, ElementOffset(x, element));

    /// <summary>The element at an offset from the first.</summary>
    public static double LoadAt(Tensor x, long offset) => x.DType switch
    {
        DType.F32 => ((float*)x.Address)[offset],
        DType.F16 => (double)((Half*)x.Address)[offset],
        DType.BF16 => (float)((BFloat16*)x.Address)[offset],
        DType.I32 => ((int*)x.Address)[offset],
        DType.I64 => ((long*)x.Address)[offset],
        _ => ((byte*)x.Address)[offset],
    };

    /// <summary>Writes the element with a row-major number: floats round to nearest even, integers truncate, Bool is whether it differs from 0.</summary>
    public static void Store(Tensor y, long element, double value) => StoreAt(y, ElementOffset(y, element), value);

    /// <summary>Writes the element at an offset from the first.</summary>
    public static void StoreAt(Tensor y, long offset, double value)
    {
        switch (y.DType)
        {
            case DType.F32: ((float*)y.Address)[offset] = (float)value; break;
            case DType.F16: ((Half*)y.Address)[offset] = (Half)value; break;
            case DType.BF16: ((BFloat16*)y.Address)[offset] = (BFloat16)(float)value; break;
            case DType.I32: ((int*)y.Address)[offset] = (int)value; break;
            case DType.I64: ((long*)y.Address)[offset] = (long)value; break;
            case DType.U8: ((byte*)y.Address)[offset] = (byte)value; break;
            default: ((byte*)y.Address)[offset] = value != 0 ? (byte)1 : (byte)0; break;
        }
    }

    /// <summary>An integer element at an offset, exactly.</summary>
    public static long LoadIntegerAt(Tensor x, long offset) => x.DType switch
    {
        DType.I32 => ((int*)x.Address)[offset],
        DType.I64 => ((long*)x.Address)[offset],
        _ => ((byte*)x.Address)[offset],
    };

    /// <summary>Writes an integer element at an offset; what does not fit is cut off.</summary>
    public static void StoreIntegerAt(Tensor y, long offset, long value)
    {
        switch (y.DType)
        {
            case DType.I32: ((int*)y.Address)[offset] = (int)value; break;
            case DType.I64: ((long*)y.Address)[offset] = value; break;
            case DType.U8: ((byte*)y.Address)[offset] = (byte)value; break;
            default: ((byte*)y.Address)[offset] = value != 0 ? (byte)1 : (byte)0; break;
        }
    }
}
