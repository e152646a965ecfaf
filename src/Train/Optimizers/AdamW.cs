using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Adam with decoupled decay (AdamW), or with the decay in the gradient (Adam). Kingma and Ba 2014, arXiv:1412.6980; Loshchilov and Hutter 2019, arXiv:1711.05101.</summary>
internal sealed class AdamW : Optimizer
{
    private readonly List<Moments> _moments = [];
    private readonly List<AdamWItem> _items = [];      // of a step; kept, so that a step allocates nothing

    internal AdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, bool l2 = false, bool amsgrad = false, PagedMemory? paged = null)
        : base(groups)
    {
        (Beta1, Beta2, Epsilon, L2, Amsgrad) = (beta1, beta2, epsilon, l2, amsgrad);
        using TensorScope scope = TensorScope.Begin();
        foreach (ParameterGroup group in groups)
            foreach ((string name, Parameter p) in group.Parameters)
                _moments.Add(new Moments(name, p, group, Zeros(p), Zeros(p), amsgrad ? Zeros(p) : null));
        scope.Release();

        Tensor Zeros(Parameter p) => PagedMemory.Zeros(paged, p.Value.Backend, p.Shape, DType.F32);
    }

    internal double Beta1 { get; }
    internal double Beta2 { get; }
    internal double Epsilon { get; }
    internal bool L2 { get; }
    internal bool Amsgrad { get; }

    /// <summary>All parameters of a device at once: a step of an adapter is hundreds of small ones.</summary>
    protected override void Update(double rateFactor, float gradScale)
    {
        foreach (Moments m in _moments)
        {
            var spec = new AdamWSpec(m.Group.LearningRate * rateFactor, Beta1, Beta2, Epsilon, m.Group.WeightDecay, Steps, gradScale, L2);
            if (_items.Count > 0 && _items[^1].P.Backend != m.Parameter.Value.Backend) MoveItems();
            _items.Add(new(spec, m.Parameter.Value, m.Parameter.Grad!, m.First, m.Second, m.Max));
        }
        MoveItems();
    }

    private void MoveItems()
    {
        ReadOnlySpan<AdamWItem> items = CollectionsMarshal.AsSpan(_items);
        if (items.Length > 0 && items[0].P.Backend.Find<IAdamWKernel>() is { } kernel) kernel.StepAll(items);
        else
            foreach (AdamWItem item in items) Compose(item.Spec, item.P, item.G, item.M, item.V, item.MaxV);
        _items.Clear();
    }

    /// <summary>One parameter's step: the backend's kernel, or the definition.</summary>
    internal static void Move(in AdamWSpec spec, Parameter parameter, Tensor m, Tensor v, Tensor? max)
    {
        Tensor p = parameter.Value;
        if (p.Backend.Find<IAdamWKernel>() is { } kernel) kernel.Step(spec, p, parameter.Grad!, m, v, max);
        else Compose(spec, p, parameter.Grad!, m, v, max);
    }

    /// <summary>exp_avg, exp_avg_sq and, for AMSGrad, max_exp_avg_sq of each parameter.</summary>
    internal override IEnumerable<(string Name, Tensor Value)> State()
    {
        foreach (Moments m in _moments)
        {
            yield return ($"{m.Name}.exp_avg", m.First);
            yield return ($"{m.Name}.exp_avg_sq", m.Second);
            if (m.Max is not null) yield return ($"{m.Name}.max_exp_avg_sq", m.Max);
        }
    }

    public override void Dispose()
    {
        foreach (Moments m in _moments)
        {
            m.First.Dispose();
            m.Second.Dispose();
            m.Max?.Dispose();
        }
        _moments.Clear();
    }

    /// <summary>The definition over primitives, for devices without the fused step.</summary>
    private static void Compose(in AdamWSpec s, Tensor p, Tensor grad, Tensor m, Tensor v, Tensor? max)
    {
        using var scope = TensorScope.Begin();
        Backend b = p.Backend;
        Tensor w = p.Detach().To(DType.F32), g = grad.Detach() * s.GradScale;
        if (s.L2) g = g + w * s.WeightDecay;
        else w = w * (1 - s.LearningRate * s.WeightDecay);
        b.Copy(m.Detach() * s.Beta1 + g * (1 - s.Beta1), m);
        b.Copy(v.Detach() * s.Beta2 + g * g * (1 - s.Beta2), v);
        Tensor second = v.Detach();
        if (max is not null)
        {
            b.Binary(BinaryKind.Max, max, second, max);
            second = max.Detach();
        }
        double c1 = 1 - Math.Pow(s.Beta1, s.Step), c2 = 1 - Math.Pow(s.Beta2, s.Step);
        b.Copy(w - m.Detach() / (second.Sqrt() * (1 / Math.Sqrt(c2)) + s.Epsilon) * (s.LearningRate / c1), p);
    }

    private sealed record Moments(string Name, Parameter Parameter, ParameterGroup Group, Tensor First, Tensor Second, Tensor? Max);
}
