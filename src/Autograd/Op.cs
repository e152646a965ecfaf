using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One application of a differentiable operator, and its node on the tape.</summary>
public abstract class Op
{
    private static readonly Parameter[] s_noParameters = [];

    private static readonly object s_notKept = new();

    private Link[] _inputs = [];
    private Output[] _outputs = [];
    private object[]? _saved;
    private bool _keeps;
    private OpNote? _note;

    internal Tape? Tape { get; private set; }

    /// <summary>What the kernel kept from forward.</summary>
    protected State State { get; private set; }

    /// <summary>Parameters that count as used once by this node; one that appears twice counts once.</summary>
    internal Parameter[] ParameterUses { get; private set; } = s_noParameters;

    internal bool HasOutputGrad
    {
        get
        {
            foreach (Output output in _outputs)
                if (output.Grad is not null) return true;
            return false;
        }
    }

    /// <summary>Computes the outputs from the inputs. Runs once.</summary>
    protected abstract void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y);

    /// <summary>Computes gradients of the inputs from those of the outputs; an output nobody used has none.</summary>
    protected abstract void Backward(ReadOnlySpan<Tensor?> dy, Grads dx);

    /// <summary>As in the operator table: for profiles.</summary>
    internal virtual string Name => OpNames.Of(GetType());

    /// <summary>The weight that the inputs go through where it is no input itself: for profiles.</summary>
    private protected virtual Weight? Through => null;

    /// <summary>What an application must at least do, for profiles and benchmarks; asked for after Forward. One operation for each element of the outputs unless overridden.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The outputs.</param>
    protected virtual OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double bytes = 0, elements = 0;
        foreach (Tensor input in x) bytes += OpCost.BytesOf(input);
        foreach (Tensor output in y) (bytes, elements) = (bytes + OpCost.BytesOf(output), elements + output.Shape.Count);
        return OpCost.Moving(elements, bytes);
    }

    /// <summary>How many of the inputs from one to another want a gradient.</summary>
    private protected int Wanted(int first, int last)
    {
        int wanted = 0;
        for (int i = first; i <= last; i++) wanted += Wants(i) ? 1 : 0;
        return wanted;
    }

    /// <summary>Applies the operator to its inputs; one output.</summary>
    protected Tensor Run(params ReadOnlySpan<Tensor> x)
    {
        Tensor y = null!;
        RunInto(x, new Span<Tensor>(ref y));
        return y;
    }

    /// <summary>Applies the operator to its inputs; as many outputs as <paramref name="y"/> has room for.</summary>
    protected void RunInto(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tape? tape = Tape.Current;
        bool records = false;
        if (tape is not null)
        {
            _inputs = new Link[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                Link link = Link.Of(x[i], tape);
                _inputs[i] = link;
                records |= link.Node is not null;
            }
        }
        if (!records) _inputs = [];
        Tape = records ? tape : null;
        _keeps = records && !tape!.IsRehearsal;
        Profile? profile = Profile.Current;
        int span = profile?.OpenOperator(Name, isBackward: false) ?? 0;
        try { Compute(x, y); }
        catch
        {
            Release();
            throw;
        }
        if (profile is not null) profile.CloseOperator(span, _note = Note(profile, x, y), !profile.IsInBackward ? "forward" : tape is null ? "backward" : "recomputed");
        if (!records) return;
        _outputs = new Output[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            _outputs[i] = new Output(y[i]);
            y[i].Node = this;
            y[i].NodeOutput = i;
        }
        ParameterUses = CollectParameters();
        tape!.Record(this);
    }

    /// <summary>Forward in a scope of its own: copies and views that it made on the way, and everything when it throws, end here.</summary>
    private void Compute(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        using var scope = TensorScope.Begin();
        Forward(x, y);
        foreach (Tensor output in y) scope.Return(output);
    }

    /// <summary>Whether input i wants a gradient: lets Forward save only what Backward will read.</summary>
    protected bool Wants(int i) => i < _inputs.Length && _inputs[i].Node is not null;

    /// <summary>Keeps tensors for Backward, in order; a parameter is kept by reference. Does nothing when no backward will come.</summary>
    protected void Save(params ReadOnlySpan<Tensor> tensors)
    {
        if (!_keeps) return;
        Span<object> room = Room(tensors.Length);
        for (int i = 0; i < room.Length; i++)
            room[i] = tensors[i].Node is Parameter parameter && ReferenceEquals(parameter.Value, tensors[i]) ? parameter : tensors[i].Hold();
    }

    /// <summary>Keeps a tensor when Backward will read it, else only its place in the order.</summary>
    protected void SaveIf(bool needed, Tensor tensor)
    {
        if (needed) Save(tensor);
        else if (_keeps) Room(1)[0] = s_notKept;
    }

    private Span<object> Room(int more)
    {
        int before = _saved?.Length ?? 0;
        Array.Resize(ref _saved, before + more);
        return _saved.AsSpan(before);
    }

    /// <summary>The i-th tensor that was kept.</summary>
    protected Tensor Saved(int i) => _saved![i] is Parameter parameter ? parameter.Value : (Tensor)_saved[i];

    /// <summary>Room for what the kernel keeps; empty when no backward will come.</summary>
    protected State NewState(StateSpec spec, Backend backend)
    {
        if (!_keeps || spec.Parts.Length == 0) return default;
        var parts = new Tensor[spec.Parts.Length];
        using var scope = TensorScope.Begin();
        for (int i = 0; i < parts.Length; i++) parts[i] = Tensor.Empty(backend, spec.Parts[i].Shape, spec.Parts[i].DType);
        scope.Release();                             // all of them, or none when the last has no room
        return State = new State(parts);
    }

    internal void RunBackward()
    {
        using var scope = TensorScope.Begin();
        Tensor? one = null;
        Span<Tensor?> dy = _outputs.Length == 1 ? new Span<Tensor?>(ref one) : new Tensor?[_outputs.Length];
        for (int i = 0; i < dy.Length; i++) dy[i] = _outputs[i].Grad;
        List<(int Input, Tensor Part)>? twice = null;
        Profile? profile = _note is null ? null : Profile.Current;
        int span = profile?.OpenOperator(_note!.Name, isBackward: true) ?? 0;
        Backward(dy, new Grads(this, ref twice));
        profile?.CloseOperator(span, _note!, "backward");
        if (twice is null) return;
        foreach ((int input, Tensor part) in twice) Add(input, part);
    }

    internal void AddOutputGrad(int output, Tensor dy) => Accumulate(ref _outputs[output].Grad, dy);

    internal bool WantsGrad(int i) => Wants(i);

    /// <summary>Where the gradient of input i goes. An input met twice in one backward gets a block of its own, added afterwards.</summary>
    internal Into GradInto(int i, ref List<(int, Tensor)>? twice)
    {
        if (!Wants(i)) return default;
        Link link = _inputs[i];
        for (int j = 0; j < _inputs.Length; j++)
        {
            if (j == i || !_inputs[j].Given || !link.SamePlace(_inputs[j])) continue;
            Tensor part = Tensor.Empty(link.Backend, link.Shape, link.GradDType);
            (twice ??= []).Add((i, part));
            return new Into(part, false);
        }
        _inputs[i].Given = true;
        return link.Begin();
    }

    /// <summary>Hands a gradient on without copying where that is possible; whoever adds to a shared block copies it first.</summary>
    internal void Add(int i, Tensor dy)
    {
        if (!Wants(i)) return;
        Link link = _inputs[i];
        switch (link.Node)
        {
            case Op producer:
                producer.AddOutputGrad(link.Output, dy);
                break;
            case Leaf leaf:
                Accumulate(ref leaf.Grad, dy);
                break;
            default:
                Gradients.AddTo(link.Begin(), dy);
                break;
        }
    }

    internal virtual void Release()
    {
        if (_saved is not null)
            foreach (object? saved in _saved) (saved as Tensor)?.Dispose();
        _saved = null;
        if (State.Parts is { } parts)
            foreach (Tensor part in parts) part.Dispose();
        State = default;
        for (int i = 0; i < _outputs.Length; i++)
        {
            _outputs[i].Grad?.Dispose();
            _outputs[i].Grad = null;
        }
        _inputs = [];
    }

    private protected virtual Parameter[] CollectParameters()
    {
        int count = 0;
        for (int i = 0; i < _inputs.Length; i++)
            if (IsNew(i)) count++;
        if (count == 0) return s_noParameters;
        var parameters = new Parameter[count];
        for (int i = _inputs.Length - 1; i >= 0; i--)
            if (IsNew(i)) parameters[--count] = (Parameter)_inputs[i].Node!;
        return parameters;

        bool IsNew(int input)
        {
            if (_inputs[input].Node is not Parameter) return false;
            for (int i = 0; i < input; i++)
                if (ReferenceEquals(_inputs[i].Node, _inputs[input].Node)) return false;
            return true;
        }
    }

    private OpNote Note(Profile profile, ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        string? path = Through?.Name;
        foreach (Tensor input in x)
            if (path is null && input.Node is Parameter parameter) path = parameter.Name;
        OpCost cost = Cost(x, y);
        return new OpNote(Name, OpNames.Shapes(x, y), path ?? profile.LayerPath(), _inputs.Length > 0 ? cost : cost with { BackwardFlops = 0, BackwardBytes = 0 });
    }

    /// <summary>Adds to a gradient that may be missing yet, or shared with another holder.</summary>
    private static void Accumulate(ref Tensor? grad, Tensor dy)
    {
        if (grad is null)
        {
            if (dy.IsContiguous) grad = dy.Hold();
            else
            {
                using (TensorScope.Suspend()) grad = Tensor.EmptyLike(dy);
                dy.Backend.Copy(dy, grad);
            }
            return;
        }
        Own(ref grad);
        dy.Backend.Binary(BinaryKind.Add, grad, dy, grad);
    }

    private static void Own(ref Tensor grad)
    {
        if (!grad.Storage.IsShared) return;
        Tensor shared = grad;
        using (TensorScope.Suspend()) grad = Tensor.EmptyLike(shared);
        shared.Backend.Copy(shared, grad);
        shared.Dispose();
    }

    /// <summary>An output's shape, and its gradient once somebody gave a part of it.</summary>
    private struct Output(Tensor y)
    {
        internal readonly Shape Shape = y.Shape;
        internal readonly DType DType = y.DType;
        internal readonly Backend Backend = y.Backend;
        internal Tensor? Grad;
    }

    /// <summary>Where an input came from; no node when no gradient is wanted.</summary>
    private struct Link
    {
        internal object? Node;
        internal int Output;
        internal bool Given;

        internal static Link Of(Tensor x, Tape tape) => x.Node switch
        {
            Parameter { RequiresGrad: true } parameter => new Link { Node = parameter },
            Op op when op.Tape == tape => new Link { Node = op, Output = x.NodeOutput },
            Leaf leaf => new Link { Node = leaf },
            _ => default,
        };

        internal readonly bool SamePlace(in Link other) => ReferenceEquals(Node, other.Node) && Output == other.Output;

        internal readonly Shape Shape => Node switch { Parameter p => p.Shape, Leaf l => l.Value.Shape, _ => ((Op)Node!)._outputs[Output].Shape };
        internal readonly DType GradDType => Node switch { Parameter => DType.F32, Leaf l => l.Value.DType, _ => ((Op)Node!)._outputs[Output].DType };
        internal readonly Backend Backend => Node switch { Parameter p => p.Value.Backend, Leaf l => l.Value.Backend, _ => ((Op)Node!)._outputs[Output].Backend };

        internal readonly Into Begin()
        {
            switch (Node)
            {
                case Parameter parameter:
                    return Gradients.Begin(parameter);
                case Leaf leaf:
                    return BeginBlock(ref leaf.Grad);
                default:
                    return BeginBlock(ref ((Op)Node!)._outputs[Output].Grad);
            }
        }

        private readonly Into BeginBlock(ref Tensor? grad)
        {
            if (grad is not null)
            {
                Own(ref grad);
                return new Into(grad, true);
            }
            using (TensorScope.Suspend()) grad = Tensor.Empty(Backend, Shape, GradDType);
            return new Into(grad, false);
        }
    }
}
