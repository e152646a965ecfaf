using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>One call of an operator without a runtime around it: arguments by name, memory that checks its bounds.</summary>
internal sealed class OperatorCall(string name, string soc = "Ascend910B2", string cann = "8.1") : ICall
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public string Operator => name;
    public Card Card { get; } = Card.Of(soc, cann);
    public bool Deterministic { get; init; } = true;

    public object? this[string argument]
    {
        set
        {
            Assert.Contains(Exports.Signatures[name], a => a.Name == argument);
            _values[argument] = value;
        }
    }

    public Plan Plan() => OperatorTable.All[name](this);

    /// <summary>Both phases.</summary>
    public void Run()
    {
        Plan plan = Plan();
        if (plan.Refusal is { } refusal) throw refusal;
        Assert.Equal(0, plan.WorkspaceBytes % 512);
        plan.Work(Device.Memory);
    }

    /// <summary>Phase one refuses with the code of the rule and names the rule, or the kernel faults with it; and the same by way of the exported functions, where the simulator reports this rule and no other.</summary>
    public void Breaks(string rule)
    {
        BreaksInside(rule);
        Interface(rule);
    }

    /// <summary>By way of the exported functions the simulator reports this rule and no other.</summary>
    public void Interface(string rule)
    {
        IReadOnlyList<Breach> before = Breaches.All;
        (int status, string message) = InterfaceCall.Run(name, _values, new() { Soc = soc, Cann = cann });
        string[] reported = [.. Breaches.All.Select(b => b.Rule).Distinct()];
        Assert.True(reported is [var id] && id == rule, $"{rule} was expected, the simulator reported {string.Join(", ", reported)}: {message}");
        string code = Simulator.Rules.Single(r => r.Id == rule).Code;
        Assert.Equal(code == "poison" ? [] : [rule], Regex.Matches(message, @"\[(\d\.[\w-]+)\]").Select(m => m.Groups[1].Value));
        Assert.Equal(code == "poison" ? 0 : int.Parse(code), status);
        BreaksAttribute.Keep(before);
    }

    private void BreaksInside(string rule)
    {
        int code = int.Parse(Simulator.Rules.Single(r => r.Id == rule).Code);
        if (code == 507015)
        {
            DeviceFault fault = Assert.Throws<DeviceFault>(Run);
            Assert.Equal(code, fault.Code);
            Assert.Contains($"[{rule}]", fault.Message, StringComparison.Ordinal);
            return;
        }
        Refused refused = Assert.Throws<Refused>(() => { if (Plan().Refusal is { } late) throw late; });
        Assert.Equal((code, rule), (refused.Code, refused.Rule));
        Assert.StartsWith($"aclnn{name}: ", refused.Message, StringComparison.Ordinal);
    }

    public SimTensor Tensor(string argument) => OptionalTensor(argument) ?? throw new Refused(161001, "6.plan-null", $"aclnn{name}: {argument} is null");

    public SimTensor? OptionalTensor(string argument) => (SimTensor?)At(argument, "aclTensor*");

    public SimTensor[] Tensors(string argument) => (SimTensor[]?)At(argument, "aclTensorList*") ?? [];

    public double Scalar(string argument) => Convert.ToDouble(At(argument, "aclScalar*") ?? throw new Refused(161001, "6.plan-null", $"aclnn{name}: {argument} is null"));

    public long[]? Integers(string argument) => (long[]?)At(argument, "aclIntArray*");

    public long Integer(string argument) => Convert.ToInt64(At(argument, null) ?? 0L);

    public bool Flag(string argument) => (bool)(At(argument, "bool") ?? false);

    public double Number(string argument) => Convert.ToDouble(At(argument, null) ?? 0.0);

    public string? Text(string argument) => (string?)At(argument, "char*");

    public Exception Refuse(int code, string rule, string message) => new Refused(code, rule, message);

    private object? At(string argument, string? type)
    {
        (string Name, string CType) found = Exports.Signatures[name].SingleOrDefault(a => a.Name == argument);
        Assert.True(found.Name == argument && (type is null || found.CType == type), $"{name} has no {type} {argument}");
        return _values.GetValueOrDefault(argument);
    }
}

internal sealed class Refused(int code, string rule, string message) : Exception(message)
{
    public int Code => code;
    public string Rule => rule;
}

