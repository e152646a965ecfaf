using Pure.Tuner;

namespace KernelPlugin;

/// <summary>An operator of one's own: y = log(1 + eˣ), whose derivative is the sigmoid.</summary>
public sealed class SoftplusOp : Op
{
    public static Tensor Apply(Tensor x) => new SoftplusOp().Run(x);

    public static Tensor Compose(Tensor x) => (x.Exp() + 1).Log();

    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Compose(x[0]);
        Save(x);
    }

    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => dx.Pass(0, dy[0]! * Saved(0).Sigmoid());
}

/// <summary>Its row in the operator table: listed, checked, differentiated and timed like the others.</summary>
/// <example><c>pure-tuner ops grad op=softplus kernels=KernelPlugin.dll</c></example>
public sealed class OwnOperators : IOpCaseSource
{
    public IEnumerable<OpCase> Cases =>
    [
        new("softplus", "log(1 + eˣ)", [.. Sample([3, 37]).Spread().Where(s => s.IsF32), Sample([0, 5])])
        {
            Bench = (rows, width) => Sample([rows, width]) with { Cost = OpCost.Moving(2.0 * rows * width) },
        },
    ];

    private static OpSample Sample(Shape shape) => new($"{shape}", [new OpInput("x", shape)], i => SoftplusOp.Apply(i[0])) { Compose = i => SoftplusOp.Compose(i[0]) };
}
