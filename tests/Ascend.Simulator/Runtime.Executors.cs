namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Executors that are kept.</summary>
internal static unsafe partial class Runtime
{
    public static int aclSetAclOpExecutorRepeatable(nint executor)
    {
        World world = Enter();
        if (executor == 0) throw new AclException(Code.NullPointer, "6.executor-null", "the executor is null");
        Executor found = world.Handles.Find<Executor>(executor) ?? throw new AclException(Code.Inner, "6.repeat-straight", $"a live executor was expected, found {world.Handles.Describe(executor)}");
        if (found.IsLaunched) throw new AclException(Code.Inner, "6.repeat-straight", "the executor was launched before: it is made repeatable straight after phase one");
        if (found.Call.NotRepeatable() is { } reason) throw new AclException(Code.Inner, "6.repeat-refused", $"aclnn{found.Call.Operator} cannot be repeated: {reason}");
        if (found.IsFromCache) throw new AclException(Code.Inner, "6.repeat-cached", $"a like call of aclnn{found.Call.Operator} was launched before without being repeatable, and the library has kept that plan: make the first one repeatable");
        found.IsRepeatable = true;
        return Code.Ok;
    }

    public static int aclDestroyAclOpExecutor(nint executor)
    {
        World world = Enter();
        if (executor == 0) throw new AclException(Code.NullPointer, "6.executor-null", "the executor is null");
        if (world.Handles.Remove<Executor>(executor) is null) throw new AclException(Code.InvalidParameter, "6.executor-destroy", $"a live executor was expected, found {world.Handles.Describe(executor)}");
        return Code.Ok;
    }

    public static int aclSetInputTensorAddr(nint executor, nuint index, nint tensor, nint addr) => SetAddress(executor, index, tensor, addr, inputs: true, outputs: false);

    public static int aclSetOutputTensorAddr(nint executor, nuint index, nint tensor, nint addr) => SetAddress(executor, index, tensor, addr, inputs: false, outputs: true);

    public static int aclSetTensorAddr(nint executor, nuint index, nint tensor, nint addr) => SetAddress(executor, index, tensor, addr, inputs: true, outputs: true);

    private static int SetAddress(nint executor, nuint index, nint tensor, nint addr, bool inputs, bool outputs)
    {
        World world = Enter();
        if (executor == 0) throw new AclException(Code.NullPointer, "6.executor-null", "the executor is null");
        if (tensor == 0 || addr == 0) throw new AclException(Code.NullPointer, "6.address-index", "the tensor or the address is null");
        Executor found = world.Handles.Find<Executor>(executor) ?? throw new AclException(Code.InvalidParameter, "6.plan-handle", $"a live executor was expected, found {world.Handles.Describe(executor)}");
        if (!found.IsRepeatable) throw new AclException(Code.InvalidParameter, "6.address-repeatable", "the executor is not repeatable");
        (nint Handle, int Argument)[] tensors = found.Call.Tensors(inputs, outputs);
        if (index >= (nuint)tensors.Length || tensors[index].Handle != tensor || world.Handles.Find<SimTensor>(tensor) is null)
            throw new AclException(Code.InvalidParameter, "6.address-index", $"tensor {index} of {tensors.Length} was expected to be the one that was planned there, found {world.Handles.Describe(tensor)}");
        TensorRules.CheckAddress((ulong)addr, $"tensor {index}");
        found.Move(tensors[index].Argument, (ulong)addr);
        return Code.Ok;
    }
}
