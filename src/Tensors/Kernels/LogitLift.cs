namespace Pure.Tuner.Kernels;

/// <summary>What gradients of logits are multiplied by before a product of F16 that the factor of the loss does not reach: with a frozen head forward makes them, for a loss of 1.</summary>
/// <remarks>They are at most 1, and one below 2⁻²⁴ would be 0 in F16. A power of two rounds nothing, and rows of the head may be as large as 2⁵ before a sum leaves F16.</remarks>
internal static class LogitLift
{
    /// <summary>The factor for products of a type; taken out of what they give.</summary>
    internal static float Of(DType type) => type == DType.F16 ? 1024 : 1;
}
