using Pure.Tuner.Kernels;

namespace OwnOperator;

/// <summary>One application: what a kernel must know to say whether it can.</summary>
/// <param name="Rows">Rows of x.</param>
/// <param name="Width">Length of a row and of alpha.</param>
/// <param name="DType">Dtype of x and y; alpha is F32.</param>
public readonly record struct SnakeSpec(int Rows, int Width, DType DType);

/// <summary>y = x + sin²(αx) / α: the contract between the operator and whoever computes it.</summary>
public interface ISnakeKernel
{
    Support Supports(in SnakeSpec spec);

    /// <summary>x [rows, width], alpha [width], y [rows, width]; last stride 1.</summary>
    void Forward(in SnakeSpec spec, Tensor x, Tensor alpha, Tensor y);

    /// <summary>dx like x; dalpha F32 [width], summed over the rows.</summary>
    void Backward(in SnakeSpec spec, Tensor x, Tensor alpha, Tensor dy, Into dx, Into dalpha);
}
