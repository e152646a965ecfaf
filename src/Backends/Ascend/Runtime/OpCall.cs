using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend;

/// <summary>One call of an operator: its arguments as the library's objects, phase one, workspace, phase two.</summary>
/// <remarks>
/// <code>
/// using OpCall c = Begin("Add", acl.aclnnAddGetWorkspaceSize);
/// c.Launch(acl.aclnnAddGetWorkspaceSize(c.In(a), c.In(b), c.Scalar(1), c.Out(y), c.Size, c.Executor), acl.aclnnAdd);
/// </code>
/// There is one at a time in a backend. Shapes, strides and scalars are copied when the objects are made. The executor serves one launch.
/// </remarks>
internal sealed unsafe class OpCall(AscendBackend backend, AclDevice device, LaunchQueue queue, DeviceTimes times) : IDisposable
{
    private const int MaxRank = 8;

    private readonly ulong* _results = (ulong*)NativeMemory.AllocZeroed(2, sizeof(ulong));
    private Launch? _launch;
    private bool _planOnly;

    /// <summary>Where phase one puts the bytes of workspace.</summary>
    public ulong* Size => _results;

    /// <summary>Where phase one puts the executor.</summary>
    public nint* Executor => (nint*)(_results + 1);

    /// <summary>Begins a call; the previous one has ended.</summary>
    public OpCall Begin(string name, void* phaseOne, bool planOnly)
    {
        if (_launch is not null) throw new InvalidOperationException($"{name}: begun inside {_launch.Name}");
        if (phaseOne == null) throw new NotSupportedException($"npu: the toolkit has no {name}, which {device.SocName} needs here; install the operators and kernels of the card");
        _launch = queue.Next(LaunchKind.Operator, name);
        _planOnly = planOnly;
        device.Enter();
        _results[0] = _results[1] = 0;
        return this;
    }

    /// <summary>A tensor that is read.</summary>
    public nint In(Tensor x, [CallerArgumentExpression(nameof(x))] string name = "") => Make(x, x.Shape.Lengths, x.Strides, AclTypes.Of(x.DType), name);

    /// <summary>A tensor that is read, or null where the operator does without.</summary>
    public nint Optional(Tensor? x, [CallerArgumentExpression(nameof(x))] string name = "") => x is null ? 0 : In(x, name);

    /// <summary>A tensor that is written.</summary>
    public nint Out(Tensor y, [CallerArgumentExpression(nameof(y))] string name = "")
    {
        backend.Written(y);
        return Make(y, y.Shape.Lengths, y.Strides, AclTypes.Of(y.DType), name);
    }

    /// <summary>Several tensors as one list, which owns what it was made of.</summary>
    public nint List(IReadOnlyList<Tensor> x, bool isWritten = false)
    {
        List<nint> made = _launch!.Tensors;
        int first = made.Count;
        foreach (Tensor t in x) _ = isWritten ? Out(t, "") : In(t, "");
        nint list;
        fixed (nint* elements = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(made)[first..]) list = device.Acl.aclCreateTensorList(elements, (ulong)x.Count);
        if (list == 0) throw device.Failure(161001, "aclCreateTensorList", $"{x.Count} tensors");
        made.RemoveRange(first, x.Count);
        _launch.Lists.Add(list);
        return list;
    }

    /// <summary>The same bytes under another element type of the library: INT8 or INT4 held as U8.</summary>
    public nint As(Tensor x, int type, ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, [CallerArgumentExpression(nameof(x))] string name = "") =>
        Make(x, lengths, strides, type, name, offset: type == AclTypes.Int4 ? 2 * x.Offset : x.Offset, storageScale: type == AclTypes.Int4 ? 2 : 1);

    /// <summary>A tensor without elements, for outputs that are not wanted but must not be null.</summary>
    public nint Nothing(DType dtype)
    {
        long zero = 0, one = 1;
        nint tensor = device.Acl.aclCreateTensor(&zero, 1, AclTypes.Of(dtype), &one, 0, AclTypes.FormatNd, &zero, 1, 0);
        if (tensor == 0) throw device.Failure(161001, "aclCreateTensor", "no elements");
        _launch!.Tensors.Add(tensor);
        return tensor;
    }

