using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Where an operator's backward puts the gradients of its inputs.</summary>
public readonly ref struct Grads
{
    private readonly Op _op;
    private readonly ref List<(int, Tensor)>? _twice;

    internal Grads(Op op, ref List<(int, Tensor)>? twice)
    {
        _op = op;
        _twice = ref twice;
    }

    /// <summary>Whether anybody wants the gradient of input i.</summary>
    public bool Wants(int i) => _op.WantsGrad(i);

    /// <summary>The destination of input i's gradient, to be written once: the parameter's gradient, a block already begun, or a new one; empty when nobody wants it.</summary>
    public Into Into(int i) => _op.GradInto(i, ref _twice);

    /// <summary>Hands on a gradient of input i's shape and dtype without copying.</summary>
    public void Pass(int i, Tensor dy) => _op.Add(i, dy);

    /// <summary>Hands on a gradient of a larger shape that input i was broadcast to: summed over the added lengths.</summary>
    public void PassReduced(int i, Tensor dy, Shape shape)
    {
        if (Wants(i)) _op.Add(i, Gradients.ReduceTo(dy, shape));
    }
}