/// <summary>Tensors in memory of their own.</summary>
internal static unsafe class Device
{
    public static IDeviceMemory Memory { get; } = new Checked();

    private static readonly Lock s_gate = new();
    private static readonly SortedList<ulong, long> s_blocks = [];

    /// <summary>Start and length of the block that an address lies in.</summary>
    public static (ulong Start, long Bytes) Block(ulong address)
    {
        lock (s_gate)
            foreach ((ulong start, long length) in s_blocks)
                if (address >= start && address < start + (ulong)Math.Max(1, length)) return (start, length);
        throw new ArgumentException($"0x{address:x} lies in no block");
    }

    /// <summary>A tensor that nobody has written.</summary>
    public static SimTensor Empty(AclType type, params long[] shape)
    {
        long count = Shapes.Count(shape);
        var tensor = new SimTensor { Shape = shape, Strides = Shapes.Contiguous(shape), Offset = 0, Storage = [count], Type = type, Format = 2, Data = 0 };
        long bytes = type == AclType.Int4 ? (count + 1) / 2 : count * tensor.ElementBytes;
        void* block = NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), 64);
        NativeMemory.Fill(block, (nuint)bytes, 0xFF);
        lock (s_gate) s_blocks[(ulong)block] = bytes;
        tensor.Data = (ulong)block;
        return tensor;
    }

    public static SimTensor Of(AclType type, long[] shape, params double[] values)
    {
        SimTensor tensor = Empty(type, shape);
        if (type is AclType.Int64 or AclType.Int4) Elements.Write(Memory, tensor, Array.ConvertAll(values, v => (long)v));
        else Elements.Write(Memory, tensor, values);
        return tensor;
    }

    public static SimTensor Floats(long[] shape, params double[] values) => Of(AclType.Float, shape, values);

    public static SimTensor Indices(long[] shape, params double[] values) => Of(AclType.Int64, shape, values);

    /// <summary>Values between -1 and 1 that depend on the seed alone.</summary>
    public static SimTensor Random(int seed, AclType type, params long[] shape)
    {
        var random = new Random(seed);
        return Of(type, shape, [.. Enumerable.Range(0, (int)Shapes.Count(shape)).Select(_ => (random.NextDouble() * 2) - 1)]);
    }

    public static SimTensor Random(int seed, params long[] shape) => Random(seed, AclType.Float, shape);

    /// <summary>Another view of the same memory.</summary>
    public static SimTensor View(this SimTensor t, long[] shape, long[] strides, long offset = 0) =>
        new() { Shape = shape, Strides = strides, Offset = offset, Storage = t.Storage, Type = t.Type, Format = t.Format, Data = t.Data };

    /// <summary>The last two dimensions exchanged.</summary>
    public static SimTensor Transposed(this SimTensor t) =>
        t.View([.. t.Shape[..^2], t.Shape[^1], t.Shape[^2]], [.. t.Strides[..^2], t.Strides[^1], t.Strides[^2]], t.Offset);

    public static double[] Values(this SimTensor t) => Elements.Read<double>(Memory, t);

    /// <summary>Every value lies near the expected one, relative to the largest.</summary>
    public static void Near(SimTensor actual, IReadOnlyList<double> expected, double tolerance = 1e-6)
    {
        double[] values = actual.Values();
        Assert.Equal(expected.Count, values.Length);
        double scale = Math.Max(1e-30, expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(expected[i])) Assert.True(double.IsNaN(values[i]), $"[{i}]: {values[i]}, expected NaN");
            else if (double.IsInfinity(expected[i])) Assert.Equal(expected[i], values[i]);
            else Assert.True(Math.Abs(values[i] - expected[i]) <= tolerance * scale, $"[{i}]: {values[i]}, expected {expected[i]}");
        }
    }

    private sealed class Checked : IDeviceMemory
    {
        public ReadOnlySpan<byte> Read(ulong address, long bytes) => Write(address, bytes);

        public Span<byte> Write(ulong address, long bytes)
        {
            lock (s_gate)
                foreach ((ulong start, long length) in s_blocks)
                    if (address >= start && address + (ulong)bytes <= start + (ulong)length) return new Span<byte>((void*)address, (int)bytes);
            throw new DeviceFault(507015, "", $"{bytes} bytes at 0x{address:x} lie in no block");
        }
    }
}
