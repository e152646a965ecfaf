namespace Pure.Tuner;

/// <summary>Stochastic gradient descent: p -= lr · (g + wd p), or along a momentum of it. Polyak 1964; Sutskever et al. 2013 for Nesterov's form, as PyTorch has it.</summary>
internal sealed class Sgd : ParameterOptimizer
{
    private readonly double _momentum, _dampening;
    private readonly bool _nesterov;

    /// <param name="groups">Parameters by rate and decay.</param>
    /// <param name="momentum">Share of the last direction that is kept; 0 keeps no state.</param>
    /// <param name="dampening">Share of the gradient that is left out, except in the first step.</param>
    /// <param name="nesterov">Look ahead along the momentum.</param>
    internal Sgd(IReadOnlyList<ParameterGroup> groups, double momentum = 0, double dampening = 0, bool nesterov = false) : base(groups)
    {
        (_momentum, _dampening, _nesterov) = (momentum, dampening, nesterov);
        if (momentum != 0) Begin(s => [("momentum_buffer", s.Parameter.Shape)]);
    }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        if (slot.Group.WeightDecay != 0) g = g + w * slot.Group.WeightDecay;
        if (_momentum != 0)
        {
            Tensor kept = slot["momentum_buffer"];
            Tensor buffer = Keep(kept, Steps == 1 ? g : kept.Detach() * _momentum + g * (1 - _dampening));
            g = _nesterov ? g + buffer * _momentum : buffer;
        }
        return w - g * rate;
    }
}
