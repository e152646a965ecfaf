namespace Pure.Tuner;

/// <summary>Compares an operator on a backend with its definition on the oracle, in both directions.</summary>
/// <remarks>Where the backend rounds operands of products (<see cref="Backend.ProductType"/>) the oracle does too; see <see cref="ProductTolerance"/> for how near they must be.</remarks>
public static class OpCheck
{
    /// <summary>Throws unless every sample agrees.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="backend">The backend under test; poison it, so that what a kernel leaves unwritten is found.</param>
    /// <param name="oracle">A backend of its own that runs definitions.</param>
    /// <exception cref="OpCheckException">A sample disagrees, or left memory behind.</exception>
    public static void FusedAgainstComposed(OpCase op, Backend backend, Backend oracle) => OpCheckException.ThrowIfAny(Compare(op, backend, oracle));

    /// <summary>One finding a sample.</summary>
    public static IEnumerable<OpFinding> Compare(OpCase op, Backend backend, Backend oracle)
    {
        ArgumentNullException.ThrowIfNull(op);
        return op.Samples.Select(sample => Compare(op, sample, backend, oracle));
    }

    /// <summary>Output; gradients; gradients again, added; each gradient alone; output without a tape; memory.</summary>
    public static OpFinding Compare(OpCase op, OpSample sample, Backend backend, Backend oracle)
    {
        (int live, long forgotten) = (backend.LiveBlocks, backend.ForgottenBlocks);
        var report = new Report(op, sample, backend.ProductType);
        DType before = oracle.ProductType;
        try
        {
            oracle.ProductType = backend.ProductType;
            Compare(op, sample, backend, oracle, report);
        }
        catch (Exception e) when (e is not OutOfMemoryException) { report.Add(double.PositiveInfinity, $"{e.GetType().Name}: {e.Message}"); }
        finally { oracle.ProductType = before; }
        if (backend.LiveBlocks != live) report.Add(double.PositiveInfinity, $"{backend.LiveBlocks - live} blocks are still held");
        if (backend.ForgottenBlocks != forgotten) report.Add(double.PositiveInfinity, $"{backend.ForgottenBlocks - forgotten} blocks were forgotten");
        return new(op.Name, sample.Name, backend.Name, report.Worst, report.Fault);
    }

    private static void Compare(OpCase op, OpSample sample, Backend backend, Backend oracle, Report report)
    {
        string key = $"{op.Name}/{sample.Name}";
        using var actual = new OpInputs(sample, key, backend);
        (double[] y, double[][] grads) = Define(op, sample, oracle, key);
        double[]? exactY = null;
        double[][]? exactGrads = null;
        if (backend.ProductType != DType.F32)
        {
            oracle.ProductType = DType.F32;
            (exactY, exactGrads) = Define(op, sample, oracle, key);
        }
        if (!op.IsDifferentiable)
        {
            report.Compare("y", OpRun.Forward(actual, sample.Run), y, exactY);
            return;
        }

        report.Compare("y", OpRun.ForwardBackward(actual, sample.Run, key), y, exactY);
        CompareGrads("", factor: 1);
        OpRun.ForwardBackward(actual, sample.Run, key);
        CompareGrads(" added", factor: 2);

        int[] wanted = [.. Enumerable.Range(0, sample.Inputs.Count).Where(i => sample.Inputs[i].WantsGrad)];
        foreach (int i in wanted.Length > 1 ? wanted : [])
        {
            actual.ClearGrads();
            actual.WantOnly(i);
            OpRun.ForwardBackward(actual, sample.Run, key);
            report.Compare($"d{sample.Inputs[i].Name} alone", actual.Grad(i), grads[i], exactGrads?[i]);
        }
        actual.ClearGrads();
        actual.WantOnly(-1);
        report.Compare("y without a tape", OpRun.Forward(actual, sample.Run), y, exactY);

        void CompareGrads(string how, double factor)
        {
            for (int i = 0; i < grads.Length; i++)
                if (sample.Inputs[i].WantsGrad) report.Compare($"d{sample.Inputs[i].Name}{how}", actual.Grad(i), grads[i], exactGrads?[i], factor);
        }
    }

    /// <summary>What the definition gives on the oracle as it rounds now.</summary>
    private static (double[] Y, double[][] Grads) Define(OpCase op, OpSample sample, Backend oracle, string key)
    {
        using var inputs = new OpInputs(sample, key, oracle);
        Func<OpInputs, Tensor> form = sample.Compose ?? sample.Run;
        return !op.IsDifferentiable ? (OpRun.Forward(inputs, form), [])
            : (OpRun.ForwardBackward(inputs, form, key), [.. Enumerable.Range(0, sample.Inputs.Count).Select(inputs.Grad)]);
    }

    /// <summary>The worst error so far and the first fault.</summary>
    private sealed class Report(OpCase op, OpSample sample, DType products)
    {
        public double Worst { get; private set; }
        public string? Fault { get; private set; }

        /// <param name="what">The tensor.</param>
        /// <param name="actual">The backend's.</param>
        /// <param name="expected">The definition's.</param>
        /// <param name="exact">The definition's without rounding of operands; null where nothing rounds.</param>
        /// <param name="factor">How often the definition's was added.</param>
        public void Compare(string what, double[] actual, double[] expected, double[]? exact, double factor = 1)
        {
            (double worst, string? fault) = exact is null ? OpTolerance.Compare(what, actual, expected, sample.Narrowest, factor)
                : ProductTolerance.Compare(op, sample, products, what, actual, expected, exact, factor);
            Add(worst, fault);
        }

        public void Add(double worst, string? fault)
        {
            Worst = Math.Max(Worst, worst);
            Fault ??= fault;
        }
    }
}
