using System.Numerics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Operators that move values: casts, copies, fills, choices.</summary>
internal static class Conversion
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("Cast", Cast);
        all.Define("InplaceCopy", Copy);
        all.Define("SWhere", Where);
        all.Define("InplaceMaskedFillScalar", MaskedFill);
        all.Define("InplaceFillScalar", call => Fill(call, call.Scalar("value")));
        all.Define("InplaceZero", call => Fill(call, 0));
    }

    private static Plan Cast(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.All), y = call.Tensor("out", Types.All);
        call.Require(call.Integer("dtype") == (long)y.Type, "8.cast-dtype", $"dtype is {call.Integer("dtype")} ({(AclType)call.Integer("dtype")}), but out is {y.Type} ({(int)y.Type}); they must be the same");
        call.Shape("out", y, x.Shape);
        return Move(call, x, y);
    }

    private static Plan Copy(ICall call)
    {
        SimTensor y = call.Tensor("selfRef", Types.All), x = call.Tensor("src", Types.All);
        call.Require(Shapes.CanExpand(x.Shape, y.Shape), "8.copy-any", $"src {Shapes.Text(x.Shape)} cannot be repeated to selfRef {Shapes.Text(y.Shape)}");
        return Move(call, x, y);
    }

    private static Plan Where(ICall call)
    {
        SimTensor condition = call.Tensor("condition", Types.Bool), a = call.Tensor("self", Types.NumbersAndBool), b = call.Like("other", a, "self"), y = call.Like("out", a, "self");
        long[] shape = Binary.Broadcast(call, "self", a.Shape, "other", b.Shape);
        call.Shape("out", y, Binary.Broadcast(call, "condition", condition.Shape, "self and other", shape));
        return new Plan(Checks.Workspace([condition, a, b, y]), memory =>
        {
            if (Types.IsFloat(a.Type)) Loops.Map<float>(memory, Choose, y, condition, a, b);
            else Loops.Map<long>(memory, Choose, y, condition, a, b);
        });
    }

    private static void Choose<T>(ReadOnlySpan<T> condition, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : INumberBase<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = condition[i] != T.Zero ? a[i] : b[i];
    }

    private static Plan MaskedFill(ICall call)
    {
        SimTensor y = call.Tensor("selfRef", Types.NumbersAndBool), mask = call.Tensor("mask", Types.Bool);
        call.Require(Shapes.CanExpand(mask.Shape, y.Shape), "8.broadcast", $"mask {Shapes.Text(mask.Shape)} cannot be repeated to selfRef {Shapes.Text(y.Shape)}");
        double value = call.Scalar("value");
        return new Plan(Checks.Workspace([y, mask]), memory =>
        {
            if (Types.IsFloat(y.Type)) Loops.Map<float>(memory, (x, m, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = m[i] != 0 ? (float)value : x[i]; }, y, y, mask);
            else Loops.Map<long>(memory, (x, m, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = m[i] != 0 ? (long)value : x[i]; }, y, y, mask);
        });
    }

    private static Plan Fill(ICall call, double value)
    {
        SimTensor y = call.Tensor("selfRef", Types.All);
        return new Plan(Checks.Workspace([y]), memory =>
        {
            if (y.IsFloat) Loops.Map<double>(memory, (_, _, _, to) => to.Fill(value), y);
            else Loops.Map<long>(memory, (_, _, _, to) => to.Fill((long)value), y);
        });
    }

    /// <summary>y = x in y's type. Integers stay exact, floats round once.</summary>
    private static Plan Move(ICall call, SimTensor x, SimTensor y) => new(Checks.Workspace([x, y]), memory =>
    {
        if (x.Type == AclType.Double) Loops.Map<double>(memory, (a, _, _, to) => a.CopyTo(to), y, x);
        else if (x.Type == AclType.Float && y.Type == AclType.Float16 && call.Card.Saturates) Loops.Map<float>(memory, (a, _, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = Elements.Saturated(a[i]); }, y, x);
        else if (x.IsFloat) Loops.Map<float>(memory, (a, _, _, to) => a.CopyTo(to), y, x);
        else Loops.Map<long>(memory, (a, _, _, to) => a.CopyTo(to), y, x);
    });
}
