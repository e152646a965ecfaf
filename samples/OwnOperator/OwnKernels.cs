using Pure.Tuner.Kernels;

namespace OwnOperator;

/// <summary>The entry for <c>pure-tuner ops check --op snake --kernels OwnOperator.dll</c>: kernels for a backend, a row for the operator table.</summary>
public sealed class OwnKernels : IKernelPlugin, IOpCaseSource
{
    public void Register(Backend backend)
    {
        if (backend is not HostBackend) return;
        backend.Use<ISnakeKernel>(new CpuSnake());
        backend.Use<IRmsNormKernel>(new OwnRmsNorm());
    }

    public IEnumerable<OpCase> Cases =>
    [
        new("snake", "x + sin²(αx) / α", [.. Sample([3, 37]).Spread(), Sample([2, 3, 5]), Sample([1, 1]), Sample([0, 5]), Sample([3, 37]).Freeze("alpha"), Sample([3, 37]).Freeze("x")])
        {
            Contract = typeof(ISnakeKernel),
            Bench = (rows, width) => Sample([rows, width]),
        },
    ];

    private static OpSample Sample(Shape x) =>
        new($"{x}", [new OpInput("x", x), new OpInput("alpha", [x.Last]) { IsWeight = true, Values = OpValues.Positive }], i => SnakeOp.Apply(i[0], i.Weight(1).Value))
        { Compose = i => SnakeOp.Compose(i[0], i.Weight(1).Value) };
}
