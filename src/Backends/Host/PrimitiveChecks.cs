namespace Pure.Tuner.Kernels;

/// <summary>What every backend refuses, in the same words; and what is written loses the form that was made for products.</summary>
internal static class PrimitiveChecks
{
    public static void MatMul(Tensor a, Tensor b, Tensor y)
    {
        Shape sa = a.Shape, sb = b.Shape, sy = y.Shape;
        if (sa.Rank < 2 || sb.Rank < 2) throw new ArgumentException($"matmul: matrices are needed: {sa} x {sb}");
        if (sa[^1] != sb[^2]) throw new ArgumentException($"matmul: inner sizes differ: {sa} x {sb} ({sa[^1]} against {sb[^2]})");
        if (sa.Rank != sb.Rank) throw new ArgumentException($"matmul: ranks differ: {sa} x {sb} ({sa.Rank} against {sb.Rank})");
        if (sy.Rank != sa.Rank) throw new ArgumentException($"matmul: the result has another rank: {sa} x {sb} into {sy} ({sa.Rank} against {sy.Rank})");
        for (int i = 0; i < sa.Rank - 2; i++)
        {
            if (sa[i] != sb[i]) throw new ArgumentException($"matmul: leading sizes differ: {sa} x {sb} ({sa[i]} against {sb[i]})");
            if (sa[i] != sy[i]) throw new ArgumentException($"matmul: the result does not fit: {sa} x {sb} into {sy} ({sa[i]} against {sy[i]})");
        }
        if (sy[^2] != sa[^2]) throw new ArgumentException($"matmul: the result does not fit: {sa} x {sb} into {sy} ({sa[^2]} against {sy[^2]})");
        if (sy[^1] != sb[^1]) throw new ArgumentException($"matmul: the result does not fit: {sa} x {sb} into {sy} ({sb[^1]} against {sy[^1]})");
        if (!a.DType.IsFloat || !b.DType.IsFloat || !y.DType.IsFloat)
            throw new ArgumentException($"matmul: float dtypes are needed: {a.DType.Name} x {b.DType.Name} into {y.DType.Name}");
        if (!y.HasUnitRows) throw new ArgumentException($"matmul: the rows of the result are not contiguous: {sy}");
        y.Storage.Written();
    }

    public static void Same(string op, Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape) throw new ArgumentException($"{op}: shapes differ: {x.Shape} and {y.Shape}{Difference(x.Shape, y.Shape)}");
    }

    public static void Copy(Tensor x, Tensor y)
    {
        Same("copy", x, y);
        y.Storage.Written();
    }

    public static void Unary(UnaryKind kind, Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape) Same(Name(kind), x, y);
        if (!x.DType.IsFloat || x.DType != y.DType) throw new ArgumentException($"{Name(kind)}: one float dtype is needed: {x.DType.Name} into {y.DType.Name}");
        y.Storage.Written();
    }

    public static void Binary(BinaryKind kind, Tensor a, Tensor? b, Tensor y)
    {
        if (b is not null)
        {
            if (a.Shape != b.Shape) Same(Name(kind), a, b);
            if (a.DType != b.DType) throw new ArgumentException($"{Name(kind)}: dtypes differ: {a.DType.Name} and {b.DType.Name}");
        }
        if (a.Shape != y.Shape) Same(Name(kind), a, y);
        DType expected = kind.IsComparison ? DType.Bool : a.DType;
        if (y.DType != expected) throw new ArgumentException($"{Name(kind)}: the result must be {expected.Name}, not {y.DType.Name}");
        y.Storage.Written();
    }

    public static void Select(Tensor condition, Tensor a, Tensor b, Tensor y)
    {
        Same("select", condition, y);
        Same("select", a, y);
        Same("select", b, y);
        if (condition.DType != DType.Bool) throw new ArgumentException($"select: the condition must be bool, not {condition.DType.Name}");
        if (a.DType != y.DType || b.DType != y.DType) throw new ArgumentException($"select: dtypes differ: {a.DType.Name}, {b.DType.Name} into {y.DType.Name}");
        y.Storage.Written();
    }

    public static void Reduce(string op, Tensor x, Tensor y)
    {
        if (x.Shape.Rank == 0 || y.Shape.Rank != x.Shape.Rank - 1) throw new ArgumentException($"{op}: the result has another rank: {x.Shape} into {y.Shape}");
        for (int i = 0; i < y.Shape.Rank; i++)
            if (x.Shape[i] != y.Shape[i]) throw new ArgumentException($"{op}: the result does not fit: {x.Shape} into {y.Shape} ({x.Shape[i]} against {y.Shape[i]})");
        y.Storage.Written();
    }

    /// <summary>In messages, made without allocating: the checks run before every reduction.</summary>
    public static string Name(ReduceKind kind) => kind switch { ReduceKind.Sum => "sum", ReduceKind.Max => "max", ReduceKind.SumSquares => "sumsquares", _ => kind.ToString() };

    public static void ArgMax(Tensor x, Tensor y)
    {
        Reduce("argmax", x, y);
        if (y.DType != DType.I32) throw new ArgumentException($"argmax: indices are i32, not {y.DType.Name}");
        if (x.Shape.Last == 0) throw new ArgumentException($"argmax: rows are empty: {x.Shape}");
    }

    public static void Index(string op, Tensor table, Tensor ids, Tensor rows)
    {
        if (table.Shape.Rank != 2 || ids.Shape.Rank != 1 || rows.Shape.Rank != 2)
            throw new ArgumentException($"{op}: a table [rows, d], ids [n] and [n, d] are needed: {table.Shape}, {ids.Shape}, {rows.Shape}");
        if (ids.DType != DType.I32) throw new ArgumentException($"{op}: ids are i32, not {ids.DType.Name}");
        if (rows.Shape[0] != ids.Shape[0]) throw new ArgumentException($"{op}: as many rows as ids are needed: {rows.Shape} for {ids.Shape} ({rows.Shape[0]} against {ids.Shape[0]})");
        if (rows.Shape[1] != table.Shape[1]) throw new ArgumentException($"{op}: row lengths differ: {rows.Shape} and {table.Shape} ({rows.Shape[1]} against {table.Shape[1]})");
        if (!table.DType.IsFloat || !rows.DType.IsFloat) throw new ArgumentException($"{op}: float dtypes are needed: {table.DType.Name} and {rows.DType.Name}");
    }

    public static ArgumentOutOfRangeException IdOutside(string op, int id, int at, int rows) =>
        new("ids", $"{op}: id {id} at {at} is outside the table of {rows} rows");

    private static string Difference(Shape a, Shape b)
    {
        if (a.Rank != b.Rank) return $" ({a.Rank} dimensions against {b.Rank})";
        for (int i = 0; i < a.Rank; i++)
            if (a[i] != b[i]) return $" ({a[i]} against {b[i]})";
        return "";
    }

    private static string Name<T>(T kind) where T : struct, Enum => kind.ToString().ToLowerInvariant();
}
