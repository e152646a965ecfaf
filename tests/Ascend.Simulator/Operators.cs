namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What phase one made: a call that is checked, its kernel, and the size of workspace that it wants.</summary>
internal sealed class Executor(PlannedCall call, Plan plan, SimContext context)
{
    public PlannedCall Call { get; private set; } = call;
    public Plan Plan { get; private set; } = plan;
    public SimContext Context => context;

    /// <summary>Bytes of workspace that phase two must be given.</summary>
    public ulong Workspace => (ulong)Round.Workspace(Plan.WorkspaceBytes);

    /// <summary>Whether it stays after a launch.</summary>
    public bool IsRepeatable { get; set; }

    /// <summary>What the library would keep its plan by; null where it keeps none.</summary>
    public string? Key { get; } = CardSupport.IsGenerated(call.Operator) ? null : call.Key();

    /// <summary>Whether phase one found the plan of an earlier launch: such an executor runs, but cannot be kept.</summary>
    public bool IsFromCache { get; set; }

    private readonly HashSet<int> _old = [];

    /// <summary>Whether it has run.</summary>
    public bool IsLaunched { get; private set; }

    /// <summary>A tensor that still has the address of the last run; null if there is none.</summary>
    public string? Old => _old.Count == 0 ? null : Call.NameOf(_old.Min());

    /// <summary>It was launched: its addresses are those of that run.</summary>
    public void Launched()
    {
        IsLaunched = true;
        foreach ((nint handle, int argument) in Call.Tensors(inputs: true, outputs: true))
            if (handle != 0 && Call.HasElements(argument)) _old.Add(argument);
    }

    /// <summary>Plans anew with a tensor in another place. What was launched before keeps its own.</summary>
    public void Move(int argument, ulong address)
    {
        _old.Remove(argument);
        Call = Call.With(argument, address);
        Plan = OperatorTable.All[Call.Operator](Call);
    }
}

/// <summary>Both phases of every operator.</summary>
internal static unsafe class Operators
{
    /// <summary>Phase one.</summary>
    public static int Plan(string op, ReadOnlySpan<ulong> args, ulong* workspaceSize, nint* executor)
    {
        SimContext context = Runtime.Context("6.plan-thread");
        World world = context.Device.World;
        if (workspaceSize is null || executor is null) throw new AclException(Code.NullPointer, "6.plan-results", "the place for the workspace's size or for the executor is null");
        string symbol = "aclnn" + op;
        if (!Simulator.Exists(symbol, world.Options, world.Faults)) throw new AclException(Code.InnerNull, "6.operator-missing", $"the toolkit (CANN {world.Options.Cann}) has no {symbol}");
        if (!OperatorTable.All.TryGetValue(op, out Func<ICall, Plan>? plan)) throw new AclException(Code.InnerNull, "6.operator-missing", "the simulator has no kernel for it");
        if ((world.Faults.Next("plan", symbol) ?? world.Faults.Next("plan-" + op, symbol)) is { } code) throw new AclException(code, "", "phase one failed (injected)");
        var call = new PlannedCall(context, op, args);
        var made = new Executor(call, plan(call), context);
        made.IsFromCache = made.Key is { } key && world.Plans.ContainsKey(key);
        *workspaceSize = made.Workspace;
        *executor = world.Handles.Add(made);
        return Code.Ok;
    }

    /// <summary>Phase two.</summary>
    public static int Launch(string op, nint workspace, ulong size, nint executor, nint stream)
    {
        SimContext context = Runtime.Context("6.plan-thread");
        Handles handles = context.Device.World.Handles;
        if (executor == 0) throw new AclException(Code.NullPointer, "6.executor-null", "the executor is null");
        Executor found = handles.Find<Executor>(executor) ?? throw Spent(handles, executor);
        if (!found.IsRepeatable) handles.Remove<Executor>(executor);      // whatever comes now, it is used up
        try
        {
            Launch(context, op, workspace, size, found, stream);
            return Code.Ok;
        }
        catch (AclException) when (!found.IsRepeatable)
        {
            handles.Failed(executor);
            throw;
        }
    }

