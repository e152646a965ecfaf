using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Panels of BF16 as <see cref="PanelCall"/> describes them; narrowing rounds to nearest even.</summary>
internal static unsafe class PanelPacking
{
    private const int StepK = PanelUnit.StepK, StageSlot = 7, TurnSlot = 6;

    /// <summary>Packs a panel of a: rows [first, first + rows) of x, all of k.</summary>
    /// <param name="x">a, with k along its columns.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">Rows that exist, at most <paramref name="width"/>.</param>
    /// <param name="width">Rows of the panel.</param>
    /// <param name="k">Columns.</param>
    /// <param name="scale">A power of two that every element is multiplied by: exact, whether before or after rounding.</param>
    /// <param name="panel">Steps · width · 32 BF16.</param>
    public static void PackA(Matrix x, long first, int rows, int width, int k, float scale, BFloat16* panel)
    {
        int steps = PanelUnit.StepsOf(k), step = width * StepK;
        if (rows < width || k % StepK != 0) new Span<BFloat16>(panel, steps * step).Clear();
        Matrix part = x.From(first, 0);
        if (part.RowStep == 1 && part.ColumnStep != 1)
        {
            PackTurnedA(part, rows, width, k, scale, panel);
            return;
        }
        bool isDirect = part.ColumnStep == 1;
        float* stage = isDirect && part.IsF32 && scale == 1 ? null : (float*)Scratch.Bytes(StageSlot, (long)k * sizeof(float));
        var narrow = (BFloat16*)Scratch.Bytes(TurnSlot, (long)k * sizeof(ushort));
        for (int row = 0; row < rows; row++)
        {
            BFloat16* bits = narrow;
            if (part.DType == DType.BF16 && isDirect && scale == 1) bits = (BFloat16*)part.From(row, 0).Data;
            else
            {
                if (stage != null) part.ReadRow(row, k, stage);
                if (scale != 1) TensorPrimitives.Multiply(new ReadOnlySpan<float>(stage, k), scale, new Span<float>(stage, k));
                Narrow(stage == null ? part.From(row, 0).Floats : stage, k, narrow);
            }
            Spread(bits, k, panel + row * StepK, step);
        }
    }

    /// <summary>A row's 32 of each step to their places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(BFloat16* x, int k, BFloat16* to, int step)
    {
        int p = 0;
        for (; p + StepK <= k; p += StepK, to += step)
        {
            Vector256.Load((ushort*)(x + p)).Store((ushort*)to);
            Vector256.Load((ushort*)(x + p + 16)).Store((ushort*)(to + 16));
        }
        for (int i = p; i < k; i++) to[i - p] = x[i];
    }

    /// <summary>Rows side by side, k a step apart: read in the order in which they lie and turned 32 of k at a time.</summary>
    private static void PackTurnedA(Matrix part, int rows, int width, int k, float scale, BFloat16* panel)
    {
        int wide = (rows + 3) & ~3;
        float* stage = (float*)Scratch.Bytes(StageSlot, (long)StepK * wide * sizeof(float)), turned = (float*)Scratch.Bytes(TurnSlot, (long)StepK * wide * sizeof(float));
        Matrix columns = part.Transposed;
        new Span<float>(stage, StepK * wide).Clear();
        for (int p = 0; p < k; p += StepK, panel += width * StepK)
        {
            int count = Math.Min(StepK, k - p);
            for (int i = 0; i < count; i++) columns.ReadRow(p + i, rows, stage + i * wide);
            if (scale != 1) TensorPrimitives.Multiply(new ReadOnlySpan<float>(stage, count * wide), scale, new Span<float>(stage, count * wide));
            for (int i = 0; i < count; i += 4) Packing.Transpose4(stage + i * wide, wide, wide, turned + i, StepK);    // the last may take rows of the step before: nobody reads them
            for (int row = 0; row < rows; row++) Narrow(turned + row * StepK, count, panel + row * StepK);
        }
    }

