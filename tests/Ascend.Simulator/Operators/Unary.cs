namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Operators of one tensor: y = f(x), and those with scalars beside it.</summary>
internal static class Unary
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        Function(all, "Neg", x => -x, x => -x);
        Function(all, "Abs", MathF.Abs, Math.Abs);
        Function(all, "Sign", x => float.IsNaN(x) ? x : MathF.Sign(x), x => Math.Sign(x), output: "result");
        Function(all, "Exp", MathF.Exp);
        Function(all, "Log", MathF.Log);
        Function(all, "Sqrt", MathF.Sqrt);
        Function(all, "Rsqrt", x => 1f / MathF.Sqrt(x));
        Function(all, "Reciprocal", x => 1f / x);
        Function(all, "Sin", MathF.Sin);
        Function(all, "Cos", MathF.Cos, input: "input");
        Function(all, "Tanh", MathF.Tanh);
        Function(all, "Sigmoid", x => 1f / (1f + MathF.Exp(-x)));
        Function(all, "Erf", x => (float)Functions.Erf(x));

        Scalars(all, "Adds", "self", "out", ["other", "alpha"], s => { float add = (float)(s[0] * s[1]); return x => x + add; }, s => { long add = (long)(s[0] * s[1]); return x => x + add; });
        Scalars(all, "InplaceAdds", "selfRef", null, ["other", "alpha"], s => { float add = (float)(s[0] * s[1]); return x => x + add; }, s => { long add = (long)(s[0] * s[1]); return x => x + add; });
        Scalars(all, "Subs", "self", "out", ["other", "alpha"], s => { float sub = (float)(s[0] * s[1]); return x => x - sub; }, s => { long sub = (long)(s[0] * s[1]); return x => x - sub; });
        Scalars(all, "Muls", "self", "out", ["other"], Product, s => { long by = (long)s[0]; return x => x * by; });
        Scalars(all, "InplaceMuls", "selfRef", null, ["other"], Product, s => { long by = (long)s[0]; return x => x * by; });
        Scalars(all, "Divs", "self", "out", ["other"], s => { float by = (float)s[0]; return x => x / by; });
        Scalars(all, "PowTensorScalar", "self", "out", ["exponent"], Power);
        Scalars(all, "InplacePowTensorScalar", "self", null, ["exponent"], Power);
        Scalars(all, "ClampMin", "self", "out", ["clipValueMin"], s => { float least = (float)s[0]; return x => x < least ? least : x; }, s => { long least = (long)s[0]; return x => Math.Max(x, least); });
        Scalars(all, "ClampMax", "self", "out", ["clipValueMax"], s => { float most = (float)s[0]; return x => x > most ? most : x; }, s => { long most = (long)s[0]; return x => Math.Min(x, most); });
        all.Define("NanToNum", NanToNum);
    }

    private static void Function(Dictionary<string, Func<ICall, Plan>> all, string name, Func<float, float> f, Func<long, long>? onIntegers = null, string input = "self", string output = "out") =>
        all.Define(name, call =>
        {
            SimTensor x = call.Tensor(input, onIntegers is null ? Types.Floats : Types.Numbers), y = call.Like(output, x, input);
            call.Shape(output, y, x.Shape);
            return Each(x, y, f, onIntegers);
        });

    private static void Scalars(Dictionary<string, Func<ICall, Plan>> all, string name, string input, string? output, string[] scalars, Func<double[], Func<float, float>> f, Func<double[], Func<long, long>>? onIntegers = null) =>
        all.Define(name, call =>
        {
            SimTensor x = call.Tensor(input, onIntegers is null ? Types.Floats : Types.Numbers), y = output is null ? x : call.Like(output, x, input);
            if (output is not null) call.Shape(output, y, x.Shape);
            double[] values = [.. scalars.Select(call.Scalar)];
            bool floats = Types.IsFloat(x.Type);
            for (int i = 0; i < values.Length && !floats; i++)
                call.Require(values[i] == Math.Truncate(values[i]), "8.dtypes", $"{scalars[i]} is {values[i]} and {input} is {x.Type}; with integers the scalar must be one");
            return Each(x, y, f(values), floats ? null : onIntegers!(values));
        });

    private static Plan NanToNum(ICall call)
    {
        call.Require(call.Card.IsA2OrLater, "8.nan-to-num-card", $"{call.Card.Soc} has no NanToNum");
        SimTensor x = call.Tensor("self", Types.Floats), y = call.Like("out", x, "self");
        call.Shape("out", y, x.Shape);
        float nan = (float)call.Number("nan"), positive = (float)call.Number("posinf"), negative = (float)call.Number("neginf");
        return Each(x, y, v => float.IsNaN(v) ? nan : float.IsPositiveInfinity(v) ? positive : float.IsNegativeInfinity(v) ? negative : v, null);
    }

    private static Func<float, float> Product(double[] s)
    {
        float by = (float)s[0];
        return x => x * by;
    }

    private static Func<float, float> Power(double[] s) => s[0] switch
    {
        2 => x => x * x,
        0.5 => MathF.Sqrt,
        -0.5 => x => 1f / MathF.Sqrt(x),
        -1 => x => 1f / x,
        _ => x => MathF.Pow(x, (float)s[0]),
    };

    /// <summary>y = f(x), in floats or, for tensors of integers, in 64-bit integers.</summary>
    public static Plan Each(SimTensor x, SimTensor y, Func<float, float> f, Func<long, long>? onIntegers) => new(Checks.Workspace([x, y]), memory =>
    {
        if (Types.IsFloat(x.Type)) Loops.Map<float>(memory, (a, _, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = f(a[i]); }, y, x);
        else Loops.Map<long>(memory, (a, _, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = onIntegers!(a[i]); }, y, x);
    });
}
