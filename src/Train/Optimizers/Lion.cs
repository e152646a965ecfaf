using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Lion: p = p(1 - lr·wd) - lr · sign(β₁ m + (1-β₁) g); m = β₂ m + (1-β₂) g. Chen et al. 2023, arXiv:2302.06675.</summary>
internal sealed class Lion : ParameterOptimizer
{
    private readonly double _beta1, _beta2;

    internal Lion(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.99) : base(groups)
    {
        (_beta1, _beta2) = (beta1, beta2);
        Begin(s => [("state1", s.Parameter.Shape)]);
    }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        Tensor kept = slot["state1"], m = kept.Detach(), way = m * _beta1 + g * (1 - _beta1);
        w.Backend.Unary(UnaryKind.Sign, way, way);
        Tensor moved = w * (1 - rate * slot.Group.WeightDecay) - way * rate;
        Keep(kept, m * _beta2 + g * (1 - _beta2));
        return moved;
    }
}
