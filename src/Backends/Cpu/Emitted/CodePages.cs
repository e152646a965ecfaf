using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>Machine code in memory that can be executed: written first, then made executable, never both at once.</summary>
public sealed unsafe class CodePages : SafeHandle
{
    private static int s_live;
    private static long s_liveBytes;
    private readonly nuint _bytes;

    private CodePages(nint address, nuint bytes)
        : base(0, ownsHandle: true)
    {
        _bytes = bytes;
        SetHandle(address);
        Interlocked.Increment(ref s_live);
        Interlocked.Add(ref s_liveBytes, (long)bytes);
    }

    /// <summary>Blocks of code in the process.</summary>
    public static int Live => Volatile.Read(ref s_live);

    /// <summary>Bytes of them, in whole pages.</summary>
    public static long LiveBytes => Interlocked.Read(ref s_liveBytes);

    /// <summary>Where the code begins.</summary>
    public nint Entry => handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Puts code into pages of its own, under a name by which <c>ops bench dump=FOLDER</c> writes it down.</summary>
    /// <exception cref="NotSupportedException">The system gives no pages, does not let them be executed, or is none that this knows.</exception>
    public static CodePages Load(CodeWriter code, string name)
    {
        ArgumentNullException.ThrowIfNull(code);
        CodePages pages = Load(code.ToArray());
        lock (s_named) s_named.Add((new WeakReference<CodePages>(pages), name, code));
        return pages;
    }

    /// <summary>Named code that is loaded now.</summary>
    internal static IReadOnlyList<(string Name, CodeWriter Code)> Named
    {
        get
        {
            lock (s_named)
            {
                s_named.RemoveAll(n => !n.Pages.TryGetTarget(out CodePages? pages) || pages.IsClosed);
                return [.. s_named.Select(n => (n.Name, n.Code))];
            }
        }
    }

    private static readonly List<(WeakReference<CodePages> Pages, string Name, CodeWriter Code)> s_named = [];

    /// <summary>Puts code into pages of its own.</summary>
    /// <exception cref="NotSupportedException">The system gives no pages, does not let them be executed, or is none that this knows.</exception>
    public static CodePages Load(ReadOnlySpan<byte> code)
    {
        nuint bytes = (nuint)((code.Length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize);
        bool isWindows = OperatingSystem.IsWindows();
        if (!isWindows && !OperatingSystem.IsLinux()) throw new NotSupportedException("code of our own is run on Linux and Windows alone");
        nint address = isWindows
            ? SystemCalls.VirtualAlloc(0, bytes, SystemCalls.MemReserve | SystemCalls.MemCommit, SystemCalls.PageReadWrite)
            : SystemCalls.MMap(0, bytes, SystemCalls.ProtRead | SystemCalls.ProtWrite, SystemCalls.MapPrivate | SystemCalls.MapAnonymous, -1, 0);
        if (address is 0 or -1) throw new NotSupportedException($"the system gives no memory for code: {LastError}");
        var pages = new CodePages(address, bytes);
        new Span<byte>((void*)address, (int)bytes).Fill(0xCC);             // int3: running over the end is noticed
        code.CopyTo(new Span<byte>((void*)address, (int)bytes));
        bool isExecutable = isWindows
            ? SystemCalls.VirtualProtect(address, bytes, SystemCalls.PageExecuteRead, out _) && SystemCalls.FlushInstructionCache(SystemCalls.CurrentProcess(), address, bytes)
            : SystemCalls.MProtect(address, bytes, SystemCalls.ProtRead | SystemCalls.ProtExec) == 0;
        if (isExecutable) return pages;
        string why = LastError;
        pages.Dispose();
        throw new NotSupportedException($"the system does not let memory be executed: {why}");
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Interlocked.Decrement(ref s_live);
        Interlocked.Add(ref s_liveBytes, -(long)_bytes);
        return OperatingSystem.IsWindows() ? SystemCalls.VirtualFree(handle, 0, SystemCalls.MemRelease) : SystemCalls.MUnmap(handle, _bytes) == 0;
    }

    private static string LastError => new Win32Exception(Marshal.GetLastPInvokeError()).Message;
}
