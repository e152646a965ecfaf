using System.Numerics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Operators of two and three tensors, which are broadcast to each other and have one dtype: no promotion is promised.</summary>
internal static class Binary
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        Alpha(all, "Add", "self", "out", subtract: false);
        Alpha(all, "InplaceAdd", "selfRef", null, subtract: false);
        Alpha(all, "Sub", "self", "out", subtract: true);
        Two(all, "Mul", "self", "out", Times, Times);
        Two(all, "InplaceMul", "selfRef", null, Times, Times);
        Two(all, "Div", "self", "out", Over, null);
        Two(all, "InplaceDiv", "selfRef", null, Over, null);
        Two(all, "Maximum", "self", "out", (a, b, _, y) => { for (int i = 0; i < y.Length; i++) y[i] = MathF.Max(a[i], b[i]); }, (a, b, _, y) => { for (int i = 0; i < y.Length; i++) y[i] = Math.Max(a[i], b[i]); });
        Two(all, "Minimum", "self", "out", (a, b, _, y) => { for (int i = 0; i < y.Length; i++) y[i] = MathF.Min(a[i], b[i]); }, (a, b, _, y) => { for (int i = 0; i < y.Length; i++) y[i] = Math.Min(a[i], b[i]); });
        Two(all, "PowTensorTensor", "self", "out", (a, b, _, y) => { for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(a[i], b[i]); }, null, second: "exponent");

        Three(all, "Addcmul", "self", "out", divide: false);
        Three(all, "InplaceAddcmul", "selfRef", null, divide: false);
        Three(all, "Addcdiv", "self", "out", divide: true);
        Three(all, "InplaceAddcdiv", "selfRef", null, divide: true);
        all.Define("Lerps", Lerps);
    }

    private static void Times<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumberBase<T>
    {
        int i = 0;
        for (; i <= y.Length - Vector<T>.Count; i += Vector<T>.Count) (new Vector<T>(a[i..]) * new Vector<T>(b[i..])).CopyTo(y[i..]);
        for (; i < y.Length; i++) y[i] = a[i] * b[i];
    }

    private static void Over(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> none, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] / b[i];
    }

    private static Piece<T> PlusScaled<T>(T alpha) where T : INumberBase<T> => (a, b, _, y) =>
    {
        int i = 0;
        var scale = new Vector<T>(alpha);
        for (; i <= y.Length - Vector<T>.Count; i += Vector<T>.Count) (new Vector<T>(a[i..]) + (scale * new Vector<T>(b[i..]))).CopyTo(y[i..]);
        for (; i < y.Length; i++) y[i] = a[i] + (alpha * b[i]);
    };

    private static void Alpha(Dictionary<string, Func<ICall, Plan>> all, string name, string first, string? output, bool subtract) => all.Define(name, call =>
    {
        (SimTensor a, SimTensor b, SimTensor y) = Pair(call, first, "other", output, Types.Numbers);
        double alpha = call.Scalar("alpha");
        call.Require(Types.IsFloat(a.Type) || alpha == Math.Truncate(alpha), "8.dtypes", $"alpha is {alpha} and {first} is {a.Type}; with integers it must be one");
        if (subtract) alpha = -alpha;
        return Run(y, PlusScaled((float)alpha), PlusScaled((long)alpha), a, b);
    });

    private static void Two(Dictionary<string, Func<ICall, Plan>> all, string name, string first, string? output, Piece<float> floats, Piece<long>? integers, string second = "other") => all.Define(name, call =>
    {
        (SimTensor a, SimTensor b, SimTensor y) = Pair(call, first, second, output, integers is null ? Types.Floats : Types.Numbers);
        return Run(y, floats, integers, a, b);
    });

    /// <summary>self + value · tensor1 · tensor2, or tensor1 / tensor2.</summary>
    private static void Three(Dictionary<string, Func<ICall, Plan>> all, string name, string first, string? output, bool divide) => all.Define(name, call =>
    {
        SimTensor a = call.Tensor(first, Types.Floats), b = call.Like("tensor1", a, first), c = call.Like("tensor2", a, first);
        long[] shape = Broadcast(call, "tensor1", b.Shape, "tensor2", c.Shape);
        shape = Broadcast(call, first, a.Shape, "tensor1 and tensor2", shape);
        SimTensor y = output is null ? a : call.Like(output, a, first);
        call.Shape(output ?? first, y, shape);
        float value = (float)call.Scalar("value");
        Piece<float> piece = divide
            ? (x, n, d, to) => { for (int i = 0; i < to.Length; i++) to[i] = x[i] + (value * (n[i] / d[i])); }
        : (x, n, d, to) => { for (int i = 0; i < to.Length; i++) to[i] = x[i] + (value * n[i] * d[i]); };
        return Run(y, piece, null, a, b, c);
    });

    private static Plan Lerps(ICall call)
    {
        (SimTensor a, SimTensor b, SimTensor y) = Pair(call, "self", "end", "out", Types.Floats);
        float weight = (float)call.Scalar("weight");
        return Run(y, (x, end, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = x[i] + (weight * (end[i] - x[i])); }, null, a, b);
    }

    /// <summary>Two inputs of one dtype and the output that their shapes give; an operator in place writes to the first.</summary>
    public static (SimTensor A, SimTensor B, SimTensor Y) Pair(ICall call, string first, string second, string? output, AclType[] types)
    {
        SimTensor a = call.Tensor(first, types), b = call.Like(second, a, first);
        long[] shape = Broadcast(call, first, a.Shape, second, b.Shape);
        SimTensor y = output is null ? a : call.Like(output, a, first);
        call.Shape(output ?? first, y, shape);
        return (a, b, y);
    }

    public static long[] Broadcast(ICall call, string first, long[] a, string second, long[] b) => Shapes.Broadcast(a, b)
        ?? throw call.Invalid("8.broadcast", $"{first} {Shapes.Text(a)} and {second} {Shapes.Text(b)} do not broadcast: dimensions must be equal or 1");

    private static Plan Run(SimTensor y, Piece<float> floats, Piece<long>? integers, params SimTensor[] inputs) => new(Checks.Workspace([.. inputs, y]), memory =>
    {
        if (Types.IsFloat(inputs[0].Type)) Loops.Map(memory, floats, y, inputs);
        else Loops.Map(memory, integers!, y, inputs);
    });
}
