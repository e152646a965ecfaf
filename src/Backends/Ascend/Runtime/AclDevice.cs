using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner.Ascend;

/// <summary>One card as one backend uses it: its context, one stream, blocks, events, and the check of every status.</summary>
/// <remarks>
/// The runtime knows the current device by thread. Any thread that touches the card calls <see cref="Enter"/> first: without, every call
/// answers 107002, and with another card current a stream answers 107003.
/// </remarks>
internal sealed unsafe class AclDevice : IDisposable
{
    /// <summary>The device whose context is current on this thread, as far as this process set it.</summary>
    [ThreadStatic] private static AclDevice? s_current;

    private readonly Dictionary<nint, long> _blocks = [];
    private long _allocated;
    private nint _context;
    private bool _closed;

    private AclDevice(Acl acl, int id) => (Acl, Id) = (acl, id);

    public Acl Acl { get; }

    /// <summary>Number among the visible cards.</summary>
    public int Id { get; }

    /// <summary>The one stream that all work of the backend goes through.</summary>
    public nint Stream { get; private set; }

    /// <summary>As the library names the card: Ascend910B2.</summary>
    public string SocName { get; private set; } = "";

    /// <summary>Whether the card was told to sum in the same order every time; older drivers may refuse.</summary>
    public bool IsDeterministic { get; private set; }

    /// <summary>Opens a card.</summary>
    /// <exception cref="NotSupportedException">The library lacks what nothing can be done without, or there is no such card.</exception>
    public static AclDevice Open(Acl acl, int id, bool deterministic)
    {
        Require(acl.aclInit, "aclInit");
        Require(acl.aclrtSetDevice, "aclrtSetDevice");
        Require(acl.aclrtCreateStream, "aclrtCreateStream");
        Require(acl.aclrtMalloc, "aclrtMalloc");
        Require(acl.aclrtMemcpyAsync, "aclrtMemcpyAsync");
        Require(acl.aclrtSynchronizeStream, "aclrtSynchronizeStream");
        Require(acl.aclrtFree, "aclrtFree");
        Require(acl.aclrtMallocHost, "aclrtMallocHost");
        Require(acl.aclrtFreeHost, "aclrtFreeHost");
        Require(acl.aclrtCreateEvent, "aclrtCreateEvent");
        Require(acl.aclrtRecordEvent, "aclrtRecordEvent");
        Require(acl.aclrtSynchronizeEvent, "aclrtSynchronizeEvent");
        Require(acl.aclCreateTensor, "aclCreateTensor");
        Require(acl.aclCreateScalar, "aclCreateScalar");
        Require(acl.aclCreateIntArray, "aclCreateIntArray");
        Require(acl.aclDestroyTensor, "aclDestroyTensor");
        Require(acl.aclDestroyScalar, "aclDestroyScalar");
        Require(acl.aclDestroyIntArray, "aclDestroyIntArray");
        var device = new AclDevice(acl, id);
        // Once per process; a second call answers "repeated", which is what is wanted. Never ended: other backends may still be open.
        int init = acl.aclInit(null);
        if (init != AclCodes.RepeatedInit) device.Check(init, "aclInit");
        uint count = 0;
        if (acl.aclrtGetDeviceCount != null) device.Check(acl.aclrtGetDeviceCount(&count), "aclrtGetDeviceCount");
        if (acl.aclrtGetDeviceCount != null && id >= count)
            throw new NotSupportedException($"npu:{id}: this process sees {(count == 0 ? "no card" : count == 1 ? "one card, npu:0" : $"{count} cards, npu:0 to npu:{count - 1}")}; see `npu-smi info` and ASCEND_RT_VISIBLE_DEVICES, which renumbers from 0");
        try { device.Begin(deterministic); }
        catch
        {
            device.Dispose();
            throw;
        }
        return device;
    }

    private void Begin(bool deterministic)
    {
        Check(Acl.aclrtSetDevice(Id), "aclrtSetDevice", $"device {Id}");
        s_current = this;
        nint context = 0;
        if (Acl.aclrtGetCurrentContext != null && Acl.aclrtSetCurrentContext != null) Check(Acl.aclrtGetCurrentContext(&context), "aclrtGetCurrentContext");
        _context = context;
        // Embedding gradients and some products are otherwise summed in another order each time. Some operators ask the context, some the process.
        IsDeterministic = deterministic && SumInOrder();
        nint stream = 0;
        Check(Acl.aclrtCreateStream(&stream), "aclrtCreateStream");
        Stream = stream;
        SocName = Acl.aclrtGetSocName == null ? "" : Text(Acl.aclrtGetSocName()) ?? "";
    }

    private bool SumInOrder()
    {
        bool ofContext = Acl.aclrtCtxSetSysParamOpt != null, ofProcess = Acl.aclrtSetSysParamOpt != null;
        bool isTold = !ofContext || Acl.aclrtCtxSetSysParamOpt(AclTypes.OptDeterministic, 1) == 0;
        return (!ofProcess || Acl.aclrtSetSysParamOpt(AclTypes.OptDeterministic, 1) == 0) && isTold && (ofContext || ofProcess);
    }

