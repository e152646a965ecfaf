using System.Globalization;

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
    public LaunchKind Kind;
    public string Name = "";

    /// <summary>Of an operator: what it was called with.</summary>
    public OpArguments Call = new();

    /// <summary>Phase one on what was recorded, and phase two.</summary>
    public delegate*<Acl, OpArguments, int> PhaseOne;
    public delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> Run;

    /// <summary>An executor that outlives the launch; null if it has one of its own.</summary>
    public KeptExecutor? Kept;

    /// <summary>What was planned for this launch alone. The executor is spent by phase two whether it succeeds or not.</summary>
    public readonly OpObjects Own = new();

    public nint Workspace;
    public ulong WorkspaceBytes;

    /// <summary>Of a copy.</summary>
    public nint To, From;
    public long Bytes;
    public int Direction;

    /// <summary>Of an event.</summary>
    public nint Event;

    /// <summary>Events around it, for its time on the card; 0 for none.</summary>
    public nint Before, Behind;

    private bool _isPlanned;

    public void Reset(LaunchKind kind, string name)
    {
        (Kind, Name, _isPlanned) = (kind, name, false);
        (Workspace, WorkspaceBytes) = (0, 0);
        (Before, Behind) = (0, 0);
    }

    /// <summary>The arguments, for a message.</summary>
    public string Arguments => Kind switch
    {
        LaunchKind.Operator => Call.ToString(),
        LaunchKind.Copy => $"{Bytes} bytes {Direction switch { AclTypes.HostToDevice => "to the card", AclTypes.DeviceToHost => "to the host", _ => "on the card" }}",
        _ => "",
    };

    public override string ToString() => Arguments is { Length: > 0 } arguments ? $"{Name} ({arguments})" : Name;

    /// <summary>Phase one, unless an executor is kept that was planned for the like.</summary>
    /// <exception cref="AclException">The library refuses.</exception>
    public void Plan(AclDevice device, ExecutorCache executors)
    {
        if (_isPlanned) return;
        if (Kept is { State: ExecutorState.Ready } ready)
        {
            (WorkspaceBytes, _isPlanned) = (ready.WorkspaceBytes, true);
            executors.Reused();
            return;
        }
        if (Kept is { State: not ExecutorState.Planning }) Loose();       // refused since it was handed over
        OpObjects made = Kept?.Objects ?? Own;
        try
        {
            executors.Planned();
            int status = Call.Plan(device, PhaseOne, made, out WorkspaceBytes);
            if (status != 0) throw device.Failure(status, "aclnn" + Name, Arguments);
            if (Kept is not null) Keep(device.Acl, Kept);
            _isPlanned = true;
        }
        catch
        {
            made.Release(device.Acl);
            if (Kept is not null) Kept.State = ExecutorState.Refused;     // and whoever asks again plans for himself
            throw;
        }
    }

    /// <summary>Phase two; the status.</summary>
    public int Start(AclDevice device)
    {
        if (Kept is null)
        {
            nint executor = Own.Executor;
            Own.Executor = 0;                        // phase two destroys it, success or failure
            return Run(Workspace, WorkspaceBytes, executor, device.Stream);
        }
        // Whoever used it before has been launched, and whoever comes next sets its own: the launching thread takes them one after another.
        OpObjects objects = Kept.Objects;
        ReadOnlySpan<nint> addresses = Call.Addresses;
        for (int i = 0; i < addresses.Length; i++)
            if (device.Acl.aclSetTensorAddr(objects.Executor, (nuint)i, objects.Tensors[i], addresses[i]) is not 0 and var status)
                return status;
        return Run(Workspace, WorkspaceBytes, objects.Executor, device.Stream);
    }

    /// <summary>Gives back what was made for it alone.</summary>
    public void Release(Acl acl)
    {
        Own.Release(acl);
        if (Kept is not null) Loose();
    }

    /// <summary>Makes what was planned repeatable, straight after phase one; where the library refuses, it serves this launch alone.</summary>
    private void Keep(Acl acl, KeptExecutor kept)
    {
        if (acl.aclSetAclOpExecutorRepeatable(kept.Objects.Executor) == 0)
        {
            kept.WorkspaceBytes = WorkspaceBytes;
            kept.State = ExecutorState.Ready;
            return;
        }
        kept.Objects.MoveTo(Own);
        kept.State = ExecutorState.Refused;
        Loose();
    }

    private void Loose()
    {
        Kept!.GiveBack();
        Kept = null;
    }
}
