namespace Pure.Tuner;

/// <summary>Muon: the momentum of a matrix is made orthogonal before the step; other parameters go through Adam. Jordan et al. 2024; rates as in Moonlight, Liu et al. 2025, arXiv:2502.16982.</summary>
/// <remarks>
/// Newton-Schulz: X = a X + (b A + c A²) X with A = X Xᵀ, five times; singular values end between 0.5 and 1.5. Computed in F32 where the reference rounds to BF16.
/// The step of a matrix is lr · 0.2 · √max(rows, columns). Adam adds eps before the bias correction here, and every parameter decays.
/// </remarks>
internal sealed class Muon : ParameterOptimizer
{
    private const double A = 3.4445, B = -4.7750, C = 2.0315;
    private readonly double _momentum, _beta1, _beta2, _epsilon;
    private readonly bool _nesterov;
    private readonly int _iterations;
    private readonly HashSet<Parameter> _matrices;

    /// <param name="groups">Parameters by rate and decay.</param>
    /// <param name="isMatrix">Whether a parameter is made orthogonal; see <see cref="IsMatrix"/>.</param>
    /// <param name="beta1">Adam's first decay.</param>
    /// <param name="beta2">Adam's second decay.</param>
    /// <param name="epsilon">Adam's epsilon.</param>
    /// <param name="momentum">Share of the last direction that is kept.</param>
    /// <param name="nesterov">Look ahead along the momentum.</param>
    /// <param name="iterations">Newton-Schulz iterations.</param>
    internal Muon(IReadOnlyList<ParameterGroup> groups, Func<string, Parameter, bool> isMatrix, double beta1 = 0.9, double beta2 = 0.95, double epsilon = 1e-8,
        double momentum = 0.95, bool nesterov = true, int iterations = 5) : base(groups)
    {
        (_beta1, _beta2, _epsilon, _momentum, _nesterov, _iterations) = (beta1, beta2, epsilon, momentum, nesterov, iterations);
        _matrices = [.. Slots.Where(s => isMatrix(s.Name, s.Parameter)).Select(s => s.Parameter)];
        Begin(s => _matrices.Contains(s.Parameter) ? [("momentum_buffer", s.Parameter.Shape)] : [("moment1", s.Parameter.Shape), ("moment2", s.Parameter.Shape)]);
    }

    /// <summary>LLaMA-Factory's choice: two dimensions, neither embedding nor head.</summary>
    internal static bool IsMatrix(string name, Parameter parameter) =>
        parameter.Shape.Rank == 2 && !name.Contains("embed", StringComparison.Ordinal) && !name.Contains("lm_head", StringComparison.Ordinal);

    protected override Tensor Move(Slot slot, Tensor w, Tensor g, double rate)
    {
        w = w * (1 - rate * slot.Group.WeightDecay);
        if (!_matrices.Contains(slot.Parameter))
        {
            Tensor m = Keep(slot["moment1"], slot["moment1"].Detach() * _beta1 + g * (1 - _beta1));
            Tensor v = Keep(slot["moment2"], slot["moment2"].Detach() * _beta2 + g * g * (1 - _beta2));
            double scale = (1 - Math.Pow(_beta1, Steps)) / Math.Sqrt(1 - Math.Pow(_beta2, Steps));
            return w - m / (v.Sqrt() + _epsilon) * (rate / scale);
        }
        Tensor buffer = Keep(slot["momentum_buffer"], slot["momentum_buffer"].Detach() * _momentum + g);
        Tensor way = Orthogonal(_nesterov ? g + buffer * _momentum : buffer);
        return w - way * (rate * 0.2 * Math.Sqrt(Math.Max(w.Shape[0], w.Shape[1])));
    }

    private Tensor Orthogonal(Tensor g)
    {
        bool tall = g.Shape[0] > g.Shape[1];
        Tensor x = tall ? g.Transpose() : g;
        x = x / ((x * x).Sum().Sqrt() + 1e-7);
        for (int i = 0; i < _iterations; i++)
        {
            Tensor a = x.MatMul(x.Transpose());
            x = x * A + (a * B + a.MatMul(a) * C).MatMul(x);
        }
        return tall ? x.Transpose() : x;
    }
}
