namespace Pure.Tuner;

/// <summary>An optimizer that treats each parameter alone: composed of primitives, so that it runs on every backend.</summary>
/// <remarks>All arithmetic is F32; a parameter stored in BF16 is widened, moved and rounded once. Nothing is allocated in a step but pooled tensors of a scope.</remarks>
internal abstract class ParameterOptimizer : Optimizer
{
    private readonly List<Slot> _slots = [];

    protected ParameterOptimizer(IReadOnlyList<ParameterGroup> groups) : base(groups)
    {
        foreach (ParameterGroup group in groups)
            foreach ((string name, Parameter parameter) in group.Parameters) _slots.Add(new Slot(name, parameter, group));
    }

    /// <summary>What is kept for each parameter, in the order of the groups.</summary>
    protected IReadOnlyList<Slot> Slots => _slots;

    /// <summary>Makes the zeros that every parameter begins with.</summary>
    /// <param name="names">Names of the state, and the shape of each; null leaves it out.</param>
    protected void Begin(Func<Slot, IEnumerable<(string Name, Shape Shape)>> names)
    {
        using TensorScope scope = TensorScope.Begin();
        foreach (Slot slot in _slots)
            foreach ((string name, Shape shape) in names(slot)) slot.State.Add((name, Tensor.Zeros(slot.Parameter.Value.Backend, shape)));
        scope.Release();
    }

    /// <summary>The new value of one parameter.</summary>
    /// <param name="slot">Its state, which the method moves on.</param>
    /// <param name="w">The parameter, F32.</param>
    /// <param name="g">Its gradient, F32, scaled.</param>
    /// <param name="rate">The group's rate times the schedule's factor.</param>
    protected abstract Tensor Move(Slot slot, Tensor w, Tensor g, double rate);

    protected override void Update(double rateFactor, float gradScale)
    {
        foreach (Slot slot in _slots)
        {
            using var scope = TensorScope.Begin();
            Tensor value = slot.Parameter.Value, w = value.Detach().To(DType.F32), g = slot.Parameter.Grad!.Detach();
            if (gradScale != 1) g = g * gradScale;
            value.Backend.Copy(Move(slot, w, g, slot.Group.LearningRate * rateFactor), value);
        }
    }

    internal override IEnumerable<(string Name, Tensor Value)> State() => _slots.SelectMany(s => s.State.Select(t => ($"{s.Name}.{t.Name}", t.Value)));

    public override void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            foreach ((_, Tensor value) in slot.State) value.Dispose();
            slot.State.Clear();
        }
    }

    /// <summary>state = x; returns what was written.</summary>
    protected static Tensor Keep(Tensor state, Tensor x)
    {
        x.Backend.Copy(x, state);
        return x;
    }

    /// <summary>A parameter, its group and its state, each tensor named as in PyTorch.</summary>
    protected sealed class Slot(string name, Parameter parameter, ParameterGroup group)
    {
        internal string Name => name;
        internal Parameter Parameter => parameter;
        internal ParameterGroup Group => group;
        internal List<(string Name, Tensor Value)> State { get; } = [];

        /// <summary>The state of that name.</summary>
        internal Tensor this[string state]
        {
            get
            {
                foreach ((string n, Tensor value) in State)
                    if (n == state) return value;
                throw new KeyNotFoundException($"{name}: no state '{state}'");
            }
        }
    }
}
