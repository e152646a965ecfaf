using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Begin and end of the process, devices, contexts and threads.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class ProcessRules
{
    [Fact, Shows("5.aclnn-init"), Breaks("5.init-first", "5.init-once", "5.finalize-once")]
    public void A_process_begins_and_ends_once()
    {
        using var board = new Board(set: false);
        board.Breaks("5.init-once", board.Acl.aclInit(null));
        board.Ok(board.Acl.aclnnInit(null));
        board.Ok(board.Acl.aclFinalize());
        board.Breaks("5.finalize-once", board.Acl.aclFinalize());
        board.Ok(board.Acl.aclrtSetDevice(0));      // aclnnInit is enough
        board.Ok(board.Acl.aclrtResetDevice(0));
        board.Ok(board.Acl.aclnnFinalize());
        board.Breaks("5.init-first", board.Acl.aclrtSetDevice(0));
    }

    [Fact, Breaks("5.init-config")]
    public void A_configuration_is_a_file()
    {
        using var board = new Board(set: false);
        fixed (byte* path = "/nowhere/acl.json\0"u8) board.Breaks("5.init-config", board.Acl.aclnnInit(path));
    }

    [Fact, Breaks("5.device-id")]
    public void Devices_are_numbers_below_their_count()
    {
        using var board = new Board(new() { Devices = 2 });
        board.Ok(board.Acl.aclrtSetDevice(1));
        board.Breaks("5.device-id", board.Acl.aclrtSetDevice(2));
    }

    [Fact, Breaks("5.device-refcount", "5.context-handle")]
    public void A_device_is_reset_as_often_as_it_was_set()
    {
        using var board = new Board();
        board.Ok(board.Acl.aclrtSetDevice(0));
        nint stream = board.Stream();
        board.Ok(board.Acl.aclrtResetDevice(0));
        board.Ok(board.Acl.aclrtSynchronizeStream(stream));
        nint context;
        board.Ok(board.Acl.aclrtGetCurrentContext(&context));
        nint shared = context;
        using var taken = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        int status = 0;
        Exception? thrown = null;
        var other = new Thread(() => thrown = Record.Exception(() =>
        {
            board.Acl.aclrtSetCurrentContext(shared);
            taken.Set();
            ended.Wait();
            status = board.Acl.aclrtSynchronizeDevice();
            board.Names("5.context-handle");
        }));
        other.Start();
        taken.Wait();
        board.Ok(board.Acl.aclrtResetDevice(0));
        ended.Set();
        other.Join();
        Assert.Null(thrown);
        Assert.Equal(107017, status);
        board.Breaks("5.device-refcount", board.Acl.aclrtResetDevice(0));
        board.Breaks("5.context-handle", board.Acl.aclrtSetCurrentContext(context));
        Assert.Equal(0, Simulator.Leaks.Streams);
    }

    [Fact, Breaks("5.device-shared")]
    public void Threads_share_the_default_context_and_nothing_else()
    {
        using var board = new Board();
        nint stream = board.Stream();
        Board.OnThread(() =>
        {
            board.Ok(board.Acl.aclrtSetDevice(0));
            board.Ok(board.Acl.aclrtSynchronizeStream(stream));
            nint context;
            board.Ok(board.Acl.aclrtCreateContext(&context, 0));
            board.Breaks("5.device-shared", board.Acl.aclrtSynchronizeStream(stream));
        });
    }

    [Fact, Breaks("5.thread-device", "6.plan-thread")]
    public void A_thread_without_a_device_can_do_nothing()
    {
        using var board = new Board();
        nint a = board.Upload(new float[8]), ta = board.Tensor(a, [8]);
        board.Ok(board.PlanAdd(ta, ta, ta, out _, out nint executor));
        Board.OnThread(() =>
        {
            nint made;
            int number;
            board.Breaks("5.thread-device", board.Acl.aclrtMalloc(&made, 64, 0));
            board.Breaks("5.thread-device", board.Acl.aclrtCreateStream(&made));
            board.Breaks("5.thread-device", board.Acl.aclrtGetDevice(&number));
            board.Breaks("5.thread-device", board.Acl.aclrtSynchronizeDevice());
            board.Breaks("6.plan-thread", board.PlanAdd(ta, ta, ta, out _, out _));
            board.Breaks("6.plan-thread", board.Acl.aclnnAdd(0, 0, executor, 0));
            board.Ok(board.Acl.aclrtSetDevice(0));
            board.Ok(board.Acl.aclnnAdd(0, 0, executor, 0));     // planned on one thread, launched on another
            board.Ok(board.Acl.aclrtSynchronizeDevice());
        });
    }

    [Fact, Breaks("3.enumeration", "5.result-null", "5.timeout", "8.deterministic-value")]
    public void Numbers_and_places_make_sense()
    {
        using var board = new Board();
        Acl acl = board.Acl;
        int value;
        long number;
        board.Breaks("3.enumeration", acl.aclGetCannAttribute(3, &value));
        board.Breaks("3.enumeration", acl.aclGetDeviceCapability(0, 3, &number));
        board.Breaks("3.enumeration", acl.aclrtCtxSetSysParamOpt(2, 0));
        board.Breaks("3.enumeration", acl.aclrtPeekAtLastError(1));
        board.Breaks("5.result-null", acl.aclrtGetDeviceCount(null));
        board.Breaks("5.result-null", acl.aclrtCreateStream(null));
        board.Breaks("5.result-null", acl.aclrtMallocHost(null, 64));
        board.Breaks("5.timeout", acl.aclrtSynchronizeStreamWithTimeout(0, 0));
        board.Breaks("8.deterministic-value", acl.aclrtCtxSetSysParamOpt(0, 2));       // known since CANN 9
        board.Ok(acl.aclrtCtxSetSysParamOpt(0, 1));
        board.Breaks("3.enumeration", acl.aclrtSetSysParamOpt(2, 0));
        board.Breaks("8.deterministic-value", acl.aclrtSetSysParamOpt(0, 2));
        board.Ok(acl.aclrtSetSysParamOpt(0, 1));
    }

    [Fact, Breaks("5.context-default")]
    public void The_default_context_is_its_devices()
    {
        using var board = new Board();
        nint context;
        board.Ok(board.Acl.aclrtGetCurrentContext(&context));
        board.Breaks("5.context-default", board.Acl.aclrtDestroyContext(context));
    }

    [Fact, Breaks("5.peer-arguments")]
    public void A_peer_is_another_device()
    {
        using var board = new Board(new() { Devices = 2 });
        board.Breaks("5.peer-arguments", board.Acl.aclrtDeviceEnablePeerAccess(0, 0));
        board.Breaks("5.peer-arguments", board.Acl.aclrtDeviceEnablePeerAccess(1, 1));
        int can;
        board.Ok(board.Acl.aclrtDeviceCanAccessPeer(&can, 0, 1));
        Assert.Equal(1, can);
    }

    [Fact, Shows("5.error-text")]
    public void The_text_of_a_failure_is_its_threads()
    {
        using var board = new Board();
        Assert.Equal("", board.Message());
        Assert.NotEqual(0, board.Acl.aclrtFree(0));
        Board.OnThread(() => Assert.Equal("", board.Message()));
        Assert.Contains("aclrtFree", board.Message(), StringComparison.Ordinal);
        Assert.Equal("", board.Message());
    }

    [Fact, Shows("5.event-old-calls", "5.callback", "5.other-calls", "6.huge-memory", "6.other-addresses", "8.quant-scale", "8.quant-dynamic", "8.nf4", "8.adamw-950", "8.apply-rope", "8.random")]
    public void What_is_not_used_is_not_there()
    {
        string[] absent = ["aclFinalizeReference", "aclrtResetDeviceForce", "aclrtFreeWithDevSync", "aclmdlRICaptureBegin", "aclSetRawTensorAddr", "aclSetDynamicTensorAddr", "aclrtQueryEvent", "aclrtResetEvent", "aclrtLaunchCallback", "aclrtSubscribeReport", "InitHugeMemThreadLocal", "aclnnAscendQuantV3", "aclnnDynamicQuant", "aclnnQuantMatmulV4", "aclnnApplyAdamW", "aclnnApplyRotaryPosEmb", "aclnnInplaceNormal", "aclnnDropoutGenMask"];
        Assert.Empty(absent.Intersect(Simulator.Symbols("Ascend910B2", "9.0").Keys));
    }
}
