namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// The layout FRACTAL_NZ of a matrix [r, c]: blocks of 16 rows by 16 columns (32 columns of one byte), blocks of one column group one after
/// the other, what is beyond the matrix zero.
/// </summary>
internal static class NzLayout
{
    /// <summary>Elements that the layout takes for a shape: a count, not bytes.</summary>
    public static long Count(ReadOnlySpan<long> shape, AclType type)
    {
        if (shape.Length is < 2 or > 6) throw new ArgumentException($"a weight has 2 to 6 dimensions, not {shape.Length}");
        if (type is not (AclType.Float16 or AclType.BFloat16 or AclType.Int8)) throw new ArgumentException($"a weight is Float16, BFloat16 or Int8, not {type}");
        return Shapes.Count(shape[..^2]) * Up(shape[^2], 16) * Up(shape[^1], Columns(type));
    }

    /// <summary>Writes each matrix of a dense tensor in blocks, in place.</summary>
    public static void Rewrite(IDeviceMemory memory, SimTensor w)
    {
        long rows = w.Shape[^2], columns = w.Shape[^1], count = Shapes.Count(w.Shape.AsSpan(0, w.Rank - 2)), total = Count(w.Shape, w.Type), group = Columns(w.Type);
        float[] plain = Elements.Read<float>(memory, w);
        var blocks = new float[total];
        long size = total / Math.Max(1, count);
        for (long m = 0; m < count; m++)
            for (long r = 0; r < rows; r++)
                for (long c = 0; c < columns; c++)
                    blocks[(m * size) + Place(r, c, rows, group)] = plain[(((m * rows) + r) * columns) + c];
        var flat = new SimTensor { Shape = [total], Strides = [1], Offset = w.Offset, Storage = [w.Offset + total], Type = w.Type, Format = w.Format, Data = w.Data };
        Elements.Write(memory, flat, blocks);
    }

    /// <summary>A matrix in blocks as an ordinary view.</summary>
    public static View Read(IDeviceMemory memory, SimTensor t, long rows, long columns)
    {
        long total = Count([rows, columns], t.Type);
        View blocks = View.Read(memory, new SimTensor { Shape = [total], Strides = [1], Offset = t.Offset, Storage = [total], Type = t.Type, Format = t.Format, Data = t.Data });
        float[] values = Elements.All<float>(blocks);
        var plain = new float[rows * columns];
        for (long r = 0; r < rows; r++)
            for (long c = 0; c < columns; c++)
                plain[(r * columns) + c] = values[Place(r, c, rows, Columns(t.Type))];
        return View.Of(plain, [rows, columns]);
    }

    private static long Place(long r, long c, long rows, long group) => (c / group * Up(rows, 16) * group) + (r * group) + (c % group);

    private static long Columns(AclType type) => type == AclType.Int8 ? 32 : 16;

    private static long Up(long n, long to) => (n + to - 1) / to * to;
}
