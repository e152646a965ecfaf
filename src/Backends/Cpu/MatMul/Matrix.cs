using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>One matrix by address: any strides, any float dtype.</summary>
internal readonly unsafe struct Matrix(nint data, DType dtype, nint rowStep, nint columnStep)
{
    public readonly nint Data = data;
    public readonly DType DType = dtype;

    /// <summary>Elements from a row to the next.</summary>
    public readonly nint RowStep = rowStep;

    /// <summary>Elements from a column to the next.</summary>
    public readonly nint ColumnStep = columnStep;

    public bool IsF32 => DType == DType.F32;

    public float* Floats => (float*)Data;

    /// <summary>The matrix at a place of the leading dimensions, which are counted in row-major order.</summary>
    public static Matrix Of(Tensor x, long batch)
    {
        ReadOnlySpan<int> strides = x.Strides, lengths = x.Shape.Lengths;
        long offset = 0;
        for (int i = lengths.Length - 3; i >= 0; i--)
        {
            (batch, long at) = Math.DivRem(batch, lengths[i]);
            offset += at * strides[i];
        }
        // A dimension of one element may have any stride; 1 lets it take the fast paths.
        nint rowStep = lengths[^2] == 1 && strides[^1] != 1 ? 1 : strides[^2], columnStep = lengths[^1] == 1 && strides[^2] != 1 ? 1 : strides[^1];
        return new(x.Address + (nint)(offset * x.DType.Size), x.DType, rowStep, columnStep);
    }

    public Matrix Transposed => new(Data, DType, ColumnStep, RowStep);

    /// <summary>The part that begins at a row and a column.</summary>
    public Matrix From(long row, long column) => new(Data + (nint)((row * RowStep + column * ColumnStep) * DType.Size), DType, RowStep, ColumnStep);

    /// <summary>Elements of a row as F32, one after another.</summary>
    public void ReadRow(long row, int count, float* y)
    {
        nint p = Data + (nint)(row * RowStep * DType.Size);
        if (ColumnStep == 1)
        {
            switch (DType)
            {
                case DType.F32: new ReadOnlySpan<float>((void*)p, count).CopyTo(new Span<float>(y, count)); break;
                case DType.BF16: Rows.Widen(new ReadOnlySpan<BFloat16>((void*)p, count), new Span<float>(y, count)); break;
                default: Rows.Widen(new ReadOnlySpan<Half>((void*)p, count), new Span<float>(y, count)); break;
            }
            return;
        }
        for (int i = 0; i < count; i++) y[i] = Load(p, i * ColumnStep);
    }

    /// <summary>Rows of F32 elements put one after another into a row of this matrix.</summary>
    public void WriteRow(long row, int count, float* x)
    {
        nint p = Data + (nint)(row * RowStep * DType.Size);
        switch (DType)
        {
            case DType.F32: new ReadOnlySpan<float>(x, count).CopyTo(new Span<float>((void*)p, count)); break;
            case DType.BF16: Rows.Narrow(new ReadOnlySpan<float>(x, count), new Span<BFloat16>((void*)p, count)); break;
            default: Rows.Narrow(new ReadOnlySpan<float>(x, count), new Span<Half>((void*)p, count)); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Load(nint p, nint at) => DType switch
    {
        DType.F32 => ((float*)p)[at],
        DType.BF16 => ((BFloat16*)p)[at],
        _ => (float)((Half*)p)[at],
    };
}
