namespace Pure.Tuner;

/// <summary>How the gradients of a group are projected.</summary>
/// <param name="Rank">Directions that are kept.</param>
/// <param name="UpdateGap">Steps between two renewals of the basis.</param>
/// <param name="Scale">Factor of the projected step.</param>
/// <param name="Type">std (the shorter side), reverse_std (the longer), right, left, or full (both).</param>
internal sealed record GaLoreOptions(int Rank, int UpdateGap, double Scale, string Type = "std")
{
    internal static readonly string[] Types = ["std", "reverse_std", "right", "left", "full"];

    /// <summary>Whether a matrix of that shape is projected from the left (rows), from the right (columns).</summary>
    internal (bool Left, bool Right) Sides(Shape shape) => Type switch
    {
        "left" => (true, false),
        "right" => (false, true),
        "full" => (true, true),
        "std" => shape[0] >= shape[1] ? (false, true) : (true, false),
        "reverse_std" => shape[0] >= shape[1] ? (true, false) : (false, true),
        _ => throw new UsageException($"galore_proj_type: expected one of {string.Join(", ", Types)}, found '{Type}'; did you mean '{RecipeKeys.NearestOf(Type, Types)}'?"),
    };
}

/// <summary>Adam on gradients projected to few directions, and decay after the step. Zhao et al. 2024, arXiv:2403.03507.</summary>
/// <remarks>
/// A matrix's gradient G becomes G Vᵀ or Uᵀ G with its leading singular vectors; they are found anew every few steps, and the moments stay as they are.
/// Adam adds eps before the bias correction, as galore-torch does. Groups without projection are treated alike with G itself.
/// </remarks>
internal sealed class GaLoreAdamW : ParameterOptimizer
{
    private const string LeftName = "projector_left", RightName = "projector_right";
    private readonly double _beta1, _beta2, _epsilon;

    internal GaLoreAdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-6) : base(groups)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        Begin(States);
    }

    /// <summary>Sees each new basis before it is used and may turn vectors round: parameter, number of the renewal, elements, their shape. For tests.</summary>
    internal Action<string, int, float[], Shape>? OnBasis { get; set; }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        GaLoreOptions? galore = Projection(slot);
        (Tensor? left, Tensor? right) = (null, null);
        if (galore is not null)
        {
            if ((Steps - 1) % galore.UpdateGap == 0) Renew(slot, galore, g);
            (bool isLeft, bool isRight) = galore.Sides(g.Shape);
            if (isLeft) left = slot[LeftName].Detach();
            if (isRight) right = slot[RightName].Detach();
            if (left is not null) g = left.Transpose().MatMul(g);
            if (right is not null) g = g.MatMul(right.Transpose());
        }
        Tensor m = Keep(slot["exp_avg"], slot["exp_avg"].Detach() * _beta1 + g * (1 - _beta1));
        Tensor v = Keep(slot["exp_avg_sq"], slot["exp_avg_sq"].Detach() * _beta2 + g * g * (1 - _beta2));
        Tensor x = m / (v.Sqrt() + _epsilon);
        if (left is not null) x = left.MatMul(x);
        if (right is not null) x = x.MatMul(right);
        double step = rate * Math.Sqrt(1 - Math.Pow(_beta2, Steps)) / (1 - Math.Pow(_beta1, Steps));
        return (w - x * (step * (galore?.Scale ?? 1))) * (1 - rate * slot.Group.WeightDecay);
    }

    private static GaLoreOptions? Projection(Slot slot) => slot.Parameter.Shape.Rank == 2 ? slot.Group.GaLore : null;

    private IEnumerable<(string Name, Shape Shape)> States(Slot slot)
    {
        Shape shape = slot.Parameter.Shape;
        if (Projection(slot) is { } galore)
        {
            (bool left, bool right) = galore.Sides(shape);
            int rank = Math.Min(galore.Rank, Math.Min(shape[0], shape[1]));
            if (left) yield return (LeftName, [shape[0], rank]);
            if (right) yield return (RightName, [rank, shape[1]]);
            shape = [left ? rank : shape[0], right ? rank : shape[1]];
        }
        yield return ("exp_avg", shape);
        yield return ("exp_avg_sq", shape);
    }

    private void Renew(Slot slot, GaLoreOptions galore, Tensor g)
    {
        if (g.Backend.IsMeasuring) return;
        int rows = g.Shape[0], columns = g.Shape[1], renewal = (Steps - 1) / galore.UpdateGap;
        SingularVectors found = SingularVectors.Leading(g.ToArray<float>(), rows, columns, galore.Rank);
        int rank = found.Values.Length;
        (bool left, bool right) = galore.Sides(g.Shape);
        if (left)
        {
            var basis = new float[rows * rank];
            for (int k = 0; k < rank; k++)
                for (int r = 0; r < rows; r++) basis[r * rank + k] = (float)found.Left[k * rows + r];
            Put(LeftName, basis, [rows, rank]);
        }
        if (right) Put(RightName, Array.ConvertAll(found.Right, d => (float)d), [rank, columns]);

        void Put(string name, float[] basis, Shape shape)
        {
            OnBasis?.Invoke(slot.Name, renewal, basis, shape);
            slot[name].Backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(basis.AsSpan()), slot[name]);
        }
    }
}
