using System.Text.RegularExpressions;

namespace Pure.Tuner.AscendAbi;

/// <summary>The files that are written from the manifest.</summary>
public static partial class AbiFiles
{
    private const string Backend = "src/Backends/Ascend", Bindings = "src/Backends/Ascend/Abi/Acl.g.cs";

    /// <summary>The functions that are known, a row each: the simulator has all of them, the backend binds those that it names.</summary>
    public const string Manifest = "tools/AscendAbi/abi.tsv";

    /// <summary>Path in the repository and text of each file.</summary>
    public static IEnumerable<(string Path, string Text)> Texts(string root)
    {
        IReadOnlyList<AbiFunction> functions = AbiFunction.Read(Path.Combine(root, Manifest));
        HashSet<string> named = NamesOf(root);
        yield return (Bindings, BindingWriter.Write([.. functions.Where(f => named.Contains(f.Name))]));
        yield return ("tests/Ascend.Simulator/Exports.g.cs", ExportWriter.Write(functions));
    }

    /// <summary>What the backend's sources, those of doctor and the tests that break rules by hand name.</summary>
    private static HashSet<string> NamesOf(string root)
    {
        string[] folders = [Path.Combine(root, Backend), Path.Combine(root, "src/Cli"), Path.Combine(root, "tests/Ascend")];
        return [.. folders.SelectMany(f => Directory.EnumerateFiles(f, "*.cs", SearchOption.AllDirectories))
            .Where(f => Path.GetFileName(f) != Path.GetFileName(Bindings) && !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => Name().Matches(File.ReadAllText(f)).Select(m => m.Value))];
    }

    [GeneratedRegex(@"\b(acl|Hccl)\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    /// <summary>The repository above the working folder.</summary>
    public static string Root()
    {
        for (string? at = Environment.CurrentDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "Pure.Tuner.sln"))) return at;
        throw new InvalidOperationException("run this inside the repository");
    }
}
