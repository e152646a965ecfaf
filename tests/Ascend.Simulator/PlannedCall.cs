using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The arguments of phase one, read and checked by the operator's signature before the operator sees them.</summary>
internal sealed class PlannedCall : ICall
{
    private readonly SimContext _context;
    private readonly (string Name, string CType)[] _signature;
    private readonly object?[] _values;
    private readonly List<(nint Handle, int Argument)> _tensors = [];

    public PlannedCall(SimContext context, string op, ReadOnlySpan<ulong> args)
    {
        _context = context;
        Operator = op;
        _signature = Exports.Signatures[op];
        _values = new object?[_signature.Length];
        for (int i = 0; i < _signature.Length; i++) _values[i] = Value(i, args[i]);
    }

    private PlannedCall(PlannedCall call, int argument, ulong address)
    {
        _context = call._context;
        Operator = call.Operator;
        _signature = call._signature;
        _tensors = call._tensors;
        _values = [.. call._values];
        _values[argument] = TensorRules.At((SimTensor)_values[argument]!, address);
    }

    public string Operator { get; }

    public Card Card => _context.Device.World.Card;

    public bool Deterministic => _context.Settings[0] > 0 && _context.Device.World.Settings[0] > 0;

    /// <summary>Handles of the tensors that must live until phase two, those of lists included.</summary>
    public IEnumerable<nint> Tensors() => _tensors.Select(t => t.Handle);

    /// <summary>
    /// The tensors that an index of an address counts: the parameters that are inputs, in place ones among them, then those that are results; what is null
    /// has a number too. A side alone counts its own.
    /// </summary>
    public (nint Handle, int Argument)[] Tensors(bool inputs, bool outputs)
    {
        var counted = new List<(nint, int)>();
        if (inputs) counted.AddRange(Of(name => IsInput(name)));
        if (outputs) counted.AddRange(Of(name => inputs ? !IsInput(name) : IsOutput(name)));
        return [.. counted];

        IEnumerable<(nint, int)> Of(Predicate<string> side) => Enumerable.Range(0, _signature.Length).Where(i => _signature[i].CType == "aclTensor*" && side(_signature[i].Name))
            .Select(i => (_tensors.Find(t => t.Argument == i).Handle, i));
    }

    /// <summary>The bytes that its kernel touches.</summary>
    public List<Access> Accesses()
    {
        List<Access> touched = [];
        for (int i = 0; i < _values.Length; i++)
        {
            bool writes = Writes(_signature[i].Name);
            if (_values[i] is SimTensor tensor) Access.Add(touched, tensor, writes);
            else if (_values[i] is SimTensor[] list) foreach (SimTensor element in list) Access.Add(touched, element, writes);
        }
        return touched;
    }

    /// <summary>Why an executor of this call cannot be reused; null if it can.</summary>
    public string? NotRepeatable()
    {
        for (int i = 0; i < _values.Length; i++)
        {
            if (_values[i] is SimTensor[]) return "it takes a list of tensors, whose addresses are copied to the device";
            if (_values[i] is not SimTensor tensor) continue;
            if (tensor.Type == AclType.Double) return $"{_signature[i].Name} is double, which is computed beside the cores";
            if (IsOutput(_signature[i].Name) && !tensor.IsDirect) return $"{_signature[i].Name} is a strided view, which is copied back";
        }
        return null;
    }

    /// <summary>
    /// What makes two calls alike to the library's own cache of plans: all arguments but addresses, and which tensors are the same one
    /// (SetOpCacheKey and AddParamToBuf in op_cache.cpp of opbase).
    /// </summary>
    public string Key() => PlanKey.Of(Operator, Deterministic, _values, [.. _tensors.Select(t => t.Handle)], _context.Device.World.Handles);

    /// <summary>The name of a parameter.</summary>
    public string NameOf(int argument) => _signature[argument].Name;

    /// <summary>Whether there is data behind a tensor.</summary>
    public bool HasElements(int argument) => _values[argument] is SimTensor { Count: > 0 };

    /// <summary>The same call with a tensor in another place.</summary>
    public PlannedCall With(int argument, ulong address) => new(this, argument, address);