    /// <summary>Packs neighbouring panels of b: columns [first, first + count), all of k.</summary>
    /// <param name="x">b transposed: k along its columns.</param>
    /// <param name="source">In the place of x: a packed weight.</param>
    /// <param name="first">First column of b.</param>
    /// <param name="count">Columns that exist from there on, at most those of the panels.</param>
    /// <param name="width">Columns of a panel.</param>
    /// <param name="k">Length of the columns.</param>
    /// <param name="panels">One after another, steps · 16 pairs · width · 2 BF16 each.</param>
    public static void PackB(Matrix x, PackedSource source, int first, int count, int width, int k, BFloat16* panels)
    {
        int pairs = PanelUnit.StepsOf(k) * (StepK / 2), panelSize = pairs * width * 2, all = (count + width - 1) / width;
        if (k % StepK != 0 || count % width != 0) new Span<BFloat16>(panels, all * panelSize).Clear();
        bool kIsContiguous = source.Exists ? !source.IsTurned : x.ColumnStep == 1 || x.RowStep != 1;
        if (kIsContiguous) PackColumns(x, source, first, count, width, k, panels, panelSize);
        else PackRows(x, source, first, count, width, k, panels, panelSize);
    }

    /// <summary>k lies along a column of b: four columns at a time become pairs side by side.</summary>
    private static void PackColumns(Matrix x, PackedSource source, int first, int count, int width, int k, BFloat16* panels, int panelSize)
    {
        int pairs = (k + 1) / 2, step = 2 * pairs;
        bool isDirect = !source.Exists && x.DType == DType.BF16 && x.ColumnStep == 1 && x.RowStep % 2 == 0 && k % 2 == 0 && x.Data % 4 == 0;
        var narrow = (BFloat16*)Scratch.Bytes(TurnSlot, 4L * step * sizeof(ushort));
        float* stage = (float*)Scratch.Bytes(StageSlot, (long)k * sizeof(float));
        for (int column = 0; column < count; column += 4)
        {
            int four = Math.Min(4, count - column);
            var to = (float*)(panels + (long)(column / width) * panelSize) + column % width;
            if (isDirect && four == 4)
            {
                Packing.Transpose4((float*)x.From(first + column, 0).Data, x.RowStep / 2, pairs, to, width);
                continue;
            }
            new Span<BFloat16>(narrow, 4 * step).Clear();
            for (int i = 0; i < four; i++)
            {
                float* from = stage;
                if (source.Exists) source.Read(first + column + i, 0, k, stage);
                else if (x.IsF32 && x.ColumnStep == 1) from = x.From(first + column + i, 0).Floats;
                else x.ReadRow(first + column + i, k, stage);
                Narrow(from, k, narrow + i * step);
            }
            Packing.Transpose4((float*)narrow, pairs, pairs, to, width);      // widths are multiples of four: what is not there is 0
        }
    }

    /// <summary>Columns of b lie side by side: two rows become one of pairs.</summary>
    private static void PackRows(Matrix x, PackedSource source, int first, int count, int width, int k, BFloat16* panels, int panelSize)
    {
        int wide = (count + 15) & ~15;
        float* stage = (float*)Scratch.Bytes(StageSlot, (long)wide * sizeof(float));
        var rows = (ushort*)Scratch.Bytes(TurnSlot, 2L * wide * sizeof(ushort));
        Matrix turned = x.Transposed;
        for (int p = 0; p < k; p += 2)
        {
            for (int i = 0; i < 2; i++)
            {
                var to = (BFloat16*)(rows + i * wide);
                if (p + i >= k)
                {
                    new Span<BFloat16>(to, wide).Clear();
                    continue;
                }
                float* from = stage;
                if (source.Exists) source.Read(p + i, first, count, stage);
                else if (x.IsF32) from = turned.From(p + i, first).Floats;
                else if (x.DType == DType.BF16)
                {
                    new ReadOnlySpan<BFloat16>((void*)turned.From(p + i, first).Data, count).CopyTo(new Span<BFloat16>(to, count));
                    continue;
                }
                else turned.From(p + i, first).ReadRow(0, count, stage);
                Narrow(from, count, to);
            }
            var pair = (uint*)panels + p / 2 * width;
            for (int column = 0; column < count; column += width, pair += panelSize / 2) Interleave(rows + column, rows + wide + column, Math.Min(width, count - column), pair);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(ushort* even, ushort* odd, int count, uint* to)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
            for (; i + 8 <= count; i += 8)
            {
                (Vector128<uint> e0, Vector128<uint> e1) = Vector128.Widen(Vector128.Load(even + i));
                (Vector128<uint> o0, Vector128<uint> o1) = Vector128.Widen(Vector128.Load(odd + i));
                (e0 | o0 << 16).Store(to + i);
                (e1 | o1 << 16).Store(to + i + 4);
            }
        for (; i < count; i++) to[i] = even[i] | (uint)odd[i] << 16;
    }

    private static void Narrow(float* x, int count, BFloat16* y) => Rows.Narrow(new ReadOnlySpan<float>(x, count), new Span<BFloat16>(y, count));
}
