using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One run of a sample: its output, and the gradients of a loss that weighs the output with seeded numbers.</summary>
internal static class OpRun
{
    /// <summary>The output alone; no tape, so kernels keep nothing.</summary>
    public static double[] Forward(OpInputs inputs, Func<OpInputs, Tensor> form)
    {
        using var scope = TensorScope.Begin();
        return HostElements.Read(form(inputs));
    }

    /// <summary>The output, with gradients added to what the parameters have.</summary>
    public static double[] ForwardBackward(OpInputs inputs, Func<OpInputs, Tensor> form, string key)
    {
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor y = form(inputs);
        double[] result = HostElements.Read(y);
        if (!y.DType.IsFloat || !inputs.Stored.Any(p => p.RequiresGrad)) return result;
        double[] weights = LossWeights(result.Length, key);
        Tensor dy = Tensor.From<float>(inputs.Backend, Array.ConvertAll(weights, v => (float)v), y.Shape);
        Tensor loss = (y.To(DType.F32) * dy).Sum();
        if (loss.Node is not null) tape.Backward(loss);       // else y depends on nothing that wants a gradient
        return result;
    }

    /// <summary>dy: the factors of the output's elements in the loss.</summary>
    public static double[] LossWeights(int count, string key)
    {
        ulong stream = CounterRandom.Key(2, 0, 0, key);
        var weights = new double[count];
        for (int i = 0; i < count; i++) weights[i] = (float)(CounterRandom.Word(stream, i) / 2147483648.0 - 1);
        return weights;
    }
}
