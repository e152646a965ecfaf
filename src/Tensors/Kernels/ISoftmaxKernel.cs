namespace Pure.Tuner.Kernels;

/// <summary>Softmax or its logarithm over the last dimension.</summary>
public readonly record struct SoftmaxSpec(int Rows, int Width, bool Log, DType DType);

/// <summary>y = softmax(x), the maximum of each row subtracted first.</summary>
public interface ISoftmaxKernel
{
    /// <summary>What it can do.</summary>
    Support Supports(in SoftmaxSpec spec);

    /// <summary>x, y [..., width].</summary>
    void Forward(in SoftmaxSpec spec, Tensor x, Tensor y);

    /// <summary>dx = y (dy - Σ dy y), for the logarithm dy - eʸ Σ dy.</summary>
    void Backward(in SoftmaxSpec spec, Tensor y, Tensor dy, Into dx);
}
