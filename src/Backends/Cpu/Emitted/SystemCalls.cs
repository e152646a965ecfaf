using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>What the emitted kernels ask of the operating system. All of it is part of every installation: no library of ours.</summary>
internal static unsafe partial class SystemCalls
{
    public const int ProtRead = 1, ProtWrite = 2, ProtExec = 4, MapPrivate = 2, MapAnonymous = 0x20;
    public const uint MemCommit = 0x1000, MemReserve = 0x2000, MemRelease = 0x8000, PageReadWrite = 4, PageExecuteRead = 0x20;

    /// <summary>arch_prctl of x64.</summary>
    public const long ArchPrctl = 158;

    /// <summary>Asks for, and tells, the state that a process may use.</summary>
    public const long RequestPermission = 0x1023, GetPermission = 0x1022;

    /// <summary>Number of the tiles' state.</summary>
    public const int TileData = 18;

    /// <summary>No space: a thread's signal stack is too small for the state.</summary>
    public const int NoSpace = 28;

    /// <summary>The entry of getauxval that says how much of a signal stack the system itself fills.</summary>
    public const ulong MinimumSignalStack = 51;

    [StructLayout(LayoutKind.Sequential)]
    public struct Stack
    {
        public nint Pointer;
        public int Flags;
        public nuint Size;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint MMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int MProtect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint a, nint b);

    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    public static partial int SignalStack(Stack* stack, Stack* old);

    [LibraryImport("libc", EntryPoint = "getauxval")]
    public static partial nuint AuxiliaryValue(nuint kind);

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc", SetLastError = true)]
    public static partial nint VirtualAlloc(nint address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32", EntryPoint = "VirtualProtect", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool VirtualProtect(nint address, nuint length, uint protection, out uint before);

    [LibraryImport("kernel32", EntryPoint = "VirtualFree", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool VirtualFree(nint address, nuint length, uint kind);

    [LibraryImport("kernel32", EntryPoint = "FlushInstructionCache", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool FlushInstructionCache(nint process, nint address, nuint length);

    [LibraryImport("kernel32", EntryPoint = "GetCurrentProcess")]
    public static partial nint CurrentProcess();
}
