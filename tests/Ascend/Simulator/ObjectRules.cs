using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Tensors, scalars, arrays and lists.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class ObjectRules
{
    [Fact, Breaks("6.tensor-rank", "6.tensor-negative", "6.tensor-dtype", "6.tensor-format", "6.nz-storage")]
    public void Tensors_are_made_from_sizes_that_make_sense()
    {
        using var board = new Board();
        nint x = board.Malloc(4096);
        board.BreaksObject("6.tensor-rank", board.TryTensor(x, [1, 1, 1, 1, 1, 1, 1, 1, 1]));
        long one = 1;
        board.BreaksObject("6.tensor-rank", board.Acl.aclCreateTensor(null, 1, Board.Float, null, 0, Board.Nd, &one, 1, x));
        Assert.NotEqual(0, board.Acl.aclCreateTensor(null, 0, Board.Float, null, 0, Board.Nd, &one, 1, x));
        board.BreaksObject("6.tensor-negative", board.TryTensor(x, [2, -1], storage: [4]));
        board.BreaksObject("6.tensor-negative", board.TryTensor(x, [2, 2], strides: [-2, 1], storage: [4]));
        board.BreaksObject("6.tensor-negative", board.TryTensor(x, [2], offset: -1, storage: [4]));
        board.BreaksObject("6.tensor-dtype", board.TryTensor(x, [2], type: 5));
        board.BreaksObject("6.tensor-dtype", board.TryTensor(x, [2], type: 35));    // known since CANN 9
        board.BreaksObject("6.tensor-format", board.TryTensor(x, [2], format: 5));
        board.BreaksObject("6.nz-storage", board.TryTensor(x, [32, 32], type: 1, format: 29));
        board.BreaksObject("6.nz-storage", board.TryTensor(x, [32, 32], type: 1, format: 29, storage: [2, 2, 32, 8]));
        Assert.NotEqual(0, board.TryTensor(x, [32, 32], type: 1, format: 29, storage: [2, 2, 16, 16]));
    }

    [Fact, Breaks("6.int4-even")]
    public void Int4_comes_in_pairs()
    {
        using var board = new Board();
        nint x = board.Malloc(64);
        board.BreaksObject("6.int4-even", board.TryTensor(x, [4, 7], type: 29));
        board.BreaksObject("6.int4-even", board.TryTensor(x, [4, 8], type: 29, offset: 1));
        board.BreaksObject("6.int4-even", board.TryTensor(x, [4, 8], type: 29, strides: [9, 1]));
        Assert.NotEqual(0, board.TryTensor(x, [4, 8], type: 29));
        Assert.NotEqual(0, board.TryTensor(x, [8, 4], type: 29, strides: [1, 8]));
    }

    [Fact, Breaks("6.scalar-value", "6.array-value", "2.bool-byte")]
    public void Scalars_and_arrays_have_values()
    {
        using var board = new Board();
        byte two = 2;
        board.BreaksObject("6.scalar-value", board.Acl.aclCreateScalar(0, Board.Float));
        board.BreaksObject("6.array-value", board.Acl.aclCreateIntArray(null, 2));
        board.BreaksObject("2.bool-byte", board.Acl.aclCreateScalar((nint)(&two), 12));
        Assert.NotEqual(0, board.Acl.aclCreateIntArray(null, 0));
        nint x = board.Tensor(board.Malloc(64), [8]), y = board.Tensor(board.Malloc(32), [1]);
        ulong size;
        nint executor, dims = board.Acl.aclCreateIntArray(null, 0);
        board.Breaks("2.bool-byte", board.Acl.aclnnReduceSumGetWorkspaceSize(x, dims, 2, Board.Float, y, &size, &executor));
    }

    [Fact, Breaks("6.destroy-twice"), Shows("6.destroy-null")]
    public void Objects_are_destroyed_once()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint tensor = board.Tensor(board.Malloc(64), [8]), scalar = board.Scalar(1), array = acl.aclCreateIntArray(null, 0);
        board.Ok(acl.aclDestroyTensor(0));
        board.Ok(acl.aclDestroyTensorList(0));
        board.Breaks("6.destroy-twice", acl.aclDestroyTensor(scalar));      // of another kind
        board.Ok(acl.aclDestroyTensor(tensor));
        board.Ok(acl.aclDestroyScalar(scalar));
        board.Ok(acl.aclDestroyIntArray(array));
        board.Breaks("6.destroy-twice", acl.aclDestroyTensor(tensor));
        board.Breaks("6.destroy-twice", acl.aclDestroyScalar(scalar));
        board.Breaks("6.destroy-twice", acl.aclDestroyIntArray(array));
        Assert.Equal(0, Simulator.Leaks.Objects);
    }

    [Fact, Breaks("6.list-owns", "6.list-size", "6.list-elements", "6.destroy-twice")]
    public void Lists_own_their_elements()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        nint data = board.Malloc(64);
        nint* pair = stackalloc nint[] { board.Tensor(data, [8]), board.Tensor(data, [8]) };
        board.BreaksObject("6.list-size", acl.aclCreateTensorList(pair, 0));
        board.BreaksObject("6.list-size", acl.aclCreateTensorList(null, 1));
        nint* wrong = stackalloc nint[] { board.Scalar(1) };
        board.BreaksObject("6.list-elements", acl.aclCreateTensorList(wrong, 1));
        nint list = acl.aclCreateTensorList(pair, 2), scalars = acl.aclCreateScalarList(wrong, 1);
        board.BreaksObject("6.list-elements", acl.aclCreateTensorList(pair, 1));
        board.Breaks("6.list-owns", acl.aclDestroyTensor(pair[0]));
        board.Breaks("6.list-owns", acl.aclDestroyScalar(wrong[0]));
        board.Ok(acl.aclDestroyTensorList(list));
        board.Ok(acl.aclDestroyScalarList(scalars));
        board.Breaks("6.destroy-twice", acl.aclDestroyTensor(pair[0]));
        Assert.Equal(0, Simulator.Leaks.Objects);
    }

    [Fact, Shows("6.scalar-copied")]
    public void What_objects_are_made_from_may_go_at_once()
    {
        using var board = new Board();
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32), executor;
        float value = 10;
        long size = 8;
        ulong workspace;
        nint scalar = board.Acl.aclCreateScalar((nint)(&value), Board.Float);
        nint tx = board.Acl.aclCreateTensor(&size, 1, Board.Float, null, 0, Board.Nd, &size, 1, x), ty = board.Acl.aclCreateTensor(&size, 1, Board.Float, null, 0, Board.Nd, &size, 1, y);
        (value, size) = (0, 0);
        board.Ok(board.Acl.aclnnMulsGetWorkspaceSize(tx, scalar, ty, &workspace, &executor));
        board.Ok(board.Acl.aclnnMuls(0, 0, executor, 0));
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80], board.Download<float>(y, 8));
    }

    [Fact, Shows("6.format-alike", "6.storage-either", "6.scalar-dtype")]
    public void Formats_are_alike_storages_may_be_flat_and_scalars_are_converted()
    {
        using var board = new Board();
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32);
        foreach ((int format, long[] storage) in new[] { (2, new long[] { 8 }), (0, [1, 2, 2, 2]), (1, [100]), (47, [8]) })
        {
            nint from = board.TryTensor(x, [1, 2, 2, 2], storage: storage, format: format), to = board.TryTensor(y, [1, 2, 2, 2], storage: storage, format: format), executor;
            ulong size;
            foreach ((int type, long bits) in new[] { (11, BitConverter.DoubleToInt64Bits(2)), (9, 2L), (0, (long)BitConverter.SingleToUInt32Bits(2)), (3, 2L) })
            {
                nint two = board.Acl.aclCreateScalar((nint)(&bits), type);
                board.Ok(board.Acl.aclnnMulsGetWorkspaceSize(from, two, to, &size, &executor));
                board.Ok(board.Acl.aclnnMuls(0, 0, executor, 0));
                board.Ok(board.Acl.aclrtSynchronizeStream(0));
                Assert.Equal([2, 4, 6, 8, 10, 12, 14, 16], board.Download<float>(y, 8));
                board.Ok(board.Acl.aclrtMemset(y, 32, 0xFF, 32));
            }
        }
    }

    [Fact, Shows("6.tensor-offset")]
    public void The_offset_counts_elements_from_the_start_of_the_storage()
    {
        using var board = new Board();
        nint x = board.Upload<float>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), y = board.Malloc(32);
        nint from = board.TryTensor(x, [8], offset: 2, storage: [10]), to = board.Tensor(y, [8]);
        board.Ok(board.PlanAdd(from, from, to, out ulong workspace, out nint executor));
        board.Ok(board.Acl.aclnnAdd(board.Malloc((long)workspace), workspace, executor, 0));       // 8 bytes into the storage: it is copied first
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.Equal([4, 6, 8, 10, 12, 14, 16, 18], board.Download<float>(y, 8));
    }
}
