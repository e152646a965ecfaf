namespace Pure.Tuner.Kernels;

/// <summary>What clipping does with all gradients, in few calls: for devices where each call costs.</summary>
public interface IGradientsKernel
{
    /// <summary>sum = Σ of all elements squared; the blocks F32, contiguous; sum F32 [1].</summary>
    void SquaredNorm(IReadOnlyList<Tensor> blocks, Tensor sum);

    /// <summary>Every element times a factor.</summary>
    void Scale(IReadOnlyList<Tensor> blocks, float factor);
}
