namespace Pure.Tuner;

/// <summary>Adagrad: s += g²; p -= lr / (1 + (t-1) · decay) · g / (√s + eps). Duchi, Hazan and Singer 2011.</summary>
internal sealed class Adagrad : ParameterOptimizer
{
    private readonly double _rateDecay, _epsilon;

    /// <param name="groups">Parameters by rate and decay.</param>
    /// <param name="rateDecay">How fast the rate falls with the steps.</param>
    /// <param name="initial">What every sum begins with.</param>
    /// <param name="epsilon">Added to the root of the sum.</param>
    internal Adagrad(IReadOnlyList<ParameterGroup> groups, double rateDecay = 0, double initial = 0, double epsilon = 1e-10) : base(groups)
    {
        (_rateDecay, _epsilon) = (rateDecay, epsilon);
        Begin(s => [("sum", s.Parameter.Shape)]);
        if (initial == 0) return;
        foreach (Slot slot in Slots) slot.Parameter.Value.Backend.Fill(slot["sum"], initial);
    }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        if (slot.Group.WeightDecay != 0) g = g + w * slot.Group.WeightDecay;
        Tensor sum = Keep(slot["sum"], slot["sum"].Detach() + g * g);
        return w - g / (sum.Sqrt() + _epsilon) * (rate / (1 + (Steps - 1) * _rateDecay));
    }
}