    private static AclException Spent(Handles handles, nint executor)
    {
        string what = $"a live executor was expected, found {handles.Describe(executor)}";
        if (handles.HasFailed(executor)) return new(Code.Inner, "6.launch-destroys", what + " by a launch that failed");
        return new(Code.Inner, handles.WasMade(executor) ? "6.one-shot" : "6.plan-handle", what);
    }

    private static void Launch(SimContext context, string op, nint workspace, ulong size, Executor found, nint stream)
    {
        World world = context.Device.World;
        if (found.Call.Operator != op) throw new AclException(Code.InvalidParameter, "6.executor-operator", $"the executor was planned by aclnn{found.Call.Operator}");
        if (found.Context != context) throw new AclException(Code.ForeignStream, "6.launch-context", "the executor was planned in another context");
        SimStream queue = Runtime.Stream(context, stream);
        CheckWorkspace(context, found, workspace, size);
        foreach (nint tensor in found.Call.Tensors())
            if (world.Handles.Find<SimTensor>(tensor) is null) throw new AclException(Code.InnerNull, found.IsRepeatable ? "6.repeat-tensors" : "6.tensors-live", $"a tensor that phase one saw was destroyed before phase two (0x{tensor:x})");
        if (found.Old is { } old) throw new AclException(Code.InvalidParameter, "6.address-old", $"{old} still has the address of the last run");
        context.ThrowIfBroken();
        if (found.Plan.Refusal is { } refusal) throw refusal;
        if (world.Faults.Next("refuse-" + op, "aclnn" + op) is { } late) throw new AclException(late, "", "phase two refused (injected)");
        if (found.IsRepeatable) found.Launched();
        else if (found.Key is { } key) world.Plans.TryAdd(key, 0);
        world.Counters.Launched(op);
        int? fault = world.Faults.Next("launch", "aclnn" + op);
        Plan plan = found.Plan;
        string name = "aclnn" + op;
        List<Access> accesses = found.Call.Accesses();
        if (size > 0) accesses.Add(Access.Of(workspace, (long)size, writes: true) with { IsWorkspace = true });
        queue.Enqueue(new Job(name, view => Run(view, name, plan, (ulong)workspace, (long)size, fault, queue)) { Accesses = accesses });
    }

    private static void CheckWorkspace(SimContext context, Executor executor, nint workspace, ulong size)
    {
        ulong wanted = executor.Workspace;
        if (wanted > 0 && workspace == 0) throw new AclException(Code.NullPointer, "6.workspace-null", $"phase one asked for a workspace of {wanted} bytes, found null");
        if (size != wanted) throw new AclException(Code.InvalidParameter, "6.workspace-size", $"phase one asked for a workspace of {wanted} bytes, found {size}");
        if (wanted == 0) return;
        if (DeviceMemory.DeviceOf((ulong)workspace) != context.Device.Index || context.Device.Memory.Blocks.Find((ulong)workspace) is not { } block || !block.Contains((ulong)workspace, (long)size))
            throw new AclException(Code.InvalidParameter, "6.workspace-memory", $"{size} bytes at 0x{workspace:x} lie in no live block of device {context.Device.Index}");
        TensorRules.CheckAddress((ulong)workspace, "the workspace");
    }

    /// <summary>A kernel on its stream. It writes over its workspace, as a real one does.</summary>
    private static void Run(DeviceView view, string name, Plan plan, ulong workspace, long size, int? fault, SimStream stream)
    {
        stream.Delay();
        if (fault is { } code) throw new DeviceFault(code, "", $"{name}: the kernel failed (injected)");
        if (size > 0)
        {
            try { view.Write(workspace, size).Fill(Block.Poison); }
            catch (DeviceFault e) { throw new DeviceFault(e.Code, "6.workspace-live", $"{e.Text}: the workspace"); }
        }
        plan.Work(view);
        view.CheckHeld();
    }
}
