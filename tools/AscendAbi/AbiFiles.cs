using System.Text.RegularExpressions;

namespace Pure.Tuner.AscendAbi;

/// <summary>The files that are written from the manifest.</summary>
public static partial class AbiFiles
{
    private const string Backend = "src/Backends/Ascend", Bindings = Backend + "/Abi/Acl.g.cs", Calls = Backend + "/Abi/OpCall.g.cs";

    /// <summary>The functions that are known, a row each: the simulator has all of them, the backend binds those that it names.</summary>
    public const string Manifest = "tools/AscendAbi/abi.tsv";

    /// <summary>Path in the repository and text of each file.</summary>
    public static IEnumerable<(string Path, string Text)> Texts(string root)
    {
        IReadOnlyList<AbiFunction> functions = AbiFunction.Read(Path.Combine(root, Manifest));
        HashSet<string> called = NamesIn([Path.Combine(root, Backend)]);
        HashSet<string> named = NamesIn([Path.Combine(root, Backend), Path.Combine(root, "src/Cli"), Path.Combine(root, "tests/Ascend")]);
        yield return (Bindings, BindingWriter.Write([.. functions.Where(f => named.Contains(f.Name) || f.IsPhaseOne && named.Contains("aclnn" + f.Operator))]));
        yield return (Calls, CallWriter.Write([.. functions.Where(f => f.IsPhaseOne && called.Contains("aclnn" + f.Operator))]));
        yield return ("tests/Ascend.Simulator/Exports.g.cs", ExportWriter.Write(functions));
    }

    /// <summary>What sources name, those that are written here aside.</summary>
    private static HashSet<string> NamesIn(string[] folders) =>
        [.. folders.SelectMany(f => Directory.EnumerateFiles(f, "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.EndsWith(".g.cs", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => Name().Matches(File.ReadAllText(f)).Select(m => m.Value))];

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
