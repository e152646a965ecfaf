using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Compares gradients with finite differences of the definition in random directions.</summary>
/// <remarks>
/// The loss is summed on the host in F64, but the oracle stores F32 between operators, which limits a difference quotient to about 2⁻²⁴ / h.
/// Rounded products have no useful differences: a step changes most operands by less than they are rounded. So the oracle's products stay F32, and a backend that rounds
/// may be off by what rounding moves a gradient.
/// Two central quotients, at h and h/2, combined so that the error is O(h⁴) instead of O(h²), let h be large enough for that not to matter.
/// </remarks>
public static class GradCheck
{
    /// <summary>Change of an element: (h/x)⁴ and 2⁻²⁴/h are both near 1e-6 for elements near 1, and no input is nearer than 0.05 to a kink.</summary>
    private const double Step = 0.02;

    /// <summary>How many roundings of 2⁻²⁴ a term of the loss may have gone through.</summary>
    private const double Roundings = 8;

    /// <summary>Throws unless the backend's gradients agree with finite differences on the oracle.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="backend">The backend whose gradients are tested.</param>
    /// <param name="oracle">The backend whose losses are differenced; may be another object of the same kind.</param>
    /// <exception cref="OpCheckException">A sample disagrees.</exception>
    public static void Projected(OpCase op, Backend backend, Backend oracle) => OpCheckException.ThrowIfAny(Compare(op, backend, oracle));

    /// <summary>One finding a sample; samples without useful differences (narrow floats, sharp turns) are left out.</summary>
    public static IEnumerable<OpFinding> Compare(OpCase op, Backend backend, Backend oracle)
    {
        ArgumentNullException.ThrowIfNull(op);
        return op.IsDifferentiable ? op.Samples.Where(s => s.IsF32 && s.IsSmooth).Select(sample => Compare(op, sample, backend, oracle)) : [];
    }

    /// <summary>Each input alone, so that a wrong gradient cannot hide behind a larger one.</summary>
    public static OpFinding Compare(OpCase op, OpSample sample, Backend backend, Backend oracle)
    {
        string key = $"{op.Name}/{sample.Name}";
        double worst = 0;
        string? fault = null;
        try
        {
            using var tested = new OpInputs(sample, key, backend);
            using var differenced = new OpInputs(sample, key, oracle);
            OpRun.ForwardBackward(tested, sample.Run, key);
            for (int i = 0; i < sample.Inputs.Count; i++)
            {
                if (!sample.Inputs[i].WantsGrad) continue;
                double[] direction = Direction(sample.Inputs[i], key), stored = sample.Inputs[i].Arrange(direction, margin: 0), grad = tested.Grad(i);
                double projected = 0, norm = 0;
                for (int j = 0; j < grad.Length; j++)
                {
                    projected += grad[j] * stored[j];
                    norm += grad[j] * grad[j];
                }
                (double quotient, double noise) = Quotient(differenced, sample, key, i, direction);
                double tolerance = (OpTolerance.Gradient + ProductTolerance.Gradient(backend.ProductType)) * Math.Sqrt(norm) + noise + OpTolerance.Floor, error = Math.Abs(projected - quotient) / tolerance;
                if (!(error <= 1)) fault ??= $"d{sample.Inputs[i].Name} along a random direction is {projected:G7} where differences give {quotient:G7} (tolerance {tolerance:G3})";
                worst = Math.Max(worst, double.IsNaN(error) ? double.PositiveInfinity : error);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            (worst, fault) = (double.PositiveInfinity, $"{e.GetType().Name}: {e.Message}");
        }
        return new(op.Name, sample.Name, backend.Name, worst, fault);
    }

    /// <summary>Derivative of the loss along a direction of input i, and how much of it may be rounding.</summary>
    private static (double Quotient, double Noise) Quotient(OpInputs inputs, OpSample sample, string key, int i, double[] direction)
    {
        double noise = 0;
        double Loss(double step)
        {
            double[] at = inputs.Elements(i).ToArray();
            for (int j = 0; j < at.Length; j++) at[j] += step * direction[j];
            inputs.Write(i, at);
            double[] y = OpRun.Forward(inputs, sample.Compose ?? sample.Run), weights = OpRun.LossWeights(y.Length, key);
            double loss = 0, squares = 0;
            for (int j = 0; j < y.Length; j++)
            {
                loss += weights[j] * y[j];
                squares += weights[j] * y[j] * weights[j] * y[j];
            }
            noise = Math.Max(noise, Roundings * Math.Pow(2, -24) * Math.Sqrt(squares) / Step);
            return loss;
        }
        double wide = (Loss(Step) - Loss(-Step)) / (2 * Step), narrow = (Loss(Step / 2) - Loss(-Step / 2)) / Step;
        inputs.Write(i, inputs.Elements(i));
        return ((4 * narrow - wide) / 3, noise);
    }

    /// <summary>+1 or -1 an element: every element counts alike, none is moved further than the step.</summary>
    private static double[] Direction(OpInput input, string key)
    {
        ulong stream = CounterRandom.Key(3, 0, 0, $"{key}/{input.Name}");
        var direction = new double[input.Shape.Count];
        for (int j = 0; j < direction.Length; j++) direction[j] = (CounterRandom.Word(stream, j) & 1) == 0 ? 1 : -1;
        return direction;
    }
}
