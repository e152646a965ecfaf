namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Arithmetic of shapes.</summary>
internal static class Shapes
{
    public static long Count(ReadOnlySpan<long> shape)
    {
        long n = 1;
        foreach (long d in shape) n *= d;
        return n;
    }

    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    public static bool Same(ReadOnlySpan<long> a, ReadOnlySpan<long> b) => a.SequenceEqual(b);

    /// <summary>The shape both can be repeated to, or null.</summary>
    public static long[]? Broadcast(long[] a, long[] b)
    {
        var shape = new long[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            long x = i <= a.Length ? a[^i] : 1, y = i <= b.Length ? b[^i] : 1;
            if (x != y && x != 1 && y != 1) return null;
            shape[^i] = x == 1 ? y : x;
        }
        return shape;
    }

    public static bool CanExpand(long[] from, long[] to) => Broadcast(from, to) is { } both && Same(both, to);

    public static long[] Contiguous(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        long n = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = n;
            n *= shape[d];
        }
        return strides;
    }

    /// <summary>Elements before, along and after a dimension.</summary>
    public static (long Outer, long Length, long Inner) Around(long[] shape, int dim) =>
        shape.Length == 0 ? (1, 1, 1) : (Count(shape.AsSpan(0, dim)), shape[dim], Count(shape.AsSpan(dim + 1)));
}
