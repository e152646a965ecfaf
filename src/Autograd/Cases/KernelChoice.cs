namespace Pure.Tuner;

/// <summary>What runs an operator on a backend, best first.</summary>
public enum KernelChoice
{
    /// <summary>The backend's primitives: the operator has no fused form.</summary>
    Primitive,
    /// <summary>The backend's own kernel, or one put in its place.</summary>
    Kernel,
    /// <summary>The kernel written over primitives.</summary>
    Portable,
    /// <summary>The definition, operator by operator.</summary>
    Composition,
    /// <summary>It does not run there.</summary>
    None,
}
