using System.Globalization;
using System.Text;

namespace Pure.Tuner.Ascend;

/// <summary>What stands in a slot of the launch queue.</summary>
internal enum LaunchKind
{
    /// <summary>Phase two of an operator.</summary>
    Operator,
    /// <summary>A copy.</summary>
    Copy,
    /// <summary>An event.</summary>
    Record,
}

/// <summary>One argument of an operator, kept so that an error can tell what it was called with. Nothing is allocated for it.</summary>
internal readonly struct ArgumentNote(string name, Shape shape, DType dtype, bool isTensor, bool isStrided, double value)
{
    public override string ToString()
    {
        string called = name.Length > 24 || name.Contains(' ') || name.Contains('(') ? "" : name + " ";
        return isTensor ? $"{called}{dtype.Name} {shape}{(isStrided ? " strided" : "")}" : string.Create(CultureInfo.InvariantCulture, $"{called}{value:G6}");
    }
}

/// <summary>A slot of the launch queue: what is to be called, and the library's objects that die after it.</summary>
internal sealed unsafe class Launch
{
    private readonly ArgumentNote[] _notes = new ArgumentNote[24];
    private int _noted;

    public LaunchKind Kind;
    public string Name = "";

    /// <summary>Phase two, its workspace and its executor, which is spent by the call whether it succeeds or not.</summary>
    public delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> Run;
    public nint Workspace, Executor;
    public ulong WorkspaceBytes;

    /// <summary>Of a copy.</summary>
    public nint To, From;
    public long Bytes;
    public int Direction;

    /// <summary>Of an event.</summary>
    public nint Event;

    /// <summary>Events around it, for its time on the card; 0 for none.</summary>
    public nint Before, Behind;

    /// <summary>Objects made for the call. Phase one keeps pointers to tensors, so that they must live until phase two has returned; then they may go, before the card has run anything.</summary>
    public readonly List<nint> Tensors = [], Lists = [], Scalars = [], Arrays = [];

    public void Reset(LaunchKind kind, string name)
    {
        (Kind, Name, _noted) = (kind, name, 0);
        (Workspace, Executor, WorkspaceBytes) = (0, 0, 0);
        (Before, Behind) = (0, 0);
    }

    public void Note(string name, Tensor x) => Note(new ArgumentNote(name, x.Shape, x.DType, true, !x.IsContiguous, 0));

    public void Note(string name, double value) => Note(new ArgumentNote(name, default, default, false, false, value));

    public void Note(in ArgumentNote note)
    {
        if (_noted < _notes.Length) _notes[_noted++] = note;
    }

    /// <summary>The arguments, for a message.</summary>
    public string Arguments => Kind switch
    {
        LaunchKind.Operator => string.Join(", ", _notes.Take(_noted).Select(n => n.ToString())),
        LaunchKind.Copy => $"{Bytes} bytes {Direction switch { AclTypes.HostToDevice => "to the card", AclTypes.DeviceToHost => "to the host", _ => "on the card" }}",
        _ => "",
    };

    public override string ToString()
    {
        var text = new StringBuilder(Name);
        if (Arguments is { Length: > 0 } arguments) text.Append(" (").Append(arguments).Append(')');
        return text.ToString();
    }

    /// <summary>Gives the library's objects back; an executor that never came to phase two leaks unless it is destroyed by name.</summary>
    public void Release(Acl acl)
    {
        if (Executor != 0 && acl.aclDestroyAclOpExecutor != null) _ = acl.aclDestroyAclOpExecutor(Executor);
        Executor = 0;
        foreach (nint tensor in Tensors) _ = acl.aclDestroyTensor(tensor);
        foreach (nint list in Lists) _ = acl.aclDestroyTensorList(list);       // and its tensors
        foreach (nint scalar in Scalars) _ = acl.aclDestroyScalar(scalar);
        foreach (nint array in Arrays) _ = acl.aclDestroyIntArray(array);
        Tensors.Clear();
        Lists.Clear();
        Scalars.Clear();
        Arrays.Clear();
    }
}
