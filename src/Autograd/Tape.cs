namespace Pure.Tuner;

/// <summary>Records the operators run on its thread, and runs them backward.</summary>
/// <remarks>Nodes are freed as backward passes them; what is left is freed by <see cref="Dispose"/>.</remarks>
public sealed class Tape : IDisposable
{
    [ThreadStatic] private static Tape? s_current;

    private readonly Tape? _outer;
    private readonly List<Op> _nodes = [];
    private readonly Dictionary<Parameter, int> _uses = [];
    private bool _done;

    private Tape(bool rehearsal)
    {
        _outer = s_current;
        IsRehearsal = rehearsal;
        s_current = this;
    }

    /// <summary>The innermost tape of this thread, or null.</summary>
    public static Tape? Current => s_current;

    /// <summary>Called once for each parameter when no gradient of this tape will be added to it any more.</summary>
    public Action<Parameter>? GradientReady { get; set; }

    /// <summary>Whether the same kernels run as in training, but nothing is kept.</summary>
    internal bool IsRehearsal { get; }

    /// <summary>Operators recorded.</summary>
    public int Count => _nodes.Count;

    /// <summary>Records from here to its disposal.</summary>
    public static Tape Begin() => new(rehearsal: false);

    /// <summary>Runs the same kernels as in training and keeps nothing: for blocks that will be run again in backward.</summary>
    public static Tape Rehearse() => new(rehearsal: true);

    /// <summary>Gradients of a loss for every parameter that wants one, added to <see cref="Parameter.Grad"/>.</summary>
    /// <param name="loss">One element, made under this tape.</param>
    /// <param name="seed">Gradient of the loss itself: the loss scale.</param>
    /// <exception cref="ArgumentException">The loss has more than one element.</exception>
    /// <exception cref="InvalidOperationException">The loss does not depend on anything recorded, or backward ran already.</exception>
    public void Backward(Tensor loss, float seed = 1f)
    {
        if (loss.Shape.Count != 1) throw new ArgumentException($"backward: the loss must have one element, not {loss.Shape}");
        using Tensor dy = Tensor.Full(loss.Backend, loss.Shape, seed, loss.DType);
        Backward(loss, dy);
    }

    /// <summary>The same for an output of any shape and its gradient.</summary>
    internal void Backward(Tensor y, Tensor dy)
    {
        if (_done) throw new InvalidOperationException("backward: this tape has been run backward already");
        if (y.Node is not Op last || last.Tape != this)
            throw new InvalidOperationException("backward: the loss does not depend on a parameter that wants a gradient, under this tape");
        _done = true;
        Tape? current = s_current;
        s_current = null;                       // what backward computes is not recorded
        try
        {
            last.AddOutputGrad(y.NodeOutput, dy);
            for (int i = _nodes.Count - 1; i >= 0; i--)
            {
                Op node = _nodes[i];
                if (node.HasOutputGrad) node.RunBackward();
                foreach (Parameter parameter in node.ParameterUses)
                    if (--_uses[parameter] == 0) GradientReady?.Invoke(parameter);
                node.Release();
            }
            _nodes.Clear();
        }
        finally
        {
            s_current = current;
        }
    }

    internal void Record(Op node)
    {
        foreach (Parameter parameter in node.ParameterUses)
            _uses[parameter] = _uses.GetValueOrDefault(parameter) + 1;
        if (!IsRehearsal) _nodes.Add(node);
    }

    /// <summary>Parameters met so far.</summary>
    internal IReadOnlyCollection<Parameter> ParametersUsed => _uses.Keys;

    /// <summary>Stops recording and frees what was kept.</summary>
    public void Dispose()
    {
        if (s_current == this) s_current = _outer;
        foreach (Op node in _nodes) node.Release();
        _nodes.Clear();
    }
}
