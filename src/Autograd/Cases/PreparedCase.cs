namespace Pure.Tuner;

/// <summary>A sample with its inputs on a device, ready to be run again and again.</summary>
public sealed class PreparedCase : IDisposable
{
    private readonly OpInputs _inputs;
    private readonly Func<OpInputs, Tensor> _compose;

    internal PreparedCase(OpSample sample, string key, Backend backend)
    {
        Sample = sample;
        _inputs = new OpInputs(sample, key, backend);
        _compose = sample.Compose ?? sample.Run;
    }

    /// <summary>What is run.</summary>
    public OpSample Sample { get; }

    /// <summary>The public form, forward, without a tape.</summary>
    public void RunFused() => Run(Sample.Run);

    /// <summary>The definition, forward, without a tape.</summary>
    public void RunComposed() => Run(_compose);

    /// <summary>Forward under a tape and backward; the action is called between them.</summary>
    public void RunBackward(Action? afterForward = null)
    {
        foreach (Parameter parameter in _inputs.Stored) parameter.GradBegun = false;
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor y = Sample.Run(_inputs);
        Tensor dy = Tensor.Full(y.Backend, y.Shape, 1, y.DType);
        y.Backend.Synchronize();
        afterForward?.Invoke();
        tape.Backward(y, dy);
        y.Backend.Synchronize();
    }

    /// <summary>What its operators have to do, as they say themselves.</summary>
    /// <param name="isTraining">With the gradients that its inputs want.</param>
    public OpCost Cost(bool isTraining)
    {
        using var profile = Profile.Begin();
        if (isTraining) RunBackward();
        else RunFused();
        return profile.Cost;
    }

    /// <inheritdoc/>
    public void Dispose() => _inputs.Dispose();

    private void Run(Func<OpInputs, Tensor> form)
    {
        using var scope = TensorScope.Begin();
        form(_inputs).Backend.Synchronize();
    }
}
