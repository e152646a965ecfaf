namespace Pure.Tuner.Tests;

/// <summary>The backends that operators are tested on, poisoned: what a kernel leaves unwritten is NaN, what it writes behind the end is found.</summary>
internal static class Devices
{
    /// <summary>All that compute; the null backend does not.</summary>
    public static IEnumerable<string> Tested => Backends.All.Keys.Where(name => name != "null");

    public static Backend Open(string name)
    {
        Backend backend = Backends.Open(name);
        if (backend is HostBackend host) host.Poison = true;
        return backend;
    }
}
