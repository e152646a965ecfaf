namespace Pure.Tuner;

/// <summary>Settings of <see cref="Adafactor"/>, as transformers names them.</summary>
internal sealed record AdafactorOptions
{
    /// <summary>Added to g².</summary>
    internal double Epsilon { get; init; } = 1e-30;

    /// <summary>Least size of a parameter for <see cref="ScaleParameter"/>.</summary>
    internal double LeastScale { get; init; } = 1e-3;

    /// <summary>Bound of the update's root mean square.</summary>
    internal double ClipThreshold { get; init; } = 1;

    /// <summary>The second moment's decay in step t is 1 - t^this.</summary>
    internal double DecayRate { get; init; } = -0.8;

    /// <summary>Decay of a moment of the update; null keeps none.</summary>
    internal double? Beta1 { get; init; }

    /// <summary>Whether the rate is taken times the parameter's root mean square.</summary>
    internal bool ScaleParameter { get; init; } = true;

    /// <summary>Whether the rate follows the number of steps alone; the group's rate and the schedule are then not read.</summary>
    internal bool RelativeStep { get; init; } = true;

    /// <summary>Whether the relative rate rises slowly.</summary>
    internal bool WarmupInit { get; init; }
}

/// <summary>Adafactor: matrices keep means of rows and columns of g² in place of a second moment. Shazeer and Stern 2018, arXiv:1804.04235.</summary>
/// <remarks>As in transformers: the moment is of the update after its multiplication by the rate, without bias correction.</remarks>
internal sealed class Adafactor : ParameterOptimizer
{
    private readonly AdafactorOptions _o;

    internal Adafactor(IReadOnlyList<ParameterGroup> groups, AdafactorOptions options) : base(groups)
    {
        _o = options;
        Begin(States);
    }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        double keep = 1 - Math.Pow(Steps, _o.DecayRate);
        Tensor square = g * g + _o.Epsilon, x;
        if (IsFactored(g.Shape))
        {
            Tensor rowMean = slot["exp_avg_sq_row"], columnMean = slot["exp_avg_sq_col"];
            Tensor row = Keep(rowMean, rowMean.Detach() * keep + square.MeanLast().Reshape(rowMean.Shape) * (1 - keep));
            Tensor column = Keep(columnMean, columnMean.Detach() * keep + square.Transpose().MeanLast().Reshape(columnMean.Shape) * (1 - keep));
            Tensor share = (row / row.MeanLast()).Rsqrt();
            x = share.Reshape(With(g.Shape, g.Shape.Rank - 1, 1)) * column.Rsqrt().Reshape(With(g.Shape, g.Shape.Rank - 2, 1)) * g;
        }
        else x = Keep(slot["exp_avg_sq"], slot["exp_avg_sq"].Detach() * keep + square * (1 - keep)).Rsqrt() * g;
        x = x / (RootMeanSquare(x) * (1 / _o.ClipThreshold)).Maximum(1);

        if (_o.RelativeStep) rate = Math.Min(_o.WarmupInit ? 1e-6 * Steps : 1e-2, 1 / Math.Sqrt(Steps));
        Tensor? scale = _o.ScaleParameter ? RootMeanSquare(w).Maximum(_o.LeastScale) * rate : null;
        x = scale is null ? x * rate : x * scale;
        if (_o.Beta1 is { } beta) x = Keep(slot["exp_avg"], slot["exp_avg"].Detach() * beta + x * (1 - beta));
        double decay = slot.Group.WeightDecay;
        if (decay != 0) w = scale is null ? w * (1 - decay * rate) : w - w * (scale * decay);
        return w - x;
    }

    private IEnumerable<(string Name, Shape Shape)> States(Slot slot)
    {
        Shape shape = slot.Parameter.Shape;
        if (_o.Beta1 is not null) yield return ("exp_avg", shape);
        if (IsFactored(shape))
        {
            yield return ("exp_avg_sq_row", Without(shape, shape.Rank - 1));
            yield return ("exp_avg_sq_col", Without(shape, shape.Rank - 2));
        }
        else yield return ("exp_avg_sq", shape);
    }

    private static bool IsFactored(Shape shape) => shape.Rank >= 2;

    /// <summary>[1]; the sum runs over rows first, then over theirs.</summary>
    private static Tensor RootMeanSquare(Tensor x) => (x * x).Mean().Sqrt();

    private static Shape Without(Shape shape, int dimension) => new([.. shape.Where((_, d) => d != dimension)]);

    private static Shape With(Shape shape, int dimension, int length) => new([.. shape.Select((n, d) => d == dimension ? length : n)]);
}
