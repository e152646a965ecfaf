using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The last failure of each thread. The text lies in memory of the library until the thread fails or asks again.</summary>
internal static unsafe class Errors
{
    [ThreadStatic] private static string? s_text;
    [ThreadStatic] private static byte* s_bytes;
    [ThreadStatic] private static int s_code;

    /// <summary>The code of the last failure.</summary>
    public static int Code
    {
        get => s_code;
        set => s_code = value;
    }

    public static void Set(int code, string text)
    {
        s_code = code;
        s_text = text;
    }

    /// <summary>The text of the last failure, once; null if there is none.</summary>
    public static byte* Take()
    {
        NativeMemory.Free(s_bytes);
        s_bytes = null;
        if (s_text is not { } text) return null;
        s_text = null;
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        s_bytes = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(s_bytes, bytes.Length));
        return s_bytes;
    }

    /// <summary>Forgets what this thread failed at.</summary>
    public static void Clear() => (s_code, s_text) = (0, null);
}

/// <summary>Turns what a call threw into the code that it returns.</summary>
internal static class Guard
{
    public static int Failed(string function, Exception e)
    {
        (int code, string rule) = e switch { AclException acl => (acl.Code, acl.Rule), DeviceFault fault => (fault.Code, fault.Rule), _ => (Code.Internal, "") };
        Breaches.Report(rule, $"{function}: {e.Message}");
        Errors.Set(code, e is not (AclException or DeviceFault) ? $"{function}: the simulator failed: {e}" : $"{function}: {e.Message}");
        return code;
    }
}
