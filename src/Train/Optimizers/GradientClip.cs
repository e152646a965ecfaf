using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>The length of all gradients together, and the factor that brings it down to a bound.</summary>
internal static class GradientClip
{
    /// <summary>The p-norm of all gradients: root of the sum of p-th powers, or the largest size for p = ∞. Each parameter first, then theirs in order.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="p">Which norm.</param>
    /// <param name="endsWatch">Whether the device was asked to watch for overflow: then the 2-norm is none where there was one.</param>
    internal static double Norm(Gradients gradients, double p = 2, bool endsWatch = false)
    {
        if (p == 2)
        {
            using Tensor sum = gradients.SquaredNorm();
            if (endsWatch) sum.Backend.EndWatch(sum);
            return Math.Sqrt(sum.Item());
        }
        gradients.Complete();
        double total = 0;
        foreach (Parameter parameter in gradients.Parameters)
        {
            using var scope = TensorScope.Begin();
            Tensor sizes = parameter.Grad!.Detach().Reshape([1, checked((int)parameter.Shape.Count)]).Abs();
            if (double.IsPositiveInfinity(p)) total = Math.Max(total, sizes.MaxLast().Reshape([1]).Item());
            else total += (p == 1 ? sizes : sizes.Pow(p)).Sum().Item();
        }
        return double.IsPositiveInfinity(p) ? total : Math.Pow(total, 1 / p);
    }

    /// <summary>min(1, max / (norm + 1e-6)).</summary>
    internal static double Factor(double norm, double max) => Math.Min(1, max / (norm + 1e-6));
}
