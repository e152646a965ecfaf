namespace Pure.Tuner.Kernels;

/// <summary>How the cpu expands a packed format: the format's own definition, or vectors that give the same bits.</summary>
internal abstract unsafe class PackedDecoder
{
    /// <summary>y = W[row, column ...], count columns; column and count as <see cref="PackedFormat.Expand"/> wants them.</summary>
    public abstract void Decode(QuantizedTensor w, int row, int column, int count, float* y);

    /// <summary>The fastest there is for a format.</summary>
    public static PackedDecoder For(PackedFormat format) => s_definition;

    private static readonly PackedDecoder s_definition = new Definition();

    private sealed class Definition : PackedDecoder
    {
        public override void Decode(QuantizedTensor w, int row, int column, int count, float* y) => w.Format.Expand(w, row, column, new Span<float>(y, count));
    }
}

/// <summary>A packed matrix, or its transpose, as the packing of matrix multiply sees it.</summary>
/// <param name="weight">[out, in].</param>
/// <param name="isTurned">Whether rows and columns are exchanged: k then runs along the rows of W.</param>
internal sealed unsafe class PackedSource(QuantizedTensor weight, bool isTurned)
{
    private const int StageSlot = 7;
    private readonly PackedDecoder _decoder = PackedDecoder.For(weight.Format);
    private readonly int _grain = weight.Format.Grain;

    /// <summary>Columns of W that are worth expanding together when k runs along its rows.</summary>
    private int Together => Math.Max(_grain, 64);

    /// <summary>Panels of a given width that should be packed together, so that no block is expanded twice.</summary>
    public int PanelsTogether(int width) => isTurned ? (Together + width - 1) / width : 1;

    /// <summary>Whether a single panel may be packed alone.</summary>
    public bool PacksAlone => !isTurned;

    /// <summary>Packs neighbouring panels: for each p of k, the width elements of a tile side by side, zeros where the matrix ends.</summary>
    /// <param name="first">First row of the first panel (a column of W when turned).</param>
    /// <param name="rows">Rows that exist from there on, at most panels · width.</param>
    /// <param name="width">Rows of a panel.</param>
    /// <param name="p">First of k.</param>
    /// <param name="k">How many.</param>
    /// <param name="panels">One after another, width · k floats each.</param>
    public void Pack(int first, int rows, int width, int p, int k, float* panels)
    {
        if (isTurned) PackTurned(first, rows, width, p, k, panels);
        else
        {
            float* stage = (float*)Scratch.Bytes(StageSlot, (long)k * width * sizeof(float));
            for (int done = 0; done < rows; done += width, panels += (long)width * k)
            {
                int count = Math.Min(width, rows - done);
                for (int i = 0; i < count; i++) Read(first + done + i, p, k, stage + (long)i * k);
                Packing.Pack(new Matrix((nint)stage, DType.F32, k, 1), 0, count, width, 0, k, 1, panels);
            }
        }
    }

    /// <summary>W[row, column ...] for any cut.</summary>
    public void Read(int row, int column, int count, float* y)
    {
        int skipped = column % _grain, end = column + count;
        int whole = end == weight.Shape[1] ? end : (end + _grain - 1) / _grain * _grain;
        if (skipped == 0 && whole == end)
        {
            _decoder.Decode(weight, row, column, count, y);
            return;
        }
        whole = Math.Min(whole, weight.Shape[1]);
        int first = column - skipped;
        float[] room = System.Buffers.ArrayPool<float>.Shared.Rent(whole - first);
        fixed (float* wide = room)
        {
            _decoder.Decode(weight, row, first, whole - first, wide);
            new ReadOnlySpan<float>(wide + skipped, count).CopyTo(new Span<float>(y, count));
        }
        System.Buffers.ArrayPool<float>.Shared.Return(room);
    }

    private void PackTurned(int first, int rows, int width, int p, int k, float* panels)
    {
        float* stage = (float*)Scratch.Bytes(StageSlot, (long)rows * sizeof(float));
        for (int q = 0; q < k; q++)
        {
            Read(p + q, first, rows, stage);
            float* row = panels + (long)q * width;
            int i = 0;
            for (; i + width <= rows; i += width, row += (long)width * k) new ReadOnlySpan<float>(stage + i, width).CopyTo(new Span<float>(row, width));
            if (i == rows) continue;
            new ReadOnlySpan<float>(stage + i, rows - i).CopyTo(new Span<float>(row, rows - i));
            new Span<float>(row + rows - i, width - (rows - i)).Clear();
        }
    }
}
