namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Activation functions of a feed-forward layer and their gradients.</summary>
internal static class Activations
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        Forward(all, "Silu", Functions.Silu);
        Forward(all, "Gelu", Functions.Gelu);
        Backward(all, "SiluBackward", "self", Functions.SiluSlope);
        Backward(all, "GeluBackward", "self", Functions.GeluSlope);
        Backward(all, "TanhBackward", "output", y => 1f - (y * y));
        all.Define("SwiGlu", SwiGlu);
        all.Define("SwiGluGrad", SwiGluGrad);
    }

    private static void Forward(Dictionary<string, Func<ICall, Plan>> all, string name, Func<float, float> f) => all.Define(name, call =>
    {
        SimTensor x = call.Tensor("self", Types.Floats), y = call.Like("out", x, "self");
        call.Shape("out", y, x.Shape);
        return Unary.Each(x, y, f, null);
    });

    private static void Backward(Dictionary<string, Func<ICall, Plan>> all, string name, string saved, Func<float, float> slope) => all.Define(name, call =>
    {
        (SimTensor dy, SimTensor x, SimTensor dx) = Binary.Pair(call, "gradOutput", saved, "gradInput", Types.Floats);
        return new Plan(Checks.Workspace([dy, x, dx]), memory => Loops.Map<float>(memory, (g, v, _, to) => { for (int i = 0; i < to.Length; i++) to[i] = g[i] * slope(v[i]); }, dx, dy, x));
    });

    /// <summary>out = silu(A) · B, where x = [A | B] along dim.</summary>
    private static Plan SwiGlu(ICall call)
    {
        SimTensor x = call.Tensor("x", Types.Floats), y = call.Like("out", x, "x");
        call.Contiguous("x", x);
        call.Contiguous("out", y);
        int dim = Halves(call, x);
        call.Shape("out", y, Half(x.Shape, dim), "8.swiglu-even");
        if (call.Card.Family == CardFamily.Ascend310P && Rows(x.Shape, dim).Width * x.ElementBytes % 64 != 0)
            throw new TilingException(call.Refuse(Code.NoTiling, "8.swiglu-310p", $"aclnn{call.Operator}: x is {x}; on {call.Card.Soc} half of a row is whole 64 bytes"));
        return new Plan(Checks.Workspace([], 512), memory =>
        {
            float[] values = Elements.Read<float>(memory, x);
            var result = new float[y.Count];
            (long outer, long width) = Rows(x.Shape, dim);
            Loops.Rows(outer, width * 8, r =>
            {
                Span<float> row = values.AsSpan((int)(r * 2 * width), (int)(2 * width)), to = result.AsSpan((int)(r * width), (int)width);
                for (int i = 0; i < to.Length; i++) to[i] = Functions.Silu(row[i]) * row[i + to.Length];
            });
            Elements.Write(memory, y, result);
        });
    }

    /// <summary>dA = dy · B · silu'(A), dB = dy · silu(A), side by side as x is.</summary>
    private static Plan SwiGluGrad(ICall call)
    {
        SimTensor dy = call.Tensor("yGrad", Types.Floats), x = call.Like("x", dy, "yGrad"), dx = call.Like("out", dy, "yGrad");
        call.Contiguous("yGrad", dy);
        call.Contiguous("out", dx);
        int dim = Halves(call, x);
        call.Shape("yGrad", dy, Half(x.Shape, dim), "8.swiglu-even");
        call.Shape("out", dx, x.Shape, "8.swiglu-even");
        call.Require(x.Shape[^1] * x.ElementBytes % 64 == 0, "8.swiglugrad-align", $"x has shape {Shapes.Text(x.Shape)}: its last dimension takes {x.Shape[^1] * x.ElementBytes} bytes; allowed: a multiple of 64");
        return new Plan(Checks.Workspace([x], 512), memory =>
        {
            float[] values = Elements.Read<float>(memory, x), g = Elements.Read<float>(memory, dy);
            (long outer, long width) = Rows(x.Shape, dim);
            Loops.Rows(outer, width * 8, r =>
            {
                Span<float> row = values.AsSpan((int)(r * 2 * width), (int)(2 * width)), d = g.AsSpan((int)(r * width), (int)width);
                for (int i = 0; i < d.Length; i++)
                {
                    float a = row[i], b = row[i + d.Length];
                    row[i] = d[i] * b * Functions.SiluSlope(a);
                    row[i + d.Length] = d[i] * Functions.Silu(a);
                }
            });
            Elements.Write(memory, dx, values);
        });
    }

    private static int Halves(ICall call, SimTensor x)
    {
        call.Rank("x", x, 1, 8, "8.swiglu-even");
        int dim = call.Dim("dim", x.Rank, "8.swiglu-even");
        call.Require(x.Shape[dim] % 2 == 0, "8.swiglu-even", $"x has shape {Shapes.Text(x.Shape)}: dimension {dim} has {x.Shape[dim]} elements; it must be even");
        return dim;
    }

    private static long[] Half(long[] shape, int dim) => [.. shape[..dim], shape[dim] / 2, .. shape[(dim + 1)..]];

    private static (long Outer, long Width) Rows(long[] shape, int dim) => (Shapes.Count(shape.AsSpan(0, dim)), Shapes.Count(shape.AsSpan(dim)) / 2);
}
