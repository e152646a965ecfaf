namespace Pure.Tuner;

/// <summary>Owns the tensors made while it is the innermost scope of its thread, and disposes them at its end.</summary>
/// <remarks>A ref struct: it can neither cross an await nor be captured, so a scope ends where it began.</remarks>
public readonly ref struct TensorScope
{
    [ThreadStatic] private static Frame? s_current;
    [ThreadStatic] private static Frame? s_free;
    private readonly Frame? _frame;

    private TensorScope(Frame frame) => _frame = frame;

    /// <summary>Begins a scope inside the present one.</summary>
    public static TensorScope Begin()
    {
        Frame frame = s_free ?? new Frame();
        s_free = frame.Parent;
        frame.Parent = s_current;
        frame.IsSuspension = false;
        s_current = frame;
        return new(frame);
    }

    /// <summary>Until disposed, tensors belong to no scope.</summary>
    internal static TensorScope Suspend()
    {
        TensorScope scope = Begin();
        scope._frame!.IsSuspension = true;
        return scope;
    }

    /// <summary>Hands a tensor to the enclosing scope, or to the caller when there is none; ignores what this scope does not own.</summary>
    public Tensor Return(Tensor tensor)
    {
        if (tensor.Owner != _frame || _frame is null) return tensor;
        _frame.Forget(tensor);
        if (_frame.Parent is { IsSuspension: false } parent) parent.Add(tensor);
        return tensor;
    }

    /// <summary>Lets go of all tensors of this scope: they belong to no scope. For those who make many that live long, and must hold none if one cannot be made.</summary>
    internal void Release() => _frame?.ForgetAll();

    /// <summary>Disposes what was not returned.</summary>
    public void Dispose()
    {
        if (_frame is null) return;
        if (s_current != _frame) throw new InvalidOperationException("tensor scope: disposed out of order or on another thread");
        s_current = _frame.Parent;
        _frame.DisposeAll();
        _frame.Parent = s_free;
        s_free = _frame;
    }

    internal static void Adopt(Tensor tensor)
    {
        if (s_current is { IsSuspension: false } frame) frame.Add(tensor);
    }

    /// <summary>The list behind a scope; reused, so that a scope costs nothing.</summary>
    internal sealed class Frame
    {
        private readonly List<Tensor?> _tensors = [];
        internal Frame? Parent;
        internal bool IsSuspension;

        internal void Add(Tensor tensor)
        {
            tensor.Owner = this;
            tensor.OwnerIndex = _tensors.Count;
            _tensors.Add(tensor);
        }

        internal void Forget(Tensor tensor)
        {
            _tensors[tensor.OwnerIndex] = null;
            tensor.Owner = null;
        }

        internal void ForgetAll()
        {
            foreach (Tensor? tensor in _tensors)
                if (tensor is not null) tensor.Owner = null;
            _tensors.Clear();
        }

        internal void DisposeAll()
        {
            for (int i = _tensors.Count - 1; i >= 0; i--)
            {
                if (_tensors[i] is not { } tensor) continue;
                tensor.Owner = null;
                tensor.Dispose();
            }
            _tensors.Clear();
        }
    }
}
