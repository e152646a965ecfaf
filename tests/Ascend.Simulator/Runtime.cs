using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The runtime's functions. Each throws <see cref="AclException"/> where the library returns a code.</summary>
internal static unsafe partial class Runtime
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, nint> s_texts = new(StringComparer.Ordinal);
    private static World? s_world;
    private static bool s_acl, s_aclnn, s_wasFinalised;

    [ThreadStatic] private static SimContext? s_current;

    /// <summary>The state that is alive, for tests and reports; null before aclInit.</summary>
    public static World? Alive => s_world;

    public static int aclInit(byte* configPath) => Initialise(ref s_acl, configPath, "aclInit");

    public static int aclnnInit(byte* configPath) => Initialise(ref s_aclnn, configPath, "aclnnInit");

    public static int aclFinalize() => Finalise(ref s_acl, "aclFinalize");

    public static int aclnnFinalize() => Finalise(ref s_aclnn, "aclnnFinalize");

    /// <summary>Ends everything, as if the process began.</summary>
    public static void Reset()
    {
        lock (s_gate)
        {
            s_world?.End();
            s_world = null;
            s_acl = s_aclnn = s_wasFinalised = false;
            s_current = null;
            Errors.Clear();
        }
    }

    public static int aclrtGetVersion(int* majorVersion, int* minorVersion, int* patchVersion)
    {
        if (majorVersion is null || minorVersion is null || patchVersion is null) throw Null("a version");
        (*majorVersion, *minorVersion, *patchVersion) = Simulator.Options.Cann == "8.1" ? (1, 13, 0) : (1, 15, 0);
        return Code.Ok;
    }

    public static byte* aclGetRecentErrMsg() => Errors.Take();

    public static int aclrtPeekAtLastError(int level) => level == 0 ? Errors.Code : throw new AclException(Code.InvalidArgument, "3.enumeration", $"level 0 (thread) was expected, found {level}");

    public static int aclrtGetLastError(int level)
    {
        int code = aclrtPeekAtLastError(level);
        Errors.Code = 0;
        return code;
    }

    /// <summary>Fills version, major, minor, release and patch of a struct of 512 bytes.</summary>
    public static int aclsysGetCANNVersion(int name, nint version)
    {
        if (version == 0) throw Null("version");
        if (name is < 0 or > 7) throw new AclException(Code.InvalidArgument, "3.enumeration", $"a package from 0 to 7 was expected, found {name}");
        var fields = new Span<byte>((void*)version, 512);
        fields.Clear();
        string[] texts = Simulator.Options.Cann == "8.1" ? ["8.1.RC1", "8", "1", "RC1", ""] : ["9.0.0", "9", "0", "0", ""];
        int at = 0;
        foreach (string text in texts)
        {
            Encoding.ASCII.GetBytes(text, fields[at..]);
            at += at == 0 ? 128 : 64;
        }
        return Code.Ok;
    }

    public static byte* aclrtGetSocName() => Text(Enter().Card.Soc);

    /// <summary>0 infinities and NaN as in IEEE 754, 1 bfloat16, 2 compilation at run time.</summary>
    public static int aclGetCannAttribute(int cannAttr, int* value)
    {
        Card card = Enter().Card;
        if (value is null) throw Null("value");
        *value = cannAttr switch
        {
            0 => card.IsA2OrLater ? 1 : 0,
            1 => card.HasBFloat16 ? 1 : 0,
            2 => 1,
            _ => throw new AclException(Code.InvalidArgument, "3.enumeration", $"an attribute from 0 to 2 was expected, found {cannAttr}"),
        };
        return Code.Ok;
    }

    /// <summary>0 matrix cores, 1 vector cores, 2 bytes of cache.</summary>
    public static int aclGetDeviceCapability(uint deviceId, int deviceInfo, long* value)
    {
        World world = Enter();
        world.Device(checked((int)deviceId));
        if (value is null) throw Null("value");
        *value = deviceInfo switch
        {
            0 => world.Card.CubeCores,
            1 => world.Card.VectorCores,
            2 => world.Card.CacheBytes,
            _ => throw new AclException(Code.InvalidArgument, "3.enumeration", $"0 to 2 was expected, found {deviceInfo}"),
        };
        return Code.Ok;
    }

    /// <summary>The state, for a call that needs no device.</summary>
    public static World Enter() => s_world ?? throw new AclException(Code.Uninitialised, "5.init-first", "aclInit or aclnnInit comes first");

    /// <summary>The current context of this thread.</summary>
    /// <param name="rule">The rule that a thread without a device breaks.</param>
    public static SimContext Context(string rule = "5.thread-device")
    {
        World world = Enter();
        if (s_current is not { } context || context.Device.World != world) throw new AclException(Code.NoContext, rule, "this thread has no device: aclrtSetDevice or aclrtSetCurrentContext comes first on each thread");
        if (context.IsEnded) throw new AclException(Code.InvalidHandle, "5.context-handle", "the context of this thread was destroyed, or its device reset");
        return context;
    }

    private static int Initialise(ref bool done, byte* configPath, string name)
    {
        lock (s_gate)
        {
            if (done) throw new AclException(Code.RepeatedInit, "5.init-once", $"{name} was called before");
            if (configPath is not null && Marshal.PtrToStringUTF8((nint)configPath) is var path && !File.Exists(path)) throw new AclException(Code.InvalidArgument, "5.init-config", $"the configuration {path} is no file");
            s_world ??= new World(Simulator.Options);
            done = true;
            return Code.Ok;
        }
    }

    private static int Finalise(ref bool done, string name)
    {
        lock (s_gate)
        {
            if (!done) throw s_wasFinalised ? new AclException(Code.RepeatedFinalize, "5.finalize-once", $"{name} was called before") : new AclException(Code.Uninitialised, "5.init-first", $"{name} ends what was never begun");
            done = false;
            s_wasFinalised = true;
            if (s_acl || s_aclnn) return Code.Ok;
            World world = s_world!;
            s_world = null;
            Simulator.Ended(world);
            world.End();
            return Code.Ok;
        }
    }

    /// <summary>Text that lives as long as the process.</summary>
    private static byte* Text(string text)
    {
        lock (s_texts)
        {
            if (!s_texts.TryGetValue(text, out nint bytes)) s_texts[text] = bytes = Marshal.StringToCoTaskMemUTF8(text);
            return (byte*)bytes;
        }
    }

    private static AclException Null(string argument) => new(Code.InvalidArgument, "5.result-null", $"{argument} is null");
}
