using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The last failure of each thread. The text lies in memory of the library until the thread fails or asks again.</summary>
internal static unsafe class Errors
{
    [ThreadStatic] private static string? t_text;
    [ThreadStatic] private static byte* t_bytes;
    [ThreadStatic] private static int t_code;

    /// <summary>The code of the last failure.</summary>
    public static int Code
    {
        get => t_code;
        set => t_code = value;
    }

    public static void Set(int code, string text)
    {
        t_code = code;
        t_text = text;
    }

    /// <summary>The text of the last failure, once; null if there is none.</summary>
    public static byte* Take()
    {
        NativeMemory.Free(t_bytes);
        t_bytes = null;
        if (t_text is not { } text) return null;
        t_text = null;
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        t_bytes = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(t_bytes, bytes.Length));
        return t_bytes;
    }

    /// <summary>Forgets what this thread failed at.</summary>
    public static void Clear() => (t_code, t_text) = (0, null);
}

/// <summary>Turns what a call threw into the code that it returns.</summary>
internal static class Guard
{
    public static int Failed(string function, Exception e)
    {
        int code = e switch { AclException acl => acl.Code, DeviceFault fault => fault.Code, _ => Code.Internal };
        Errors.Set(code, code == Code.Internal ? $"{function}: the simulator failed: {e}" : $"{function}: {e.Message}");
        return code;
    }
}
