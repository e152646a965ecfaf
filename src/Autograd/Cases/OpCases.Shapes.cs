namespace Pure.Tuner;

/// <summary>Products, reductions and views.</summary>
public static partial class OpCases
{
    private static IEnumerable<OpCase> Shapes() =>
    [
        new("matmul", "a b",
        [
            .. MatMul([5, 19], [19, 7]).Spread(), .. MatMul([2, 3, 5, 8], [2, 3, 8, 4]).Spread(), MatMul([1, 64], [64, 1]), MatMul([0, 5], [5, 3]), MatMul([3, 0], [0, 4]), MatMul([33, 70], [70, 41]),
            MatMul([5, 19], [19, 7]).Freeze("a"), MatMul([5, 19], [19, 7]).Freeze("b"),
        ])
        { Bench = (rows, d) => MatMul([rows, d], [d, d]) },

        new("sum", "Σ x over the last dimension, kept", [.. One("", x => x.SumLast(), [3, 37]).Spread(), One("", x => x.SumLast(), [1, 1]), One("", x => x.SumLast(), [0, 5]), One("", x => x.SumLast(), [3, 0]), One("", x => x.SumLast(), [2, 3, 300])]) { Bench = (rows, d) => One("", x => x.SumLast(), [rows, d]) },
        new("sum_all", "Σ x over everything", [.. One("", x => x.Sum(), [3, 37]).Spread(), One("", x => x.Sum(), [1]), One("", x => x.Sum(), [0, 5])]) { Bench = (rows, d) => One("", x => x.Sum(), [rows, d]) },
        new("mean_last", "mean of the last dimension, kept", [.. One("", x => x.MeanLast(), [3, 37]).Spread(), One("", x => x.MeanLast(), [0, 5])]) { Bench = (rows, d) => One("", x => x.MeanLast(), [rows, d]) },
        new("mean", "mean of everything", [.. One("", x => x.Mean(), [3, 37]).Spread(), One("", x => x.Mean(), [1])]) { Bench = (rows, d) => One("", x => x.Mean(), [rows, d]) },
        new("max", "largest of the last dimension, kept", [.. One("", x => x.MaxLast(), [3, 37], OpValues.Distinct).Spread(), One("", x => x.MaxLast(), [4, 1], OpValues.Distinct), One("", x => x.MaxLast(), [0, 5], OpValues.Distinct), One("", x => x.MaxLast(), [2, 3, 19], OpValues.Distinct)]) { Bench = (rows, d) => One("", x => x.MaxLast(), [rows, d], OpValues.Distinct) },

        new("reshape", "the same elements under another shape", [.. One("to [37, 3]", x => x.Reshape([37, 3]), [3, 37]).Spread(), One("to itself", x => x.Reshape([3, 5]), [3, 5]), One("to [0]", x => x.Reshape([0]), [3, 0]), One("to [1, 1, 1]", x => x.Reshape([1, 1, 1]), [1])]),
        new("permute", "dimension order[i] as dimension i", [.. One("1 2 0", x => x.Permute(1, 2, 0), [2, 3, 5]).Spread(), One("0 1", x => x.Permute(0, 1), [3, 5]), One("1 0", x => x.Permute(1, 0), [0, 5]), One("0 2 1 3", x => x.Permute(0, 2, 1, 3), [2, 3, 4, 5])]),
        new("transpose", "the last two dimensions exchanged", [.. One("", x => x.Transpose(), [3, 37]).Spread(), One("", x => x.Transpose(), [2, 3, 5]), One("", x => x.Transpose(), [0, 5])]),
        new("slice", "x[..., start : start + length, ...]", [.. One("1: 4+9", x => x.Slice(1, 4, 9), [3, 37]).Spread(), One("0: 1+1", x => x.Slice(0, 1, 1), [3, 5]), One("-1: 0+5", x => x.Slice(-1, 0, 5), [3, 5]), One("1: 2+0", x => x.Slice(1, 2, 0), [3, 5]), One("0: 0+0", x => x.Slice(0, 0, 0), [0, 5]), One("1: 1+2", x => x.Slice(1, 1, 2), [2, 4, 3])]),
        new("expand", "lengths of 1 repeated", [.. One("to [3, 37]", x => x.Expand([3, 37]), [1, 37]).Spread(), One("to [4, 3, 5]", x => x.Expand([4, 3, 5]), [3, 1]), One("to [2, 3]", x => x.Expand([2, 3]), [1]), One("to [0, 5]", x => x.Expand([0, 5]), [1, 5]), One("to itself", x => x.Expand([3, 5]), [3, 5])]),
        new("concat", "one after another along a dimension", [.. Concat(0, [3, 5], [1, 5], [4, 5]).Spread(), .. Concat(-1, [3, 5], [3, 2]).Spread(), Concat(1, [2, 3, 4], [2, 1, 4]), Concat(0, [0, 5], [3, 5]), Concat(0, [3, 5]), Concat(0, [3, 5], [2, 5]).Freeze("x1")]) { Bench = (rows, d) => Concat(0, [rows, d], [rows, d]) },
    ];

    private static OpSample MatMul(Shape a, Shape b) => new($"{a} x {b}", [X("a", a), X("b", b)], i => i[0].MatMul(i[1]));

    private static OpSample One(string what, Func<Tensor, Tensor> f, Shape shape, OpValues values = OpValues.Signed) =>
        new(what.Length == 0 ? $"{shape}" : $"{shape} {what}", [X("x", shape, values)], i => f(i[0]));

    private static OpSample Concat(int dimension, params Shape[] shapes) =>
        new($"{dimension}: {string.Join(" ", shapes)}", [.. shapes.Select((s, i) => X($"x{i}", s))], i => TensorOps.Concat(dimension, [.. Enumerable.Range(0, shapes.Length).Select(k => i[k])]));
}
