namespace Pure.Tuner.Kernels;

/// <summary>One AdamW step.</summary>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay.</param>
/// <param name="Step">Number of this step, from 1.</param>
/// <param name="GradScale">Factor of the gradient: clipping, accumulation, loss scale.</param>
/// <param name="L2">Whether the decay is added to the gradient (Adam) instead of taken off the weight (AdamW).</param>
public readonly record struct AdamWSpec(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, int Step, float GradScale, bool L2 = false);

/// <summary>One parameter of a step.</summary>
/// <param name="Spec">The numbers of its group.</param>
/// <param name="P">The parameter.</param>
/// <param name="G">Its gradient.</param>
/// <param name="M">Its first moment.</param>
/// <param name="V">Its second moment.</param>
/// <param name="MaxV">The largest second moment, for AMSGrad; or null.</param>
public readonly record struct AdamWItem(AdamWSpec Spec, Tensor P, Tensor G, Tensor M, Tensor V, Tensor? MaxV);

/// <summary>g = grad·scale; m, v updated; p = p(1 - lr·wd) - lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + eps). Loshchilov and Hutter 2019, arXiv:1711.05101.</summary>
public interface IAdamWKernel
{
    /// <summary>p of any float dtype; g, m, v F32; maxV F32 for AMSGrad, or null. All contiguous.</summary>
    void Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV);

    /// <summary>The same for many parameters. A device that gains from having them all at once does them together.</summary>
    void StepAll(ReadOnlySpan<AdamWItem> items)
    {
        foreach (ref readonly AdamWItem item in items) Step(item.Spec, item.P, item.G, item.M, item.V, item.MaxV);
    }
}
