using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Both phases of an operator, its executor and what must live how long.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class LaunchRules
{
    [Fact, Shows("6.plan-codes"), Breaks("6.plan-results", "6.plan-null", "6.plan-handle", "6.tensor-data", "6.tensor-storage", "6.alpha", "6.output-stride")]
    public void Phase_one_checks_what_it_is_given()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint data = board.Malloc(64), x = board.Tensor(data, [8]), alpha = board.Scalar(1), executor = 77;
        ulong size;
        board.Breaks("6.plan-results", acl.aclnnAddGetWorkspaceSize(x, x, alpha, x, null, &executor));
        board.Breaks("6.plan-results", acl.aclnnAddGetWorkspaceSize(x, x, alpha, x, &size, null));
        board.Breaks("6.plan-null", acl.aclnnAddGetWorkspaceSize(0, x, alpha, x, &size, &executor));
        board.Breaks("6.alpha", acl.aclnnAddGetWorkspaceSize(x, x, 0, x, &size, &executor));
        Assert.Equal(77, executor);
        board.Breaks("6.plan-handle", acl.aclnnAddGetWorkspaceSize(x, alpha, alpha, x, &size, &executor));
        nint gone = board.Tensor(data, [8]);
        board.Ok(acl.aclDestroyTensor(gone));
        board.Breaks("6.plan-handle", acl.aclnnAddGetWorkspaceSize(x, gone, alpha, x, &size, &executor));
        board.Breaks("6.tensor-data", board.PlanAdd(board.Tensor(0, [8]), x, x, out _, out _));
        board.Breaks("6.tensor-storage", board.PlanAdd(board.TryTensor(data, [8], storage: [7]), x, x, out _, out _));
        board.Breaks("6.tensor-storage", board.PlanAdd(board.TryTensor(data, [8], offset: 1, storage: [8]), x, x, out _, out _));
        board.Breaks("6.output-stride", board.PlanAdd(x, x, board.Tensor(data, [8], strides: [0]), out _, out _));
        Assert.Equal(0, Simulator.Leaks.Executors);
    }

    [Fact, Breaks("6.operator-missing-generated")]
    public void An_operator_that_a_card_or_toolkit_lacks_is_refused()
    {
        using (var board = new Board(new() { Soc = "Ascend910A" }))
        {
            nint x = board.Tensor(board.Malloc(64), [2, 4], 1), y = board.Tensor(board.Malloc(64), [2, 2], 1), executor;
            ulong size;
            board.Breaks("6.operator-missing-generated", board.Acl.aclnnSwiGluGetWorkspaceSize(x, -1, y, &size, &executor));
        }
        var missing = new SimulatorOptions { Fault = "missing:aclnnAdd" };
        Assert.DoesNotContain("aclnnAddGetWorkspaceSize", Simulator.Symbols(missing).Keys);
        Assert.DoesNotContain("aclnnAdd", Simulator.Symbols(missing).Keys);
        Assert.Contains("aclnnAdds", Simulator.Symbols(missing).Keys);
        Assert.DoesNotContain("aclnnForeachNonFiniteCheckAndUnscale", Simulator.Symbols("Ascend910B2", "8.1").Keys);
        Assert.Contains("aclnnForeachNonFiniteCheckAndUnscale", Simulator.Symbols("Ascend910B2", "9.0").Keys);
    }

    [Fact, Shows("6.plan-no-data")]
    public void Phase_one_touches_no_data()
    {
        using var board = new Board();
        nint host = board.MallocHost(64), x = board.Tensor(host, [8]);
        *(float*)host = 5;
        board.Ok(board.PlanAdd(x, x, x, out _, out nint executor));
        Assert.Equal(5, *(float*)host);
        board.Ok(board.Acl.aclDestroyAclOpExecutor(executor));
    }

    [Fact, Breaks("6.one-shot", "6.launch-destroys", "6.executor-null", "6.executor-operator", "6.executor-destroy")]
    public void An_executor_is_used_once()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint x = board.Tensor(board.Upload(new float[8]), [8]);
        board.Breaks("6.executor-null", acl.aclnnAdd(0, 0, 0, 0));
        board.Ok(board.PlanAdd(x, x, x, out _, out nint executor));
        board.Ok(acl.aclnnAdd(0, 0, executor, 0));
        board.Breaks("6.one-shot", acl.aclnnAdd(0, 0, executor, 0));
        board.Breaks("6.executor-destroy", acl.aclDestroyAclOpExecutor(executor));
        board.Ok(board.PlanAdd(x, x, x, out _, out executor));
        board.Breaks("6.executor-operator", acl.aclnnMul(0, 0, executor, 0));
        board.Breaks("6.launch-destroys", acl.aclnnAdd(0, 0, executor, 0));      // gone although phase two failed
        board.Ok(board.PlanAdd(x, x, x, out _, out executor));
        Assert.Equal(1, Simulator.Leaks.Executors);
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
        Assert.Equal(0, Simulator.Leaks.Executors);
    }

    [Fact, Breaks("6.workspace-null", "6.workspace-size", "6.workspace-memory", "6.workspace-live"), Shows("6.workspace-rounding")]
    public void A_workspace_is_the_one_that_was_asked_for()
    {
        using var board = new Board();
        nint x = board.Tensor(board.Upload(new float[64]), [8, 8], strides: [1, 8]), y = board.Tensor(board.Malloc(256), [8, 8]);
        nint workspace = board.Malloc(4096), host = board.MallocHost(4096);
        nint Plan(out ulong size)
        {
            board.Ok(board.PlanAdd(x, x, y, out size, out nint executor));
            Assert.True(size > 0 && size % 512 == 0);
            return executor;
        }
        board.Breaks("6.workspace-null", board.Acl.aclnnAdd(0, 512, Plan(out _), 0));
        board.Breaks("6.workspace-size", board.Acl.aclnnAdd(workspace, 32, Plan(out _), 0));
        board.Breaks("6.workspace-size", board.Acl.aclnnAdd(workspace, 4096, Plan(out _), 0));
        nint executor = Plan(out ulong size);
        board.Breaks("6.workspace-memory", board.Acl.aclnnAdd(host, size, executor, 0));
        executor = Plan(out size);
        board.Breaks("6.workspace-memory", board.Acl.aclnnAdd(workspace + 4096 - 64, size, executor, 0));
        Assert.Equal(0, Simulator.Leaks.Executors);
        executor = Plan(out size);
        board.Ok(board.Acl.aclnnAdd(workspace, size, executor, 0));
        board.Ok(board.Acl.aclrtFree(workspace));
        board.Breaks("6.workspace-live", board.Acl.aclrtSynchronizeStream(0));
    }

    [Fact, Breaks("6.tensors-live"), Shows("6.tensors-then-free")]
    public void Tensors_live_until_phase_two_and_no_longer()
    {
        using var board = new Board();
        nint data = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), x = board.Tensor(data, [8]);
        board.Ok(board.PlanAdd(x, x, x, out _, out nint executor));
        board.Ok(board.Acl.aclDestroyTensor(x));
        board.Breaks("6.tensors-live", board.Acl.aclnnAdd(0, 0, executor, 0));
        board.Ok(board.Add(data, data, data));      // destroys its tensors before the stream has run
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.Equal(2, board.Download<float>(data, 1)[0]);
    }

    [Fact, Breaks("5.free-at-once", "6.buffers-live")]
    public void Buffers_live_until_the_kernel_has_run()
    {
        using (var board = new Board())
        {
            nint x = board.Upload(new float[8]), y = board.Malloc(32);
            board.Ok(board.Add(x, x, y));
            board.Ok(board.Acl.aclrtFree(x));
            board.Breaks("5.free-at-once", board.Acl.aclrtSynchronizeStream(0));
        }
        using (var board = new Board())
        {
            nint x = board.Upload(new float[8]), y = board.Malloc(32);
            board.Ok(board.Acl.aclrtFree(x));
            board.Ok(board.Add(x, x, y));
            int status = board.Acl.aclrtSynchronizeStream(0);
            Assert.Contains("aclnnAdd", Breaches.All[^1].Text, StringComparison.Ordinal);
            board.Breaks("6.buffers-live", status);
        }
    }

    [Fact, Breaks("6.executor-leak", "6.repeat-owner", "6.object-leak", "5.resource-leak")]
    public void What_is_held_at_the_end_is_told()
    {
        foreach (string rule in new[] { "6.executor-leak", "6.repeat-owner", "6.object-leak", "5.resource-leak" })
        {
            using var board = new Board();
            Acl acl = board.Acl;
            nint data = board.Upload(new float[8]), x = board.Tensor(data, [8]), executor = 0;
            if (rule is "6.executor-leak" or "6.repeat-owner") board.Ok(board.PlanAdd(x, x, x, out _, out executor));
            if (rule == "6.repeat-owner") board.Ok(acl.aclSetAclOpExecutorRepeatable(executor));
            if (rule != "6.object-leak") board.Ok(acl.aclDestroyTensor(x));
            if (rule != "5.resource-leak") board.Ok(acl.aclrtFree(data));
            board.Ok(acl.aclrtResetDevice(0));
            Board.Kept(rule, () => board.Ok(acl.aclFinalize()));
            Assert.Equal(1, Simulator.Leaks.Total);
        }
    }

    [Fact, Shows("6.in-place", "6.optional-null")]
    public void What_is_changed_in_place_counts_on_both_sides_and_what_is_optional_may_be_null()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint a = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), b = board.Upload<float>(8, 7, 6, 5, 4, 3, 2, 1), executor, tensor = board.Tensor(a, [8]);
        float ten = 10;
        ulong size;
        nint scalar = acl.aclCreateScalar((nint)(&ten), Board.Float);
        board.Ok(acl.aclnnInplaceMulsGetWorkspaceSize(tensor, scalar, &size, &executor));
        board.Ok(acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclSetInputTensorAddr(executor, 0, tensor, b));
        board.Ok(acl.aclSetOutputTensorAddr(executor, 0, tensor, b));
        board.Ok(acl.aclnnInplaceMuls(0, 0, executor, 0));
        board.Ok(acl.aclrtSynchronizeStream(0));
        Assert.Equal([80, 70], board.Download<float>(b, 2));
        Assert.Equal([1, 2], board.Download<float>(a, 2));
        board.Ok(acl.aclDestroyAclOpExecutor(executor));

        nint x = board.Tensor(board.Upload<float>(3, 4), [1, 2]), gamma = board.Tensor(board.Upload<float>(1, 1), [2]), y = board.Tensor(board.Malloc(8), [1, 2]);
        board.Ok(acl.aclnnAddRmsNormGetWorkspaceSize(x, x, gamma, 1e-6, y, 0, 0, &size, &executor));      // neither the scale nor the sum is wanted
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
    }

    [Fact, Breaks("6.buffers-device", "6.buffers-size")]
    public void Buffers_lie_on_the_device_and_are_large_enough()
    {
        using (var board = new Board())
        {
            board.QueueFault();
            board.Breaks("6.buffers-device", board.Acl.aclrtSynchronizeStream(0));
        }
        using (var board = new Board())
        {
            nint x = board.Upload(new float[7]);
            board.Ok(board.Add(x, x, x));
            board.Breaks("6.buffers-size", board.Acl.aclrtSynchronizeStream(0));
        }
    }

    [Fact, Breaks("6.launch-context")]
    public void An_executor_stays_in_its_context()
    {
        using var board = new Board();
        nint x = board.Tensor(board.Upload(new float[8]), [8]), context;
        board.Ok(board.PlanAdd(x, x, x, out _, out nint executor));
        board.Ok(board.Acl.aclrtCreateContext(&context, 0));
        board.Breaks("6.launch-context", board.Acl.aclnnAdd(0, 0, executor, 0));
    }

    [Fact, Breaks("6.repeat-straight", "6.repeat-refused", "6.repeat-tensors", "6.address-repeatable", "6.address-index", "6.address-old", "5.data-align")]
    public void An_executor_can_be_made_repeatable()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint a = board.Upload<float>(1, 1, 1, 1, 1, 1, 1, 1), b = board.Upload<float>(2, 2, 2, 2, 2, 2, 2, 2), y = board.Malloc(32), z = board.Malloc(32);
        nint ta = board.Tensor(a, [8]), ty = board.Tensor(y, [8]), view = board.Tensor(board.Malloc(256), [8], strides: [2]);
        board.Ok(board.PlanAdd(ta, ta, view, out _, out nint executor));
        board.Breaks("6.repeat-refused", acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
        board.Ok(board.PlanAdd(ta, ta, ty, out _, out executor));
        board.Breaks("6.address-repeatable", acl.aclSetTensorAddr(executor, 0, ta, b));
        board.Ok(acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclnnAdd(0, 0, executor, 0));
        board.Breaks("6.address-old", acl.aclnnAdd(0, 0, executor, 0));
        board.Breaks("6.address-index", acl.aclSetTensorAddr(executor, 3, ta, b));
        board.Breaks("6.address-index", acl.aclSetTensorAddr(executor, 2, ta, b));
        board.Breaks("6.address-index", acl.aclSetOutputTensorAddr(executor, 0, ta, b));
        board.Breaks("5.data-align", acl.aclSetInputTensorAddr(executor, 0, ta, b + 8));
        board.Ok(acl.aclSetInputTensorAddr(executor, 0, ta, b));
        board.Ok(acl.aclSetTensorAddr(executor, 1, ta, a));
        board.Breaks("6.address-old", acl.aclnnAdd(0, 0, executor, 0));
        board.Ok(acl.aclSetOutputTensorAddr(executor, 0, ty, z));
        board.Breaks("6.repeat-straight", acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclnnAdd(0, 0, executor, 0));
        board.Ok(acl.aclrtSynchronizeStream(0));
        Assert.Equal(2, board.Download<float>(y, 8)[7]);        // what was launched before kept its addresses
        Assert.Equal(Enumerable.Repeat(3f, 8), board.Download<float>(z, 8));
        Assert.Equal(1, Simulator.Leaks.Executors);
        board.Ok(acl.aclDestroyTensor(ta));
        board.Breaks("6.repeat-tensors", acl.aclnnAdd(0, 0, executor, 0));
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
        board.Breaks("6.repeat-straight", acl.aclSetAclOpExecutorRepeatable(executor));
    }

    /// <summary>Inputs first, whatever the order of the parameters, what is null too; a tensor that is changed in place is an input.</summary>
    [Fact, Breaks("6.address-index", "6.repeat-refused")]
    public void An_index_counts_inputs_before_outputs_and_what_is_null()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        ulong size;
        nint executor, x = board.Upload(new float[64]), t = board.Tensor(x, [1, 64]), c = board.Tensor(board.Malloc(64), [1], type: 9), loss = board.Tensor(board.Malloc(64), [1]), p = board.Tensor(board.Malloc(256), [1, 64]);
        byte none = 0;
        nint z = board.Tensor(board.Malloc(64), [1]), lse = board.Tensor(board.Malloc(64), [1]);
        fixed (byte* reduction = "none\0"u8)
            board.Ok(acl.aclnnCrossEntropyLossGetWorkspaceSize(t, c, 0, reduction, -100, 0, 0, none, loss, p, z, lse, &size, &executor));
        board.Ok(acl.aclSetAclOpExecutorRepeatable(executor));
        board.Breaks("6.address-index", acl.aclSetTensorAddr(executor, 2, loss, x));      // the weight, which is null
        board.Ok(acl.aclSetTensorAddr(executor, 3, loss, board.Malloc(64)));
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
        // A result that is a strided view is copied back by the host side of the library, and a list's addresses lie on the device.
        nint list;
        nint part = board.Tensor(x, [8]);
        list = acl.aclCreateTensorList(&part, 1);
        nint two = board.Scalar(2);
        board.Ok(acl.aclnnForeachMulScalarV2GetWorkspaceSize(list, two, list, &size, &executor));
        board.Breaks("6.repeat-refused", acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclDestroyAclOpExecutor(executor));
        board.Ok(acl.aclDestroyTensorList(list));
    }
}
