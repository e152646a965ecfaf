namespace Pure.Tuner.Kernels;

/// <summary>y[i] = keep(key, i) ? x[i] / (1 - rate) : 0.</summary>
/// <param name="Key">Made of seed, step, micro-batch and module path: <see cref="CounterRandom"/>.</param>
/// <param name="Rate">Share of elements dropped, 0 to below 1.</param>
public readonly record struct DropoutSpec(ulong Key, float Rate);

/// <summary>Dropout whose mask is a function of the key and the element's number alone.</summary>
public interface IDropoutKernel
{
    /// <summary>What it can do; the same work serves both directions.</summary>
    Support Supports(in DropoutSpec spec);

    /// <summary>x and y of one shape and dtype, elements numbered in row-major order.</summary>
    void Apply(in DropoutSpec spec, Tensor x, Into y);
}
