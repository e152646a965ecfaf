namespace Pure.Tuner.Kernels;

/// <summary>A packed matrix, or its transpose, as the packing of matrix multiply sees it. The default value is none.</summary>
/// <param name="weight">[out, in].</param>
/// <param name="isTurned">Whether rows and columns are exchanged: k then runs along the rows of W.</param>
internal readonly unsafe struct PackedSource(QuantizedTensor weight, bool isTurned)
{
    private const int StageSlot = 7, EdgeSlot = 8;
    private readonly PackedDecoder _decoder = PackedDecoder.For(weight.Format);
    private readonly QuantizedTensor? _weight = weight;
    private readonly int _grain = weight.Format.Grain;

    /// <summary>Whether there is one.</summary>
    public bool Exists => _weight is not null;

    /// <summary>Whether rows and columns are exchanged.</summary>
    public bool IsTurned => isTurned;

    /// <summary>What reads it.</summary>
    public PackedDecoder Decoder => _decoder;

    /// <summary>The packed matrix.</summary>
    public QuantizedTensor Weight => _weight!;

    /// <summary>Panels of a given width that should be packed together, so that no block is expanded twice: columns of W that are worth expanding together when k runs along its rows.</summary>
    public int PanelsTogether(int width) => isTurned ? (Math.Max(_grain, 256) + width - 1) / width : 1;

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
        if (isTurned)
        {
            PackTurned(first, rows, width, p, k, panels);
            return;
        }
        float* stage = (float*)Scratch.Bytes(StageSlot, (long)k * width * sizeof(float));
        for (int done = 0; done < rows; done += width, panels += (long)width * k)
        {
            int count = Math.Min(width, rows - done);
            for (int i = 0; i < count; i++) Read(first + done + i, p, k, stage + (long)i * k);
            Packing.Pack(new Matrix((nint)stage, DType.F32, k, 1), 0, count, width, 0, k, 1, panels);
        }
    }

    /// <summary>W[row, column ...] for any cut.</summary>
    public void Read(int row, int column, int count, float* y)
    {
        QuantizedTensor w = _weight!;
        int end = column + count, skipped = column % _grain;
        int whole = end == w.Shape[1] ? end : Math.Min((end + _grain - 1) / _grain * _grain, w.Shape[1]);
        if (skipped == 0 && whole == end)
        {
            _decoder.Decode(w, row, column, count, y);
            return;
        }
        int first = column - skipped;
        float* wide = (float*)Scratch.Bytes(EdgeSlot, (long)(whole - first) * sizeof(float));
        _decoder.Decode(w, row, first, whole - first, wide);
        new ReadOnlySpan<float>(wide + skipped, count).CopyTo(new Span<float>(y, count));
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
