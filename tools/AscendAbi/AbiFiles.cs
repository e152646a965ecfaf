namespace Pure.Tuner.AscendAbi;

/// <summary>The files that are written from the manifest.</summary>
public static class AbiFiles
{
    /// <summary>The functions that are used, a row each.</summary>
    public const string Manifest = "tools/AscendAbi/abi.tsv";

    /// <summary>Path in the repository and text of each file.</summary>
    public static IEnumerable<(string Path, string Text)> Texts(string root)
    {
        IReadOnlyList<AbiFunction> functions = AbiFunction.Read(Path.Combine(root, Manifest));
        yield return ("src/Backends/Ascend/Abi/Acl.g.cs", BindingWriter.Write(functions));
        yield return ("tests/Ascend.Simulator/Exports.g.cs", ExportWriter.Write(functions));
    }

    /// <summary>The repository above the working folder.</summary>
    public static string Root()
    {
        for (string? at = Environment.CurrentDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "Pure.Tuner.sln"))) return at;
        throw new InvalidOperationException("run this inside the repository");
    }
}
