using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Pure.Tuner.Ascend;

/// <summary>The toolkit's libraries, opened by path: for each group of functions the files that may export them, in order.</summary>
/// <remarks>
/// 8.1 has one library of operators; 9.x several, of which the legacy one comes last, and the old one must not be mixed with them.
/// Custom packages come before both. A file or a symbol that is missing is no error here: what needs it says so.
/// </remarks>
internal sealed partial class LibraryFiles : ISymbols
{
    private readonly AscendToolkit _toolkit;
    private readonly Dictionary<string, nint> _open = new(StringComparer.Ordinal);
    private readonly List<nint> _runtime = [], _objects = [], _operators = [];

    /// <exception cref="NotSupportedException">The runtime library cannot be loaded.</exception>
    public LibraryFiles(AscendToolkit toolkit)
    {
        _toolkit = toolkit;
        ProcessEnvironment.Prepare(toolkit);
        string? failure = null;
        foreach (string name in (string[])["libascendcl.so", "libacl_rt.so"]) Add(_runtime, In(name), ref failure);
        if (_runtime.Count == 0) throw new NotSupportedException($"npu: the toolkit in {toolkit.Root} cannot be loaded: {failure}; check that driver and toolkit are installed and fit each other");
        Add(_objects, In("libnnopbase.so"), ref failure);
        foreach (string custom in toolkit.CustomLibraries()) Add(_operators, custom, ref failure);
        string[] split = [.. SplitLibraries()];
        foreach (string library in split) Add(_operators, library, ref failure);
        if (split.Length == 0) Add(_operators, In("libopapi.so"), ref failure);
        if (_operators.Count == 0) throw new NotSupportedException($"npu: the toolkit in {toolkit.Root} has no library of operators (libopapi.so or libopapi_*.so){(failure is null ? "" : $": {failure}")}; install the whole toolkit and the kernels of your card");
        _objects.AddRange(_operators);          // older toolkits export the objects from there
    }

    /// <summary>Libraries that were opened, for people.</summary>
    public IReadOnlyCollection<string> Files => _open.Keys;

    /// <summary>Why a library that is there could not be loaded.</summary>
    public Dictionary<string, string> Failures { get; } = new(StringComparer.Ordinal);

    public nint Find(string library, string name)
    {
        List<nint> group = library switch
        {
            "libascendcl.so" or "libacl_rt.so" => _runtime,
            "libnnopbase.so" => _objects,
            _ => _operators,
        };
        foreach (nint handle in group)
            if (NativeLibrary.TryGetExport(handle, name, out nint address)) return address;
        return 0;
    }

    private string In(string name) => Path.Combine(_toolkit.LibraryFolder, name);

    /// <summary>The several libraries of 9.x, the legacy one last; none where there is only the old one.</summary>
    private IEnumerable<string> SplitLibraries()
    {
        if (!File.Exists(In("libopapi_math.so"))) return [];
        string legacy = In("libopapi_legacy.so");
        string[] first = [.. ((string[])["libopapi_math.so", "libopapi_nn.so", "libopapi_transformer.so"]).Select(In).Where(File.Exists)];
        IEnumerable<string> others = Directory.EnumerateFiles(_toolkit.LibraryFolder, "libopapi_*.so").Order(StringComparer.Ordinal).Where(f => f != legacy && !first.Contains(f));
        return [.. first, .. others, .. File.Exists(legacy) ? new[] { legacy } : []];
    }

    private void Add(List<nint> group, string path, ref string? failure)
    {
        if (!File.Exists(path)) return;
        try { group.Add(Open(path, depth: 0)); }
        catch (DllNotFoundException e)
        {
            Failures[path] = e.Message;
            failure ??= e.Message;
        }
    }

    /// <summary>Opens a file; what it needs and the loader does not find is opened first from the folders that set_env.sh would have named.</summary>
    private nint Open(string path, int depth)
    {
        if (_open.TryGetValue(path, out nint known)) return known;
        for (int tries = 0; ; tries++)
        {
            try { return _open[path] = NativeLibrary.Load(path); }
            catch (DllNotFoundException e) when (depth < 8 && tries < 64 && Needed(e.Message, path) is { } needed) { Open(needed, depth + 1); }
        }
    }

    /// <summary>The library that a loader's message misses, where one of the folders has it and it was not opened yet.</summary>
    private string? Needed(string message, string path)
    {
        foreach (Match match in Missing().Matches(message))
        {
            string name = match.Groups[1].Value;
            if (name == Path.GetFileName(path)) continue;
            string? found = _toolkit.SearchFolders().Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
            if (found is not null && !_open.ContainsKey(found)) return found;
        }
        return null;
    }

    [GeneratedRegex(@"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")]
    private static partial Regex Missing();
}
