using System.Numerics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Operators with a yes or no for each element; out is Bool.</summary>
internal static class Comparison
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        Tensors(all, "EqTensor", Equal, Equal);
        Tensors(all, "LtTensor", Less, Less);
        Tensors(all, "GtTensor", Greater, Greater);
        WithScalar(all, "EqScalar", (x, s) => x == s);
        WithScalar(all, "LtScalar", (x, s) => x < s);
        WithScalar(all, "GtScalar", (x, s) => x > s);
        WithScalar(all, "GeScalar", (x, s) => x >= s);
        Tensors(all, "LogicalAnd", And, And);
        Tensors(all, "LogicalOr", Or, Or);
        One(all, "LogicalNot", Types.NumbersAndBool, Not, Not);
        One(all, "IsFinite", Types.Floats, Finite, null);
    }

    private static void Tensors(Dictionary<string, Func<ICall, Plan>> all, string name, Piece<float> floats, Piece<long> integers) => all.Define(name, call =>
    {
        SimTensor a = call.Tensor("self", Types.NumbersAndBool), b = call.Like("other", a, "self");
        SimTensor y = Output(call, Binary.Broadcast(call, "self", a.Shape, "other", b.Shape));
        return Run(y, floats, integers, a, b);
    });

    private static void WithScalar(Dictionary<string, Func<ICall, Plan>> all, string name, Func<double, double, bool> holds) => all.Define(name, call =>
    {
        SimTensor x = call.Tensor("self", Types.NumbersAndBool);
        SimTensor y = Output(call, x.Shape);
        // A float tensor is compared in its own precision: 0.1 as a double equals no float.
        double s = Types.IsFloat(x.Type) ? Elements.Round((float)call.Scalar("other"), x.Type) : call.Scalar("other");
        return Run(y, (a, _, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = holds(a[i], s) ? 1 : 0; }, (a, _, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = holds(a[i], s) ? 1 : 0; }, x);
    });

    private static void One(Dictionary<string, Func<ICall, Plan>> all, string name, AclType[] types, Piece<float> floats, Piece<long>? integers) => all.Define(name, call =>
    {
        SimTensor x = call.Tensor("self", types);
        return Run(Output(call, x.Shape), floats, integers, x);
    });

    private static SimTensor Output(ICall call, long[] shape)
    {
        SimTensor y = call.Tensor("out", Types.Bool);
        call.Shape("out", y, shape);
        return y;
    }

    private static Plan Run(SimTensor y, Piece<float> floats, Piece<long>? integers, params SimTensor[] inputs) => new(Checks.Workspace([.. inputs, y]), memory =>
    {
        if (Types.IsFloat(inputs[0].Type)) Loops.Map(memory, floats, y, inputs);
        else Loops.Map(memory, integers!, y, inputs);
    });

    private static void Equal<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] == b[i] ? T.One : T.Zero;
    }

    private static void Less<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] < b[i] ? T.One : T.Zero;
    }

    private static void Greater<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] > b[i] ? T.One : T.Zero;
    }

    private static void And<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] != T.Zero && b[i] != T.Zero ? T.One : T.Zero;
    }

    private static void Or<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] != T.Zero || b[i] != T.Zero ? T.One : T.Zero;
    }

    private static void Not<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> none, Span<T> y) where T : INumber<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = a[i] == T.Zero ? T.One : T.Zero;
    }

    private static void Finite(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> none, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++) y[i] = float.IsFinite(a[i]) ? 1 : 0;
    }
}
