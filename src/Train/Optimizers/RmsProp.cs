namespace Pure.Tuner;

/// <summary>RMSprop: v = α v + (1-α) g²; p -= lr · g / (√v + eps), v less the squared mean of g when centered. Tieleman and Hinton 2012; Graves 2013, arXiv:1308.0850.</summary>
internal sealed class RmsProp : ParameterOptimizer
{
    private readonly double _alpha, _epsilon, _momentum;
    private readonly bool _centered;

    internal RmsProp(IReadOnlyList<ParameterGroup> groups, double alpha = 0.99, double epsilon = 1e-8, double momentum = 0, bool centered = false) : base(groups)
    {
        (_alpha, _epsilon, _momentum, _centered) = (alpha, epsilon, momentum, centered);
        string[] names = ["square_avg", .. momentum > 0 ? ["momentum_buffer"] : (string[])[], .. centered ? ["grad_avg"] : (string[])[]];
        Begin(s => names.Select(n => (n, s.Parameter.Shape)));
    }

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        if (slot.Group.WeightDecay != 0) g = g + w * slot.Group.WeightDecay;
        Tensor v = Keep(slot["square_avg"], slot["square_avg"].Detach() * _alpha + g * g * (1 - _alpha));
        if (_centered)
        {
            Tensor mean = Keep(slot["grad_avg"], slot["grad_avg"].Detach() * _alpha + g * (1 - _alpha));
            v = (v - mean * mean).Maximum(0);                    // rounding may leave a difference a little below zero
        }
        Tensor way = g / (v.Sqrt() + _epsilon);
        if (_momentum > 0) way = Keep(slot["momentum_buffer"], slot["momentum_buffer"].Detach() * _momentum + way);
        return w - way * rate;
    }
}
