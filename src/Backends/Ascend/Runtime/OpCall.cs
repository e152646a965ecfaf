using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend;

/// <summary>One call of an operator: its arguments are recorded, then it is planned (phase one) and launched (phase two), or planned by the thread that launches.</summary>
/// <remarks>
/// <code>
/// OpCall c = Begin();
/// c.aclnnAdd(c.In(a), c.In(b), c.Scalar(1), c.Out(y));
/// </code>
/// There is one at a time in a backend. The methods of operators are written by tools/AscendAbi. Nothing of the library is made while recording: a call
/// whose like was planned before takes that executor, gives it its addresses and goes straight to phase two.
/// </remarks>
internal sealed unsafe partial class OpCall(AscendBackend backend, AclDevice device, LaunchQueue queue, DeviceTimes times)
{
    private readonly Acl _acl = device.Acl;
    private OpArguments _arguments = new();
    private bool _asks, _isFirst;

    /// <summary>Begins a call; what was recorded for one that never came to its operator is forgotten.</summary>
    /// <param name="asks">Whether the caller does something else if phase one refuses: then it is planned here.</param>
    /// <param name="isFirst">Whether phase two is asked as well, before anything else is handed over.</param>
    public OpCall Begin(bool asks, bool isFirst)
    {
        _arguments.Clear();
        (_asks, _isFirst) = (asks, isFirst);
        return this;
    }

    /// <summary>A tensor that is read.</summary>
    public OpArgument In(Tensor x, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        Note(x, name);
        return _arguments.Tensor(Checked(x, x.Shape.Lengths), x.Strides, AclTypes.Of(x.DType), x.Offset, x.Storage.Bytes / x.DType.Size, x.Storage.Pointer);
    }

    /// <summary>A tensor that is written.</summary>
    public OpArgument Out(Tensor y, [CallerArgumentExpression(nameof(y))] string name = "")
    {
        backend.Written(y);
        return In(y, name);
    }

    /// <summary>Several tensors as one list.</summary>
    public OpArgument List(IReadOnlyList<Tensor> x, bool isWritten = false)
    {
        OpArgument list = _arguments.List(x.Count);
        foreach (Tensor t in x)
        {
            if (isWritten) backend.Written(t);
            Note(t, "");
            _arguments.Element(Checked(t, t.Shape.Lengths), t.Strides, AclTypes.Of(t.DType), t.Offset, t.Storage.Bytes / t.DType.Size, t.Storage.Pointer);
        }
        return list;
    }

    /// <summary>The same bytes under another element type of the library: INT8 or INT4 held as U8.</summary>
    public OpArgument As(Tensor x, int type, ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        Note(x, name);
        int scale = type == AclTypes.Int4 ? 2 : 1;
        return _arguments.Tensor(Checked(x, lengths), strides, type, scale * x.Offset, x.Storage.Bytes / x.DType.Size * scale, x.Storage.Pointer);
    }

    /// <summary>What is optional and not given.</summary>
    public OpArgument Null => _arguments.Null();

    /// <summary>A tensor without elements, for outputs that are not wanted but must not be null.</summary>
    public OpArgument Nothing(DType dtype) => _arguments.Nothing(AclTypes.Of(dtype));

    /// <summary>A number: F64 for floats, I64 for integers; the operator converts it.</summary>
    public OpArgument Scalar(double value, bool isInteger = false, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        _arguments.Note(new ArgumentNote(name, default, default, false, false, value));
        return _arguments.Scalar(value, isInteger);
    }

    /// <summary>A number that a tensor is compared with: F32, since one in F64 that F32 does not hold makes the comparison one of F64, beside the cores; I64 for integers.</summary>
    public OpArgument Compared(double value, bool isInteger, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (isInteger) return Scalar(value, isInteger: true, name);
        _arguments.Note(new ArgumentNote(name, default, default, false, false, value));
        return _arguments.Single(value);
    }

    /// <summary>An array of integers.</summary>
    public OpArgument Integers(ReadOnlySpan<long> values) => _arguments.Integers(values);

    /// <summary>A text that lives as long as the process: "mean"u8.</summary>
    public static byte* Text(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    /// <summary>The recorded arguments in the order of the operator's parameters; they are this call's and all of them.</summary>
    private void Taken(ReadOnlySpan<OpArgument> arguments)
    {
        bool inOrder = arguments.Length == _arguments.Count;
        for (int i = 0; i < arguments.Length; i++) inOrder &= arguments[i].Index == i;
        if (!inOrder) throw new InvalidOperationException("npu: the arguments of an operator were recorded while another was, or in another order than its parameters'");
    }

    private void Value(long value) => _arguments.Value(value);

    private void Value(double value) => _arguments.Value(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Plans and hands over, or hands over what is to be planned.</summary>
    private void Launch(string name, void* planner, delegate*<Acl, OpArguments, int> phaseOne, delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> run)
    {
        if (planner == null) throw new NotSupportedException($"npu: the toolkit has no {name}, which {device.SocName} needs here; install the operators and kernels of the card");
        if (run == null) throw new NotSupportedException($"npu: the toolkit plans {name} but cannot launch it; it is damaged, install it again");
        device.Enter();
        Launch launch = queue.Next(LaunchKind.Operator, name);
        (launch.Call, _arguments) = (_arguments, launch.Call);
        _arguments.Clear();
        launch.Call.Name = name;
        launch.PhaseOne = phaseOne;
        launch.Run = run;
        Storage? workspace = null;
        bool isOurs = true;
        try
        {
            bool only = backend.IsPlanOnly, later = queue.Plans && !_asks && !only;
            if (!only) queue.Executors.Find(launch, later);
            if (!later) launch.Plan(device, queue.Executors);
            if (only) return;
            if (!later && launch.WorkspaceBytes > 0)
            {
                workspace = backend.Rent((long)launch.WorkspaceBytes);
                launch.Workspace = workspace.Pointer;
            }
            if (times.IsOn && !_isFirst) times.Mark(launch);      // what may still be refused has no time
            isOurs = false;                          // from here the queue owns it
            if (_isFirst) queue.Try(launch);
            else queue.Submit(launch);
            backend.Launched();
        }
        finally
        {
            _asks = _isFirst = false;
            if (isOurs) queue.Abandon(launch);
            // Back to the pool at once: whoever gets it next stands behind this launch in the one stream.
            workspace?.Release();
        }
    }

    private void Note(Tensor x, string name) => _arguments.Note(new ArgumentNote(name, x.Shape, x.DType, true, !x.IsContiguous, 0));

    private static ReadOnlySpan<int> Checked(Tensor x, ReadOnlySpan<int> lengths) =>
        lengths.Length <= AscendBackend.MaxRank ? lengths : throw new NotSupportedException($"npu: {x} has {lengths.Length} dimensions; the operators take {AscendBackend.MaxRank}");
}
