namespace Pure.Tuner.AscendAbi;

/// <summary>One parameter of a function: its C type without const, and its name.</summary>
public sealed record AbiParameter(string CType, string Name)
{
    /// <summary>The type that is passed in C#: handles and addresses of the device are numbers, enumerations 32 bits, bool one byte.</summary>
    public string Type => CTypes.Of(CType);

    /// <summary>The name, safe in C#.</summary>
    public string SafeName => Name is "out" or "in" or "params" or "fixed" or "string" or "object" or "event" or "lock" or "base" ? "@" + Name : Name;
}

/// <summary>A row of the manifest: what the vendor's library exports.</summary>
/// <param name="Library">The file that exported it in CANN 8.1.</param>
/// <param name="Name">The symbol.</param>
/// <param name="ReturnType">C type, without const.</param>
/// <param name="Parameters">In order.</param>
/// <param name="Group">runtime, meta, hccl, profiling or a kind of operator.</param>
public sealed record AbiFunction(string Library, string Name, string ReturnType, IReadOnlyList<AbiParameter> Parameters, string Group)
{
    private const string PhaseOneEnd = "GetWorkspaceSize";

    /// <summary>Whether it plans an operator: checks, the workspace's size and an executor.</summary>
    public bool IsPhaseOne => Name.StartsWith("aclnn", StringComparison.Ordinal) && Name.EndsWith(PhaseOneEnd, StringComparison.Ordinal);

    /// <summary>The operator's name if this plans it.</summary>
    public string Operator => Name["aclnn".Length..^PhaseOneEnd.Length];

    /// <summary>What an operator takes, without the two results of planning.</summary>
    public IEnumerable<AbiParameter> Arguments => IsPhaseOne ? Parameters.SkipLast(2) : Parameters;

    /// <summary>Reads the rows of a manifest; the first line names the columns.</summary>
    public static IReadOnlyList<AbiFunction> Read(string path)
    {
        var functions = new List<AbiFunction>();
        int line = 1;
        foreach (string row in File.ReadLines(path).Skip(1))
        {
            line++;
            string[] columns = row.Split('\t');
            if (columns.Length < 5) throw new InvalidDataException($"{path}:{line}: a row has at least five columns, this one {columns.Length}");
            functions.Add(new(columns[0], columns[1], Plain(columns[2]), [.. columns[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parameter)], columns[4]));
        }
        return functions;

        AbiParameter Parameter(string text)
        {
            string plain = Plain(text);
            int end = plain.LastIndexOfAny([' ', '*']) + 1;
            if (end <= 0) throw new InvalidDataException($"{path}:{line}: '{text}' has no name");
            return new(plain[..end].Replace(" ", "", StringComparison.Ordinal), plain[end..]);
        }
    }

    private static string Plain(string type) => type.Replace("const ", "", StringComparison.Ordinal).Replace("* const", "*", StringComparison.Ordinal).Trim();
}