    /// <summary>Makes the card current on this thread. SetDevice counts its calls and would have to be undone as often, so it is called once, by the opener; others join the context it made.</summary>
    public void Enter()
    {
        if (s_current == this) return;
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_context != 0) Check(Acl.aclrtSetCurrentContext(_context), "aclrtSetCurrentContext");
        else Check(Acl.aclrtSetDevice(Id), "aclrtSetDevice", $"device {Id}");
        s_current = this;
    }

    /// <summary>Throws unless the status is 0.</summary>
    public void Check(int status, string function, string? arguments = null)
    {
        if (status != 0) throw Failure(status, function, arguments);
    }

    /// <summary>The exception of a status, with the library's text: that is per thread, so it is read where the call was made.</summary>
    public AclException Failure(int status, string function, string? arguments = null, IReadOnlyList<string>? queued = null) =>
        AclException.Of(status, function, arguments, RecentMessage(), queued);

    /// <summary>What the library says about the last error of this thread; it may have nothing to say.</summary>
    public string? RecentMessage() => Acl.aclGetRecentErrMsg == null ? null : Text(Acl.aclGetRecentErrMsg());

    /// <summary>A block of device memory.</summary>
    /// <exception cref="AclOutOfMemoryException">There is no room.</exception>
    public nint Allocate(long bytes)
    {
        Enter();
        nint block = 0;
        int status = Acl.aclrtMalloc(&block, (nuint)bytes, AclTypes.HugeFirst);
        if (status == 0)
        {
            lock (_blocks)                           // the thread of the launches may take its workspace
            {
                _blocks[block] = bytes;
                _allocated += bytes;
                MostAllocated = Math.Max(MostAllocated, _allocated);
            }
            return block;
        }
        AclException failure = Failure(status, "aclrtMalloc", $"{bytes} bytes");
        if (!AclCodes.IsOutOfMemory(status)) throw failure;
        throw new AclOutOfMemoryException(failure.Message);
    }

    /// <summary>Frees a block at once: whoever calls has waited for the work that uses it.</summary>
    public int Free(nint block)
    {
        Enter();
        lock (_blocks)
            if (_blocks.Remove(block, out long bytes)) _allocated -= bytes;
        return Acl.aclrtFree == null ? 0 : Acl.aclrtFree(block);
    }

    /// <summary>Pinned memory of the host: only from there does a copy run beside the caller.</summary>
    public nint AllocatePinned(long bytes)
    {
        Enter();
        nint block = 0;
        Check(Acl.aclrtMallocHost(&block, (nuint)bytes), "aclrtMallocHost", $"{bytes} bytes");
        return block;
    }

    public void FreePinned(nint block)
    {
        Enter();
        _ = Acl.aclrtFreeHost(block);
    }

    /// <summary>The most bytes of blocks that were held at once.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>Puts a mark in the stream at once: nothing may stand in the queue.</summary>
    public void Record(AclEvent mark)
    {
        Enter();
        Check(Acl.aclrtRecordEvent(mark.Handle, Stream), "aclrtRecordEvent");
    }

    /// <summary>Free and all bytes of the card's memory.</summary>
    public (long Free, long Total) Memory()
    {
        if (Acl.aclrtGetMemInfo == null) return (0, 0);
        Enter();
        nuint free = 0, total = 0;
        Check(Acl.aclrtGetMemInfo(AclTypes.Hbm, &free, &total), "aclrtGetMemInfo");
        return ((long)free, (long)total);
    }

    /// <summary>An attribute of toolkit and card; null where the library does not tell.</summary>
    public bool? Attribute(int attribute)
    {
        if (Acl.aclGetCannAttribute == null) return null;
        Enter();
        int value = 0;
        return Acl.aclGetCannAttribute(attribute, &value) == 0 ? value != 0 : null;
    }

    /// <summary>Major, minor and patch of the runtime, or null.</summary>
    public string? Version()
    {
        if (Acl.aclrtGetVersion == null) return null;
        int major = 0, minor = 0, patch = 0;
        return Acl.aclrtGetVersion(&major, &minor, &patch) == 0 ? $"{major}.{minor}.{patch}" : null;
    }

    /// <summary>Ends stream and device. Never throws: a card that failed cannot be closed in order.</summary>
    public void Dispose()
    {
        if (_closed) return;
        try
        {
            Enter();
            if (Stream != 0 && Acl.aclrtDestroyStream != null) _ = Acl.aclrtDestroyStream(Stream);
            if (Acl.aclrtResetDevice != null) _ = Acl.aclrtResetDevice(Id);
        }
        catch (AclException) { }
        finally
        {
            _closed = true;
            Stream = 0;
            if (s_current == this) s_current = null;
        }
    }

    private static string? Text(byte* text) => text == null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private static void Require(void* function, string name)
    {
        if (function == null) throw new NotSupportedException($"npu: the toolkit has no {name}; install a CANN toolkit of 8.1 or later");
    }
}
