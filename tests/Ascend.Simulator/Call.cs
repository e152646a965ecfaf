namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What phase one of an operator was given. Names are those of the ABI.</summary>
internal interface ICall
{
    /// <summary>The operator's name without prefix: Add, Matmul.</summary>
    string Operator { get; }

    /// <summary>The card that is imitated.</summary>
    Card Card { get; }

    /// <summary>Whether the context asks for deterministic kernels.</summary>
    bool Deterministic { get; }

    /// <summary>A tensor that must be there; else 161001.</summary>
    SimTensor Tensor(string name);

    /// <summary>A tensor that may be null.</summary>
    SimTensor? OptionalTensor(string name);

    /// <summary>The tensors of a list; a null list is empty.</summary>
    SimTensor[] Tensors(string name);

    /// <summary>A scalar that must be there, widened.</summary>
    double Scalar(string name);

    /// <summary>An array of integers that may be null.</summary>
    long[]? Integers(string name);

    /// <summary>An integer or an enumeration.</summary>
    long Integer(string name);

    /// <summary>A bool; any byte but 0 and 1 is refused.</summary>
    bool Flag(string name);

    /// <summary>A float or double by value, as the ABI says.</summary>
    double Number(string name);

    /// <summary>A string, or null.</summary>
    string? Text(string name);

    /// <summary>What to throw when a rule is broken: the code that phase one returns and the message of aclGetRecentErrMsg. <paramref name="rule"/> is the rule's id in rules.tsv.</summary>
    Exception Refuse(int code, string rule, string message);
}

/// <summary>What phase one planned.</summary>
/// <param name="WorkspaceBytes">Room that phase two must be given.</param>
/// <param name="Work">The kernel; it runs later on the stream's thread. It throws <see cref="DeviceFault"/> for what a card finds out only while it computes.</param>
internal sealed record Plan(long WorkspaceBytes, Action<IDeviceMemory> Work)
{
    /// <summary>Why phase two refuses, where phase one loses the answer; null if it does not.</summary>
    public Exception? Refusal { get; init; }
}

/// <summary>The kernel finds no way to cut these sizes.</summary>
internal sealed class TilingException(Exception refusal) : Exception(refusal.Message, refusal);

/// <summary>The device's memory as a kernel sees it: every access is checked to lie in a live block, poison is what was never written.</summary>
internal interface IDeviceMemory
{
    /// <summary>Bytes of a block to read.</summary>
    ReadOnlySpan<byte> Read(ulong address, long bytes);

    /// <summary>Bytes of a block to write.</summary>
    Span<byte> Write(ulong address, long bytes);

    /// <summary>Tells a breach that a card does not notice: its result is garbage.</summary>
    void Note(string rule, string text) => Breaches.Report(rule, text);
}

/// <summary>A fault of a kernel: the next synchronisation of its stream returns <paramref name="code"/> and names the rule that was broken, if one was.</summary>
internal sealed class DeviceFault(int code, string rule, string text) : Exception(rule.Length == 0 ? text : $"{text} [{rule}]")
{
    public int Code { get; } = code;
    public string Rule { get; } = rule;

    /// <summary>What happened, without the rule.</summary>
    public string Text { get; } = text;
}

/// <summary>Phase one of each operator: checks its arguments and plans its kernel.</summary>
internal static partial class OperatorTable
{
    /// <summary>By name. Each group of operators adds its own.</summary>
    public static IReadOnlyDictionary<string, Func<ICall, Plan>> All { get; } = Build();

    private static Dictionary<string, Func<ICall, Plan>> Build()
    {
        var all = new Dictionary<string, Func<ICall, Plan>>(StringComparer.Ordinal);
        foreach (Action<Dictionary<string, Func<ICall, Plan>>> group in Groups) group(all);
        return all;
    }
}