    /// <summary>A number: F64 for floats, I64 for integers; the operator converts it.</summary>
    public nint Scalar(double value, bool isInteger = false, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        long integer = isInteger ? (long)value : 0;
        nint scalar = device.Acl.aclCreateScalar(isInteger ? (nint)(&integer) : (nint)(&value), isInteger ? AclTypes.Int64 : AclTypes.Double);
        if (scalar == 0) throw device.Failure(161001, "aclCreateScalar", $"{value}");
        _launch!.Note(name, value);
        _launch.Scalars.Add(scalar);
        return scalar;
    }

    /// <summary>An array of integers.</summary>
    public nint Integers(ReadOnlySpan<long> values)
    {
        fixed (long* first = values)
        {
            nint array = device.Acl.aclCreateIntArray(first, (ulong)values.Length);
            if (array == 0) throw device.Failure(161001, "aclCreateIntArray", $"{values.Length} numbers");
            _launch!.Arrays.Add(array);
            return array;
        }
    }

    /// <summary>A text that lives as long as the process: "mean"u8.</summary>
    public static byte* Text(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    /// <summary>Checks phase one, takes the workspace, hands phase two over.</summary>
    public void Launch(int planned, delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> run)
    {
        Launch launch = _launch!;
        if (planned != 0)
        {
            *Executor = 0;                           // phase one gives none when it refuses
            throw device.Failure(planned, "aclnn" + launch.Name, launch.Arguments);
        }
        launch.Executor = *Executor;
        if (_planOnly) return;
        if (run == null) throw new NotSupportedException($"npu: the toolkit plans {launch.Name} but cannot launch it; it is damaged, install it again");
        Storage? workspace = *Size > 0 ? backend.Rent((long)*Size) : null;
        try
        {
            // Exactly the size that was asked for, not that of the block.
            launch.Run = run;
            (launch.Workspace, launch.WorkspaceBytes) = (workspace?.Pointer ?? 0, *Size);
            if (times.IsOn) times.Mark(launch);
            _launch = null;                          // from here the queue owns it
            backend.Launched();
            queue.Submit(launch);
        }
        finally
        {
            // Back to the pool at once: whoever gets it next stands behind this launch in the one stream.
            workspace?.Release();
        }
    }

    /// <summary>Ends the call; what was made for a call that was not handed over goes here.</summary>
    public void Dispose()
    {
        if (_launch is null) return;
        queue.Abandon(_launch);
        _launch = null;
    }

    /// <summary>Gives the room for results back; the backend is closing.</summary>
    public void Free() => NativeMemory.Free(_results);

    private nint Make(Tensor x, ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, int type, string name, long? offset = null, int storageScale = 1)
    {
        if (lengths.Length > MaxRank) throw new NotSupportedException($"npu: {x} has {lengths.Length} dimensions; the operators take {MaxRank}");
        _launch!.Note(name, x);
        long* dims = stackalloc long[MaxRank], steps = stackalloc long[MaxRank];
        int rank = Math.Max(1, lengths.Length);
        dims[0] = steps[0] = 1;                      // a scalar is seen as one element
        for (int i = 0; i < lengths.Length; i++) (dims[i], steps[i]) = (lengths[i], strides[i]);
        Storage storage = x.Storage;
        // Offset, strides and storage are in elements, whatever their width. The storage is the whole block: a view must lie inside it.
        long elements = storage.Bytes / x.DType.Size * storageScale;
        nint tensor = device.Acl.aclCreateTensor(dims, (ulong)rank, type, steps, offset ?? x.Offset, AclTypes.FormatNd, &elements, 1, storage.Pointer);
        if (tensor == 0) throw device.Failure(161001, "aclCreateTensor", $"{name} {x}");
        _launch.Tensors.Add(tensor);
        return tensor;
    }
}
