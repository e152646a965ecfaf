using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Operators element by element.</summary>
public static partial class OpCases
{
    private static IEnumerable<OpCase> Elementwise() =>
    [
        Unary("neg", "-x", x => -x),
        Unary("abs", "|x|", x => x.Abs(), OpValues.AwayFromZero),
        Unary("sign", "-1, 0 or 1", x => UnaryOp.Apply(UnaryKind.Sign, x), OpValues.AwayFromZero),
        Unary("square", "x²", x => x.Square()),
        Unary("sqrt", "√x", x => x.Sqrt(), OpValues.Positive),
        Unary("rsqrt", "1/√x", x => x.Rsqrt(), OpValues.Positive),
        Unary("reciprocal", "1/x", x => x.Reciprocal(), OpValues.Positive),
        Unary("exp", "eˣ", x => x.Exp()),
        Unary("log", "log x", x => x.Log(), OpValues.Positive),
        Unary("tanh", "tanh x", x => x.Tanh()),
        Unary("sigmoid", "1/(1 + e⁻ˣ)", x => x.Sigmoid()),
        Unary("erf", "erf x", x => x.Erf()),
        Unary("sin", "sin x", x => x.Sin()),
        Unary("cos", "cos x", x => x.Cos()),

        Binary("add", "a + b", (a, b) => a + b),
        Binary("sub", "a - b", (a, b) => a - b),
        Binary("mul", "a · b", (a, b) => a * b),
        Binary("div", "a / b", (a, b) => a / b, OpValues.Signed, OpValues.Positive),
        Binary("max_of", "the larger of a and b", (a, b) => a.Maximum(b), OpValues.Even, OpValues.Odd),
        Binary("min_of", "the smaller of a and b", (a, b) => a.Minimum(b), OpValues.Even, OpValues.Odd),
        Binary("pow", "aᵇ", (a, b) => a.Pow(b), OpValues.Positive),
        Binary("equal", "a = b", (a, b) => BinaryOp.Apply(BinaryKind.Equal, a, b), OpValues.Even, OpValues.Even, differentiable: false),
        Binary("less", "a < b", (a, b) => BinaryOp.Apply(BinaryKind.Less, a, b), OpValues.Even, OpValues.Even, differentiable: false),
        Binary("greater", "a > b", (a, b) => BinaryOp.Apply(BinaryKind.Greater, a, b), OpValues.Even, OpValues.Even, differentiable: false),

        WithNumber("add_number", "x + c", (x, c) => x + c, [0, 1.5, -3]),
        WithNumber("sub_number", "x - c", (x, c) => x - c, [0, 1.5]),
        WithNumber("mul_number", "x · c", (x, c) => x * c, [0, 1.5, -3]),
        WithNumber("div_number", "x / c", (x, c) => x / c, [3, -0.5]),
        WithNumber("max_number", "the larger of x and c", (x, c) => x.Maximum(c), [0, 0.1], OpValues.AwayFromZero),
        WithNumber("min_number", "the smaller of x and c", (x, c) => x.Minimum(c), [0, -0.1], OpValues.AwayFromZero),
        WithNumber("pow_number", "xᶜ", (x, c) => x.Pow(c), [2, 3, 0.5, -1.5, 0], OpValues.Positive),
        WithNumber("less_number", "x < c", (x, c) => ScalarOp.Apply(BinaryKind.Less, x, c), [0], OpValues.AwayFromZero, differentiable: false),

        new("select", "condition ? a : b",
        [
            .. SelectOf([3, 37]).Spread(), SelectOf([1, 1]), SelectOf([0, 5]), SelectOf([2, 3, 5]), SelectOf([3, 5]).Freeze("a"),
        ])
        { Bench = (rows, d) => SelectOf([rows, d]) },
        new("cast", "x in another dtype",
        [
            Cast(DType.F32, DType.BF16), Cast(DType.F32, DType.F16), Cast(DType.BF16, DType.F32), Cast(DType.F16, DType.F32), Cast(DType.BF16, DType.F16),
            Cast(DType.F32, DType.BF16).Laid(OpLayout.Transposed), Cast(DType.BF16, DType.F32).Laid(OpLayout.Sliced),
            new("f32 to f32", [X("x", [3, 5])], i => i[0].To(DType.F32)),
        ])
        { Bench = (rows, d) => Cast(DType.F32, DType.BF16, rows, d) },
    ];

    private static OpCase Unary(string name, string formula, Func<Tensor, Tensor> f, OpValues values = OpValues.Signed)
    {
        OpSample Of(Shape shape) => new($"{shape}", [X("x", shape, values)], i => f(i[0]));
        return new(name, formula, [.. Of([3, 37]).Spread(), Of([1, 1]), Of([0, 5]), Of([2, 3, 5]), Of([257])]) { Bench = (rows, d) => Of([rows, d]) };
    }

    private static OpCase Binary(string name, string formula, Func<Tensor, Tensor, Tensor> f, OpValues first = OpValues.Signed, OpValues second = OpValues.Signed, bool differentiable = true)
    {
        OpSample Of(Shape a, Shape b) => new($"{a} by {b}", [X("a", a, first), X("b", b, second)], i => f(i[0], i[1]));
        return new(name, formula,
        [
            .. Of([3, 37], [3, 37]).Spread(), .. Of([3, 37], [37]).Spread(), Of([37], [3, 37]), Of([3, 1], [1, 37]), Of([2, 3, 5], [3, 1]), Of([3, 5], [1]), Of([1], [3, 5]), Of([2, 1, 4], [3, 1]),
            Of([1, 1], [1, 1]), Of([0, 5], [5]), Of([0, 5], [0, 5]), Of([1, 5], [0, 5]), Of([3, 5], [3, 5]).Freeze("a"), Of([3, 5], [3, 5]).Freeze("b"),
        ])
        {
            IsDifferentiable = differentiable,
            Bench = (rows, d) => Of([rows, d], [rows, d]),
        };
    }

    private static OpCase WithNumber(string name, string formula, Func<Tensor, double, Tensor> f, double[] numbers, OpValues values = OpValues.Signed, bool differentiable = true)
    {
        OpSample Of(Shape shape, double number) => new($"{shape} by {number:G}", [X("x", shape, values)], i => f(i[0], number));
        return new(name, formula, [.. numbers.Select(n => Of([3, 19], n)), .. Of([3, 37], numbers[^1]).Spread().Skip(1), Of([1, 1], numbers[0]), Of([0, 5], numbers[0])])
        {
            IsDifferentiable = differentiable,
            Bench = (rows, d) => Of([rows, d], numbers[^1]),
        };
    }

    private static OpSample SelectOf(Shape shape) =>
        new($"{shape}", [new OpInput("condition", shape) { DType = DType.Bool, Values = OpValues.Truth }, X("a", shape), X("b", shape)], i => TensorOps.Select(i[0], i[1], i[2]));

    private static OpSample Cast(DType from, DType to, int rows = 3, int width = 37) =>
        new($"{from.Name} to {to.Name}", [X("x", [rows, width]) with { DType = from }], i => i[0].To(to)) { Narrow = to };
}
