using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>Which vectors the machine has.</summary>
internal static class Vectors
{
    /// <summary>Whether vector code is worth running: without any, each vector operation is a loop of its own.</summary>
    public static bool IsAccelerated => Vector128.IsHardwareAccelerated;

    /// <summary>Bits of the widest vectors, 32 when there are none.</summary>
    public static int Bits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;

    /// <summary>Whether multiply and add are one instruction.</summary>
    public static bool HasFusedMultiplyAdd => Fma.IsSupported || AdvSimd.IsSupported;

    /// <summary>For people and for reports: the bits of a result depend on it.</summary>
    public static string Description => IsAccelerated ? $"vectors of {Bits} bits{(HasFusedMultiplyAdd ? " with fused multiply-add" : "")}" : "no vectors";
}