    public SimTensor Tensor(string name) => OptionalTensor(name) ?? throw Missing(name);

    public SimTensor? OptionalTensor(string name) => (SimTensor?)At(name, "aclTensor*");

    public SimTensor[] Tensors(string name) => (SimTensor[]?)At(name, "aclTensorList*") ?? [];

    public double Scalar(string name) => ((SimScalar?)At(name, "aclScalar*") ?? throw Missing(name)).Value;

    public long[]? Integers(string name) => (long[]?)At(name, "aclIntArray*");

    public long Integer(string name) => (long)At(name)!;

    public bool Flag(string name) => (bool)At(name, "bool")!;

    public double Number(string name) => (double)At(name)!;

    public string? Text(string name) => (string?)At(name, "char*");

    public Exception Refuse(int code, string rule, string message) => new AclException(code, rule, message);

    private object? Value(int i, ulong bits)
    {
        (string name, string type) = _signature[i];
        return type switch
        {
            "aclTensor*" => bits == 0 ? null : Planned((nint)bits, i, name),
            "aclTensorList*" => bits == 0 ? null : Live<SimTensorList>(bits, name, "a list of tensors").Elements.Select((e, n) => Planned(e, i, $"{name}[{n}]")).ToArray(),
            "aclScalar*" => bits == 0 ? null : Live<SimScalar>(bits, name, "a scalar"),
            "aclScalarList*" => bits == 0 ? null : Live<SimScalarList>(bits, name, "a list of scalars"),
            "aclIntArray*" => bits == 0 ? null : Live<SimIntArray>(bits, name, "an array of integers").Values,
            "char*" => Marshal.PtrToStringUTF8((nint)bits),
            "bool" => bits <= 1 ? bits == 1 : throw Refuse(Code.InvalidParameter, "2.bool-byte", $"{name}: 0 or 1 was expected, found {bits}"),
            "float" => (double)BitConverter.UInt32BitsToSingle((uint)bits),
            "double" => BitConverter.UInt64BitsToDouble(bits),
            _ => (long)bits,
        };
    }

    /// <summary>The view as it is now: what happens to the caller's tensor later does not reach the kernel.</summary>
    private SimTensor Planned(nint handle, int argument, string name)
    {
        _tensors.Add((handle, argument));
        SimTensor tensor = Live<SimTensor>((ulong)handle, name, "a tensor");
        TensorRules.CheckPlanned(tensor, name);
        if (Writes(_signature[argument].Name)) TensorRules.CheckWritten(tensor, name);
        return TensorRules.At(tensor, tensor.Data);
    }

    private T Live<T>(ulong handle, string name, string kind) where T : class
    {
        Handles handles = _context.Device.World.Handles;
        return handles.Find<T>((nint)handle) ?? throw Refuse(Code.InvalidParameter, "6.plan-handle", $"{name}: {kind} was expected, found {handles.Describe((nint)handle)}");
    }

    private object? At(string name, string? type = null)
    {
        int i = Array.FindIndex(_signature, a => a.Name == name);
        if (i < 0 || (type is not null && _signature[i].CType != type)) throw new InvalidOperationException($"{Operator} has no {type} {name}");
        return _values[i];
    }

    private Exception Missing(string name) => Refuse(Code.NullPointer, name == "alpha" ? "6.alpha" : "6.plan-null", $"{name} is null");

    /// <summary>Whether the kernel writes it: a result, or what is changed in place under a name that does not say so.</summary>
    private bool Writes(string name) => IsOutput(name) || (Operator == "ForeachNonFiniteCheckAndUnscale" && name is "scaledGrads" or "foundInf");

    private bool IsInput(string name) => !IsOutput(name) || name.EndsWith("Ref", StringComparison.Ordinal);

    /// <summary>The signatures do not tell results from arguments; their names do.</summary>
    private bool IsOutput(string name) => name.EndsWith("Out", StringComparison.Ordinal) || name.EndsWith("Ref", StringComparison.Ordinal)
        || name is "out" or "result" or "gradInput" or "y" or "attentionOut" or "softmaxLse" || (Operator == "MaxDim" && name == "indices");
}
