namespace Pure.Tuner.Kernels;

/// <summary>How a kernel from outside sees the memory of a host backend: rows of a tensor are spans.</summary>
/// <remarks>Checked, where the kernels of this assembly only assert: a wrong call is an exception, not a wrong address.</remarks>
public static class HostMemory
{
    /// <summary>One row of a tensor seen as [..., width], its last length.</summary>
    /// <param name="x">On a host backend, last stride 1.</param>
    /// <param name="row">Counted over all leading dimensions, whatever their strides.</param>
    /// <exception cref="ArgumentException">T is not the dtype's element, the tensor is on a device, or its rows are strided.</exception>
    public static Span<T> Row<T>(Tensor x, int row) where T : unmanaged
    {
        Check<T>(x);
        if (!x.HasUnitRows) throw new ArgumentException($"row: the rows of {x} are strided; let the operator hand over x.WithUnitRows()");
        if ((uint)row >= (uint)x.Shape.Rows) throw new ArgumentOutOfRangeException(nameof(row), row, $"row: {x} has {x.Shape.Rows}");
        return Rows.Row<T>(x, row, x.Shape.Last);
    }

    /// <summary>All elements of a contiguous tensor in row-major order.</summary>
    /// <param name="x">On a host backend, contiguous.</param>
    /// <exception cref="ArgumentException">T is not the dtype's element, the tensor is on a device, or it is not contiguous.</exception>
    public static Span<T> Elements<T>(Tensor x) where T : unmanaged
    {
        Check<T>(x);
        if (!x.IsContiguous) throw new ArgumentException($"elements: {x} is not contiguous");
        return Rows.Elements<T>(x, 0, checked((int)x.Shape.Count));
    }

    private static void Check<T>(Tensor x) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Backend is not HostBackend) throw new ArgumentException($"host memory: {x} is on {x.Backend.Name}, whose memory the process does not see");
        if (DTypes.Of<T>() != x.DType) throw new ArgumentException($"host memory: {x} is read as {typeof(T).Name}");
    }
}
