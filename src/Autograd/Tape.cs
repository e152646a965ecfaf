namespace Pure.Tuner;

/// <summary>Records the operators run on its thread, and runs them backward.</summary>
/// <remarks>Nodes are freed as backward passes them; what is left is freed by <see cref="Dispose"/>.</remarks>
public sealed class Tape : IDisposable
{
    [ThreadStatic] private static Tape? s_current;
    [ThreadStatic] private static Room? s_spare;

    private readonly Tape? _outer;
    private readonly Room _room = s_spare ?? new Room();
    private bool _done, _disposed;

    private Tape(bool rehearsal)
    {
        s_spare = _room.Next;
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
    public int Count => _room.Nodes.Count;

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
            for (int i = _room.Nodes.Count - 1; i >= 0; i--)
            {
                Op node = _room.Nodes[i];
                if (node.HasOutputGrad) node.RunBackward();
                foreach (Parameter parameter in node.ParameterUses)
                    if (--_room.Uses[parameter] == 0) GradientReady?.Invoke(parameter);
                node.Release();
            }
            _room.Nodes.Clear();
        }
        finally
        {
            s_current = current;
        }
    }

    internal void Record(Op node)
    {
        foreach (Parameter parameter in node.ParameterUses)
            _room.Uses[parameter] = _room.Uses.GetValueOrDefault(parameter) + 1;
        if (!IsRehearsal) _room.Nodes.Add(node);
    }

    /// <summary>Parameters met so far.</summary>
    internal IReadOnlyCollection<Parameter> ParametersUsed => _room.Uses.Keys;

    /// <summary>Stops recording and frees what was kept.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (s_current == this) s_current = _outer;
        foreach (Op node in _room.Nodes) node.Release();
        _room.Nodes.Clear();
        _room.Uses.Clear();
        _room.Next = s_spare;
        s_spare = _room;
    }

    /// <summary>A tape's lists, used again by the next one of the thread.</summary>
    private sealed class Room
    {
        internal readonly List<Op> Nodes = [];
        internal readonly Dictionary<Parameter, int> Uses = [];
        internal Room? Next;
    }
}
