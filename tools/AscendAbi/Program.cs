using Pure.Tuner.AscendAbi;

// dotnet run --project tools/AscendAbi                              writes the bindings and the simulator's exports anew
// dotnet run --project tools/AscendAbi -- MANIFEST NAME ...          takes functions (operators: Add, Matmul ...) into abi.tsv from a manifest first
string root = AbiFiles.Root(), own = Path.Combine(root, AbiFiles.Manifest);
if (args.Length > 0)
{
    string[] all = File.ReadAllLines(args[0]);
    var wanted = args.Skip(1).SelectMany(n => n.StartsWith("acl", StringComparison.Ordinal) || n.StartsWith("Hccl", StringComparison.Ordinal) ? [n] : new[] { $"aclnn{n}GetWorkspaceSize", $"aclnn{n}" }).ToHashSet(StringComparer.Ordinal);
    if (File.Exists(own)) wanted.UnionWith(File.ReadLines(own).Skip(1).Select(NameOf));
    string[] rows = [.. all.Skip(1).Where(r => wanted.Contains(NameOf(r)))];
    var missing = wanted.Except(rows.Select(NameOf)).Order(StringComparer.Ordinal).ToArray();
    if (missing.Length > 0)
    {
        Console.Error.WriteLine($"{args[0]}: not there: {string.Join(", ", missing)}");
        return 1;
    }
    File.WriteAllLines(own, ["library\tfunction\treturn_type\tparameters\tgroup", .. rows.Select(r => string.Join('\t', r.Split('\t').Take(5)))]);
}
foreach ((string path, string text) in AbiFiles.Texts(root)) File.WriteAllText(Path.Combine(root, path), text);
return 0;

static string NameOf(string row) => row.Split('\t')[1];
