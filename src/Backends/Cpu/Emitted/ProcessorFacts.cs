using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>What processor and system say of themselves, asked once.</summary>
internal sealed record ProcessorFacts
{
    /// <summary>Whether CPUID can be asked at all.</summary>
    public required bool IsX64 { get; init; }

    /// <summary>Registers eax, ebx, ecx and edx of a leaf and a part of it.</summary>
    public required Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> CpuId { get; init; }

    /// <summary>State that the system has enabled; 0 where it could not be asked.</summary>
    public required ulong EnabledState { get; init; }

    /// <summary>Why code of our own cannot be run; null where it can.</summary>
    public required string? NoCode { get; init; }

    /// <summary>Asks the system for the tiles' state: null when it was given, else why not.</summary>
    public required Func<string?> RequestTiles { get; init; }

    /// <summary>Those of this machine.</summary>
    public static ProcessorFacts Here { get; } = Ask();

    private static ProcessorFacts Ask()
    {
        bool isX64 = X86Base.X64.IsSupported;
        ulong state = 0;
        string? noCode = isX64 ? null : WhyNoCpuId(RuntimeInformation.ProcessArchitecture);
        if (isX64 && (X86Base.CpuId(1, 0).Ecx & 1 << 27) != 0)
        {
            try { state = ReadEnabledState(); }
            catch (NotSupportedException e) { noCode = e.Message; }
        }
        return new() { IsX64 = isX64, CpuId = isX64 ? X86Base.CpuId : static (_, _) => default, EnabledState = state, NoCode = noCode, RequestTiles = RequestTilesHere };
    }

    /// <summary>Why the processor cannot be asked: it is another one, or .NET is told to use no instructions of its own.</summary>
    internal static string WhyNoCpuId(Architecture architecture) =>
        architecture == Architecture.X64 ? "DOTNET_EnableHWIntrinsic=0 keeps .NET from asking the processor what it has" : $"this is {architecture}, and code is written for x64 alone";

    /// <summary>XCR0. No intrinsic reads it; it is the first code that is written and run, so it also shows that pages can be executed.</summary>
    private static unsafe ulong ReadEnabledState()
    {
        using CodePages pages = CodePages.Load(XGetBv().ToArray());
        return ((delegate* unmanaged<ulong>)pages.Entry)();
    }

    internal static CodeWriter XGetBv()
    {
        var code = new CodeWriter();
        code.Zero(Gpr.Rcx);
        code.XGetBv();
        code.Shl(Gpr.Rdx, 32);
        code.Or(Gpr.Rax, Gpr.Rdx);                  // eax was written by halves, so the upper half of rax is 0
        code.Ret();
        return code;
    }

    private static string? RequestTilesHere()
    {
        if (!OperatingSystem.IsLinux()) return "tiles are used on Linux alone so far";
        if (SystemCalls.SystemCall((nint)SystemCalls.ArchPrctl, (nint)SystemCalls.RequestPermission, SystemCalls.TileData) == 0) return null;
        int error = Marshal.GetLastPInvokeError();
        return error == SystemCalls.NoSpace
            ? "the system refuses the tiles' state: the signal stack of a thread is too small for it (ENOSPC)"
            : $"the system refuses the tiles' state: {new System.ComponentModel.Win32Exception(error).Message} (error {error}); Linux 5.16 or later is needed";
    }
}
