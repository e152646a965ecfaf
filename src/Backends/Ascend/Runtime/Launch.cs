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
            PlanInto(device, executors, made);
            if (Kept is not null && !Keep(device.Acl, Kept)) PlanInto(device, executors, made = Own);
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
    /// <exception cref="AclException">An executor does not take other addresses, and what was planned in its place needs more workspace.</exception>
    public int Start(AclDevice device, ExecutorCache executors)
    {
        // Whoever used it before has been launched, and whoever comes next sets its own: the launching thread takes them one after another.
        if (Kept is not null && TakesAddresses(device.Acl, Kept.Objects)) return Run(Workspace, WorkspaceBytes, Kept.Objects.Executor, device.Stream);
        if (Kept is not null)
        {
            // Another generation of the library may count tensors in another way. Nothing was enqueued, so it is planned as if nothing were kept.
            Kept.State = ExecutorState.Refused;
            Loose();
            ulong room = WorkspaceBytes;
            PlanInto(device, executors, Own);
            if (WorkspaceBytes > room) throw new AclException($"{Name}: planned again it needs {WorkspaceBytes} bytes of workspace, not {room}; set PURE_TUNER_EXECUTOR_CACHE=0", 500000, "aclSetTensorAddr");
        }
        nint executor = Own.Executor;
        Own.Executor = 0;                            // phase two destroys it, success or failure
        return Run(Workspace, WorkspaceBytes, executor, device.Stream);
    }

    /// <summary>Gives back what was made for it alone.</summary>
    public void Release(Acl acl)
    {
        Own.Release(acl);
        if (Kept is not null) Loose();
    }

    private void PlanInto(AclDevice device, ExecutorCache executors, OpObjects made)
    {
        executors.Planned();
        int status = Call.Plan(device, PhaseOne, made, out WorkspaceBytes);
        if (status != 0) throw device.Failure(status, "aclnn" + Name, Arguments);
    }

    private bool TakesAddresses(Acl acl, OpObjects objects)
    {
        ReadOnlySpan<nint> addresses = Call.Addresses;
        for (int i = 0; i < addresses.Length; i++)
            if (acl.aclSetTensorAddr(objects.Executor, (nuint)i, objects.Tensors[i], addresses[i]) != 0) return false;
        return true;
    }

    /// <summary>Makes what was planned repeatable, straight after phase one; whether the library agrees. What it refuses is destroyed: some of its operators take it for repeatable all the same, and phase two would not end it.</summary>
    private bool Keep(Acl acl, KeptExecutor kept)
    {
        if (acl.aclSetAclOpExecutorRepeatable(kept.Objects.Executor) == 0)
        {
            kept.WorkspaceBytes = WorkspaceBytes;
            kept.State = ExecutorState.Ready;
            return true;
        }
        kept.Objects.Release(acl);
        kept.State = ExecutorState.Refused;
        Loose();
        return false;
    }

    private void Loose()
    {
        Kept!.GiveBack();
        Kept = null;
    }
}
