using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>The library keeps plans of its own, and what it keeps the caller cannot.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class RepeatRules
{
    [Fact, Breaks("6.repeat-cached")]
    public void A_call_like_one_that_was_launched_once_cannot_be_made_repeatable()
    {
        using var board = new Board(new() { Devices = 2 });
        Acl acl = board.Acl;
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32);
        board.Ok(board.Add(x, x, y));
        nint tx = board.Tensor(x, [8]), other = board.Tensor(board.Upload(new float[8]), [8]), ty = board.Tensor(y, [8]);
        nint z = board.Malloc(32), tz = board.Tensor(z, [8]);
        board.Ok(board.PlanAdd(tx, other, tz, out _, out nint executor));         // other tensors, other addresses
        board.Breaks("6.repeat-cached", acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(acl.aclnnAdd(0, 0, executor, 0));        // once it runs
        board.Ok(acl.aclrtSynchronizeStream(0));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], board.Download<float>(z, 8));
        Board.OnThread(() =>
        {
            board.Ok(acl.aclrtSetDevice(1));
            nint far = board.Tensor(board.Malloc(32), [8]), to = board.Tensor(board.Malloc(32), [8]), more = board.Tensor(board.Malloc(32), [8]);
            board.Ok(board.PlanAdd(far, to, more, out _, out nint second));
            board.Breaks("6.repeat-cached", acl.aclSetAclOpExecutorRepeatable(second));
            board.Ok(acl.aclDestroyAclOpExecutor(second));
        });
        Assert.Equal(0, Simulator.Leaks.Executors);
    }

    [Fact, Breaks]
    public void Only_a_like_call_of_a_composed_operator_is_kept_by_the_library()
    {
        nint executor;
        ulong size;
        using (var board = new Board())
        {
            Acl acl = board.Acl;
            nint x = board.Upload(new float[16]), tx = board.Tensor(x, [8]), ty = board.Tensor(board.Malloc(64), [8]), tz = board.Tensor(board.Malloc(64), [8]);
            board.Ok(board.PlanAdd(tx, ty, tz, out _, out executor));
            board.Ok(acl.aclDestroyAclOpExecutor(executor));        // planned, not launched
            Repeatable(board, board.PlanAdd(tx, ty, tz, out _, out executor), executor);
            board.Ok(board.PlanAdd(tx, ty, tz, out _, out executor));
            board.Ok(acl.aclnnAdd(0, 0, executor, 0));
            Repeatable(board, board.PlanAdd(tx, tx, tz, out _, out executor), executor);     // the same tensor twice
            Repeatable(board, board.PlanAdd(board.Tensor(x, [4]), board.Tensor(x, [4]), board.Tensor(x, [4]), out _, out executor), executor);
            Repeatable(board, board.PlanAdd(board.TryTensor(x, [8], storage: [16]), ty, tz, out _, out executor), executor);
            Repeatable(board, board.PlanAdd(board.TryTensor(x, [8], offset: 8), ty, tz, out _, out executor), executor);
            nint two = board.Scalar(2);
            Repeatable(board, acl.aclnnAddGetWorkspaceSize(tx, ty, two, tz, &size, &executor), executor);
            Repeatable(board, acl.aclnnMulGetWorkspaceSize(tx, ty, tz, &size, &executor), executor);

            nint pair = board.Tensor(board.Malloc(64), [1, 8]), half = board.Tensor(board.Malloc(64), [1, 4]);
            board.Ok(acl.aclnnSwiGluGetWorkspaceSize(pair, -1, half, &size, &executor));
            board.Ok(acl.aclnnSwiGlu(size == 0 ? 0 : board.Malloc((long)size), size, executor, 0));
            Repeatable(board, acl.aclnnSwiGluGetWorkspaceSize(pair, -1, half, &size, &executor), executor);      // generated
            board.Ok(acl.aclrtSynchronizeStream(0));
        }
        using (var board = new Board())     // another process
        {
            nint tx = board.Tensor(board.Malloc(64), [8]), ty = board.Tensor(board.Malloc(64), [8]), tz = board.Tensor(board.Malloc(64), [8]);
            Repeatable(board, board.PlanAdd(tx, ty, tz, out _, out executor), executor);
        }
    }

    [Fact, Breaks]
    public void A_first_plan_that_is_made_repeatable_leaves_nothing_behind()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint a = board.Upload<float>(1, 1, 1, 1, 1, 1, 1, 1), b = board.Upload<float>(2, 2, 2, 2, 2, 2, 2, 2), y = board.Malloc(32);
        nint ta = board.Tensor(a, [8]), tb = board.Tensor(b, [8]), ty = board.Tensor(y, [8]);
        for (int round = 0; round < 2; round++)
        {
            board.Ok(board.PlanAdd(ta, tb, ty, out _, out nint executor));
            board.Ok(acl.aclSetAclOpExecutorRepeatable(executor));
            for (int run = 0; run < 3; run++)
            {
                board.Ok(acl.aclSetTensorAddr(executor, 0, ta, run == 1 ? b : a));
                board.Ok(acl.aclSetTensorAddr(executor, 1, tb, b));
                board.Ok(acl.aclSetTensorAddr(executor, 2, ty, y));
                board.Ok(acl.aclnnAdd(0, 0, executor, 0));
                board.Ok(acl.aclrtSynchronizeStream(0));
                Assert.Equal(run == 1 ? 4 : 3, board.Download<float>(y, 8)[7]);
            }
            board.Ok(acl.aclDestroyAclOpExecutor(executor));
        }
        Assert.Equal(0, Simulator.Leaks.Executors);
    }

    private static void Repeatable(Board board, int planned, nint executor)
    {
        board.Ok(planned);
        board.Ok(board.Acl.aclSetAclOpExecutorRepeatable(executor));
        board.Ok(board.Acl.aclDestroyAclOpExecutor(executor));
    }
}
