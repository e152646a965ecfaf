namespace Pure.Tuner.Kernels;

/// <summary>What a kernel can do for a spec.</summary>
[Flags]
public enum Support
{
    /// <summary>Neither direction.</summary>
    None = 0,
    /// <summary>Forward.</summary>
    Forward = 1,
    /// <summary>Backward.</summary>
    Backward = 2,
    /// <summary>Forward and backward.</summary>
    Both = Forward | Backward,
}

/// <summary>A destination of a gradient: where to write, and whether to add. Empty when nobody wants it: the kernel skips the work.</summary>
public readonly struct Into(Tensor? target, bool accumulate)
{
    /// <summary>Where to write; throws when empty.</summary>
    public Tensor Target => target ?? throw new InvalidOperationException("into: nobody wants this gradient; ask IsEmpty first");

    /// <summary>Whether to add to what is there.</summary>
    public bool Accumulate => accumulate;

    /// <summary>True when nobody wants it.</summary>
    public bool IsEmpty => target is null;

    /// <summary>The same destination, adding.</summary>
    public Into Adding => new(target, true);
}

/// <summary>Shapes and dtypes of what a kernel keeps from forward for its own backward.</summary>
public sealed record StateSpec(params (Shape Shape, DType DType)[] Parts)
{
    /// <summary>Nothing kept.</summary>
    public static StateSpec None { get; } = new();
}

/// <summary>What a kernel keeps from forward for its own backward; nobody else reads it. Empty unless a backward will come.</summary>
public readonly struct State(Tensor[]? parts)
{
    /// <summary>Part i.</summary>
    public Tensor this[int i] => parts![i];

    /// <summary>Part i, or null when no backward will come.</summary>
    public Tensor? OrNull(int i) => parts is null || i >= parts.Length ? null : parts[i];

    /// <summary>True when no backward will come.</summary>
    public bool IsEmpty => parts is null;

    internal Tensor[]? Parts => parts;
}
