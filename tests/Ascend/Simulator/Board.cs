using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>A simulated card with device 0 set on this thread, called through the table of functions as any caller does.</summary>
internal sealed unsafe class Board : IDisposable
{
    private readonly bool _isFile;

    public const int Float = 0, Int32 = 3, Nd = 2, ToDevice = 1, ToHost = 2, OnDevice = 3;

    /// <param name="options">What is imitated.</param>
    /// <param name="set">Whether device 0 is set.</param>
    /// <param name="fromEnvironment">Whether the environment says what is imitated.</param>
    public Board(SimulatorOptions? options = null, bool set = true, bool fromEnvironment = false)
    {
        Simulator.Reset(fromEnvironment ? null : options ?? new());
        Acl = Acl.Load(new Table(Simulator.Symbols()));
        Ok(Acl.aclInit(null));
        if (set) Ok(Acl.aclrtSetDevice(0));
    }

    /// <summary>A card of a library that was opened from a file: what it reports is in its texts only.</summary>
    public Board(Acl library, bool isFile)
    {
        (Acl, _isFile) = (library, isFile);
        Ok(Acl.aclInit(null));
        Ok(Acl.aclrtSetDevice(0));
    }

    public Acl Acl { get; }

    public void Dispose()
    {
        if (!_isFile)
        {
            Simulator.Reset();
            return;
        }
        Acl.aclrtSetDevice(0);              // whatever is current now
        Acl.aclrtResetDevice(0);
        Acl.aclrtResetDevice(0);
        Ok(Acl.aclFinalize());
    }

    /// <summary>The text of this thread's last failure, once.</summary>
    public string Message() => Marshal.PtrToStringUTF8((nint)Acl.aclGetRecentErrMsg()) ?? "";

    public void Ok(int status)
    {
        if (status != 0) Assert.Fail($"{status}: {Message()}");
    }

    /// <summary>The status is the rule's code and the message names the rule.</summary>
    public void Breaks(string rule, int status)
    {
        Names(rule);
        string code = Simulator.Rules.Single(r => r.Id == rule).Code;
        if (int.TryParse(code, out int expected) && expected != 0) Assert.Equal(expected, status);
        else Assert.NotEqual(0, status);
    }

    /// <summary>No object was made and the message names the rule.</summary>
    public void BreaksObject(string rule, nint made)
    {
        Assert.Equal(0, made);
        Names(rule);
    }

    /// <summary>The text of the last failure names this rule and no other, and it is the last one that the simulator reported.</summary>
    public void Names(string rule)
    {
        string message = Message();
        Assert.True(message.Length > 0, $"{rule} was expected, nothing failed");
        Assert.Equal([rule], Regex.Matches(message, @"\[(\d\.[\w-]+)\]").Select(m => m.Groups[1].Value));
        Assert.Equal(rule, Breaches.All[^1].Rule);
    }

    /// <summary>The simulator has kept this breach since the last call, though no status tells it.</summary>
    public static void Kept(string rule, Action broken)
    {
        int before = Breaches.All.Count;
        broken();
        Assert.Equal([rule], Breaches.All.Skip(before).Select(b => b.Rule).Distinct());
    }

    public nint Malloc(long bytes)
    {
        nint address;
        Ok(Acl.aclrtMalloc(&address, (nuint)bytes, 0));
        return address;
    }

    public nint MallocHost(long bytes)
    {
        nint address;
        Ok(Acl.aclrtMallocHost(&address, (nuint)bytes));
        return address;
    }

    /// <summary>Device memory at a multiple of 64 that holds these numbers.</summary>
    public nint Upload<T>(params T[] values) where T : unmanaged
    {
        nint address = Malloc(values.Length * sizeof(T));
        fixed (T* from = values) Ok(Acl.aclrtMemcpy(address, (nuint)(values.Length * sizeof(T)), (nint)from, (nuint)(values.Length * sizeof(T)), ToDevice));
        return address;
    }

    public T[] Download<T>(nint address, int count) where T : unmanaged
    {
        var values = new T[count];
        fixed (T* to = values) Ok(Acl.aclrtMemcpy((nint)to, (nuint)(count * sizeof(T)), address, (nuint)(count * sizeof(T)), ToHost));
        return values;
    }

    public nint Stream()
    {
        nint stream;
        Ok(Acl.aclrtCreateStream(&stream));
        return stream;
    }

    public nint Event(uint flags = 9)
    {
        nint made;
        Ok(Acl.aclrtCreateEventExWithFlag(&made, flags));
        return made;
    }

    public nint TryTensor(nint data, long[] shape, int type = Float, long[]? strides = null, long offset = 0, long[]? storage = null, int format = Nd)
    {
        storage ??= [offset + 1 + shape.Select((d, i) => (d - 1) * (strides?[i] ?? Contiguous(shape, i))).Sum()];
        fixed (long* s = shape, t = strides, r = storage) return Acl.aclCreateTensor(s, (ulong)shape.Length, type, t, offset, format, r, (ulong)storage.Length, data);
    }

    public nint Tensor(nint data, long[] shape, int type = Float, long[]? strides = null)
    {
        nint tensor = TryTensor(data, shape, type, strides);
        if (tensor == 0) Assert.Fail(Message());
        return tensor;
    }

    public nint Scalar(float value) => Acl.aclCreateScalar((nint)(&value), Float);

    /// <summary>Phase one of out = a + b.</summary>
    public int PlanAdd(nint a, nint b, nint y, out ulong workspace, out nint executor)
    {
        nint alpha = Scalar(1);
        ulong size;
        nint made = 0;
        int status = Acl.aclnnAddGetWorkspaceSize(a, b, alpha, y, &size, &made);
        (workspace, executor) = (status == 0 ? size : 0, made);
        if (alpha != 0) Acl.aclDestroyScalar(alpha);
        return status;
    }

    /// <summary>Queues y = a + b for vectors of 8 at these addresses; what its phase two returned.</summary>
    public int Add(nint a, nint b, nint y, nint stream = 0)
    {
        nint ta = Tensor(a, [8]), tb = Tensor(b, [8]), ty = Tensor(y, [8]);
        Ok(PlanAdd(ta, tb, ty, out ulong workspace, out nint executor));
        Assert.Equal(0ul, workspace);
        int status = Acl.aclnnAdd(0, 0, executor, stream);
        foreach (nint tensor in new[] { ta, tb, ty }) Acl.aclDestroyTensor(tensor);
        return status;
    }

    /// <summary>Queues a kernel that faults: it reads memory of the host.</summary>
    public void QueueFault(nint stream = 0)
    {
        nint host = MallocHost(64), y = Malloc(32);
        Ok(Add(host, host, y, stream));
    }

    /// <summary>Runs on a thread of its own; what it throws is thrown here.</summary>
    public static void OnThread(Action body)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(body));
        thread.Start();
        thread.Join();
        if (thrown is not null) throw new InvalidOperationException("on the other thread: " + thrown.Message, thrown);
    }

    private static long Contiguous(long[] shape, int i) => shape.Skip(i + 1).Aggregate(1L, (n, d) => n * d);

    private sealed class Table(IReadOnlyDictionary<string, nint> symbols) : ISymbols
    {
        public nint Find(string library, string name) => symbols.GetValueOrDefault(name);
    }
}
