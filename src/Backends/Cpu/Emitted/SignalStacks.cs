namespace Pure.Tuner.Kernels;

/// <summary>Gives a thread that multiplies with tiles a signal stack with room for them.</summary>
/// <remarks>
/// CoreCLR gives a thread 16 KiB, the lowest page of it a guard. Once a thread has used tiles, the system writes 11.7 KiB there before the handler of a
/// null reference runs, which itself wants about 3 KiB: more than there is, so the process would end where an exception was due. See docs/emitted-kernels.md.
/// The room stays until the process ends: the runtime may still stand on it when a thread ends, and nobody is told.
/// </remarks>
public static unsafe class SignalStacks
{
    private const int Bytes = 64 << 10;
    [ThreadStatic] private static bool s_isDone;

    /// <summary>Once for each thread, before its first tile.</summary>
    /// <exception cref="NotSupportedException">The system does not give it.</exception>
    public static void Widen()
    {
        if (s_isDone) return;
        if (OperatingSystem.IsLinux() && Current() is { } size && size < Bytes)
        {
            nint room = SystemCalls.MMap(0, Bytes, SystemCalls.ProtRead | SystemCalls.ProtWrite, SystemCalls.MapPrivate | SystemCalls.MapAnonymous, -1, 0);
            if (room == -1 || SystemCalls.MProtect(room, (nuint)Environment.SystemPageSize, 0) != 0) throw new NotSupportedException("the system gives no memory for a signal stack");
            var stack = new SystemCalls.Stack { Pointer = room, Size = Bytes };
            if (SystemCalls.SignalStack(&stack, null) != 0) throw new NotSupportedException("the system does not take a wider signal stack");
        }
        s_isDone = true;
    }

    /// <summary>Bytes of the calling thread's; null where it has none.</summary>
    internal static long? Current()
    {
        SystemCalls.Stack now;
        return SystemCalls.SignalStack(null, &now) == 0 && (now.Flags & 2) == 0 ? (long)now.Size : null;      // 2: disabled
    }
}
