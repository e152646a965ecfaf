using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend;

/// <summary>Sets the variables that the vendor's libraries read, for this process, where nobody set them: what sourcing set_env.sh does.</summary>
internal static partial class ProcessEnvironment
{
    /// <summary>Without ASCEND_OPP_PATH every operator answers 561107.</summary>
    public static void Prepare(AscendToolkit toolkit)
    {
        SetIfAbsent("ASCEND_HOME_PATH", toolkit.Root);
        SetIfAbsent("ASCEND_TOOLKIT_HOME", toolkit.Root);
        SetIfAbsent("ASCEND_OPP_PATH", toolkit.OperatorFolder);
        SetIfAbsent("ASCEND_AICPU_PATH", toolkit.Root);
        SetIfAbsent("TOOLCHAIN_HOME", Path.Combine(toolkit.Root, "toolkit"));
        // Too late for this process's own loader, which read it at start (LibraryFiles loads by full path instead), but in time for what
        // the libraries start themselves.
        string[] now = (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        string[] missing = [.. toolkit.SearchFolders().Where(f => Directory.Exists(f) && !now.Contains(f))];
        if (missing.Length > 0) Set("LD_LIBRARY_PATH", string.Join(':', [.. now, .. missing]));
    }

    private static void SetIfAbsent(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) Set(name, value);
    }

    /// <summary>.NET keeps a copy of the environment; a C library sees only what libc's own setenv was told.</summary>
    private static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsLinux()) _ = SetNative(name, value, 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
