using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Weights that the card lays out for itself.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class WeightRules
{
    /// <summary>Who takes the size for bytes has half the memory that float16 needs, and the kernel leaves it.</summary>
    [Theory, InlineData(true), InlineData(false)]
    [Shows("8.weight-size")]
    public void The_size_of_a_weight_counts_elements(bool asElements)
    {
        using var board = new Board();
        ulong count, size;
        long* dims = stackalloc long[] { 20, 40 };
        nint shape = board.Acl.aclCreateIntArray(dims, 2), executor;
        board.Ok(board.Acl.aclnnCalculateMatmulWeightSizeV2(shape, 1, &count));
        Assert.Equal(32ul * 48, count);
        nint weight = board.Malloc((long)count * (asElements ? 2 : 1));
        board.Ok(board.Acl.aclrtMemset(weight, (nuint)count, 0, (nuint)count));
        nint tensor = board.TryTensor(weight, [20, 40], type: 1, storage: [(long)count]);
        board.Ok(board.Acl.aclnnTransMatmulWeightGetWorkspaceSize(tensor, &size, &executor));
        board.Ok(board.Acl.aclnnTransMatmulWeight(board.Malloc((long)size), size, executor, 0));
        if (asElements) board.Ok(board.Acl.aclrtSynchronizeStream(0));
        else board.Breaks("6.buffers-size", board.Acl.aclrtSynchronizeStream(0));
    }
}
