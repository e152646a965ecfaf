namespace Pure.Tuner.Kernels;

/// <summary>Gives a thread that multiplies with tiles a signal stack with room for them.</summary>
/// <remarks>
/// CoreCLR gives a thread 16 KiB, the lowest page of it a guard. Once a thread has used tiles, the system writes 11.7 KiB there before the handler of a
/// null reference runs, which itself wants about 3 KiB: more than there is, so the process would end where an exception was due. See docs/emitted-kernels.md.
/// A worker of the processor gives its room back when it ends. That of any other thread stays until the process ends: nobody is told when a thread does,
/// so a program that multiplies on ever new threads loses 64 KiB for each.
/// </remarks>
public static unsafe class SignalStacks
{
    private const int Bytes = 64 << 10;
    [ThreadStatic] private static bool s_isDone;
    [ThreadStatic] private static string? s_obstacle;
    [ThreadStatic] private static nint s_room;
    [ThreadStatic] private static SystemCalls.Stack s_before;

    /// <summary>Once for each thread, before its first tile.</summary>
    /// <exception cref="NotSupportedException">The system does not give it.</exception>
    public static void Widen()
    {
        if (TryWiden() is { } obstacle) throw new NotSupportedException(obstacle);
    }

    /// <summary>The same in the middle of work: where the system does not give it, tiles multiply all the same, and what is lost is that a null reference on this thread is an exception. Tried once.</summary>
    /// <returns>Why not; null where there is room now.</returns>
    internal static string? TryWiden()
    {
        if (s_isDone) return s_obstacle;
        s_isDone = true;
        return s_obstacle = Give();
    }

    private static string? Give()
    {
        if (!OperatingSystem.IsLinux() || Current() is not { } size || size >= Bytes) return null;
        nint room = SystemCalls.MMap(0, Bytes, SystemCalls.ProtRead | SystemCalls.ProtWrite, SystemCalls.MapPrivate | SystemCalls.MapAnonymous, -1, 0);
        if (room == -1) return "the system gives no memory for a signal stack";
        var stack = new SystemCalls.Stack { Pointer = room, Size = Bytes };
        SystemCalls.Stack before;
        if (SystemCalls.MProtect(room, (nuint)Environment.SystemPageSize, 0) == 0 && SystemCalls.SignalStack(&stack, &before) == 0)
        {
            (s_room, s_before) = (room, before);
            return null;
        }
        SystemCalls.MUnmap(room, Bytes);
        return "the system does not take a wider signal stack";
    }

    /// <summary>Gives the calling thread back the stack that it had: the last that a worker does.</summary>
    internal static void Restore()
    {
        if (s_room == 0) return;
        SystemCalls.Stack before = s_before;
        if (SystemCalls.SignalStack(&before, null) != 0) return;            // then the room stays in use
        SystemCalls.MUnmap(s_room, Bytes);
        (s_room, s_isDone) = (0, false);
    }

    /// <summary>Bytes of the calling thread's; null where it has none.</summary>
    internal static long? Current()
    {
        SystemCalls.Stack now;
        return SystemCalls.SignalStack(null, &now) == 0 && (now.Flags & 2) == 0 ? (long)now.Size : null;      // 2: disabled
    }
}
