namespace Pure.Tuner.Kernels;

/// <summary>How a function is called: where its one argument lies and what it must keep.</summary>
/// <param name="Name">For people.</param>
/// <param name="Argument">The register of the first argument.</param>
/// <param name="FirstKeptVector">The first of xmm6 to xmm15 that the callee keeps; 16 where it keeps none.</param>
public sealed record CallConvention(string Name, Gpr Argument, int FirstKeptVector)
{
    /// <summary>Linux and all but Windows: the System V convention.</summary>
    public static CallConvention SystemV { get; } = new("System V", Gpr.Rdi, 16);

    /// <summary>Windows: the lower halves of xmm6 to xmm15 are kept, what lies above them and zmm16 to zmm31 are not.</summary>
    public static CallConvention Windows { get; } = new("Windows", Gpr.Rcx, 6);

    /// <summary>This system's.</summary>
    public static CallConvention Here => OperatingSystem.IsWindows() ? Windows : SystemV;

    // Kernels use rax, rcx, rdx, r8 to r11 alone, which the callee may change in both.
}
