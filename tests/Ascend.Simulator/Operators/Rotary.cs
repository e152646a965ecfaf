namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Rotary positions: y = x · cos + rot(x) · sin, where rot takes halves ([-x₂, x₁]) or neighbours (-x₂ₖ₊₁, x₂ₖ).</summary>
internal static class Rotary
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("RotaryPositionEmbedding", Forward);
        all.Define("RotaryPositionEmbeddingGrad", Backward);
    }

    private static Plan Forward(ICall call)
    {
        SimTensor x = call.Tensor("x", Types.Floats), y = call.Like("out", x, "x");
        (SimTensor cos, SimTensor sin, bool pairs) = Tables(call, x, "x");
        call.Shape("out", y, x.Shape, "8.rope-rank");
        call.Contiguous("out", y);
        bool over = Start(x) == Start(y);
        call.Require(!over || x.IsContiguous, "8.rope-alias", $"out lies on x, and x is {x}; in place is for contiguous tensors only");
        return new Plan(Checks.Workspace([x, cos, sin]), memory =>
        {
            float[] values = Elements.Read<float>(memory, x);
            View c = View.Read(memory, cos).Expand(x.Shape), s = View.Read(memory, sin).Expand(x.Shape);
            int d = (int)x.Shape[3];
            Loops.Rows(values.Length / Math.Max(1, d), d * 4, r =>
            {
                Span<float> row = values.AsSpan((int)(r * d), d);
                var (cr, sr, old) = (new float[d], new float[d], row.ToArray());
                c.Load<float>(r * d, cr);
                s.Load<float>(r * d, sr);
                for (int i = 0; i < d; i++) row[i] = (old[i] * cr[i]) + (Rotated(old, i, pairs) * sr[i]);
            });
            Elements.Write(memory, y, values);
        });
    }

    /// <summary>dx = dy · cos + rotᵀ(dy · sin); dcos and dsin are summed over the dimensions that were repeated.</summary>
    private static Plan Backward(ICall call)
    {
        SimTensor dy = call.Tensor("dy", Types.Floats);
        (SimTensor cos, SimTensor sin, bool pairs) = Tables(call, dy, "dy");
        SimTensor? x = call.OptionalTensor("xOptional");
        SimTensor dx = Output(call, "dxOut", dy), dcos = Output(call, "dcosOut", dy), dsin = Output(call, "dsinOut", dy);
        call.Shape("dxOut", dx, dy.Shape, "8.rope-rank");
        if (x is not null)
        {
            call.Require(x.Type == dy.Type && Shapes.Same(x.Shape, dy.Shape), "8.rope-table", $"xOptional is {x}; expected dy's, {dy.Type} {Shapes.Text(dy.Shape)}");
            call.Shape("dcosOut", dcos, cos.Shape, "8.rope-table");
            call.Shape("dsinOut", dsin, sin.Shape, "8.rope-table");
        }
        return new Plan(Checks.Workspace([dy, cos, sin, x], x is null ? 0 : dy.Count * 4), memory =>
        {
            float[] g = Elements.Read<float>(memory, dy);
            float[] values = x is null ? [] : Elements.Read<float>(memory, x);
            View c = View.Read(memory, cos).Expand(dy.Shape), s = View.Read(memory, sin).Expand(dy.Shape);
            int d = (int)dy.Shape[3];
            float[] gc = x is null ? [] : new float[g.Length], gs = x is null ? [] : new float[g.Length];
            Loops.Rows(g.Length / Math.Max(1, d), d * 8, r =>
            {
                int at = (int)(r * d);
                Span<float> row = g.AsSpan(at, d);
                var (cr, sr) = (new float[d], new float[d]);
                c.Load<float>(at, cr);
                s.Load<float>(at, sr);
                if (x is not null)
                {
                    ReadOnlySpan<float> v = values.AsSpan(at, d);
                    for (int i = 0; i < d; i++)
                    {
                        gc[at + i] = row[i] * v[i];
                        gs[at + i] = row[i] * Rotated(v, i, pairs);
                    }
                }
                for (int i = 0; i < d; i++)
                {
                    cr[i] *= row[i];
                    sr[i] *= row[i];
                }
                for (int i = 0; i < d; i++) row[i] = cr[i] - Rotated(sr, i, pairs); // the transpose of a quarter turn is its negative
            });
            Elements.Write(memory, dx, g);
            if (x is null) return;
            Elements.Write(memory, dcos, Summed(gc, dy.Shape, cos.Shape));
            Elements.Write(memory, dsin, Summed(gs, dy.Shape, sin.Shape));
        });
    }

    private static float Rotated(ReadOnlySpan<float> x, int i, bool pairs)
    {
        if (pairs) return i % 2 == 0 ? -x[i + 1] : x[i - 1];
        int half = x.Length / 2;
        return i < half ? -x[i + half] : x[i - half];
    }

    private static float[] Summed(float[] x, long[] shape, long[] to)
    {
        var sum = new double[Shapes.Count(to)];
        long[] strides = Shapes.Contiguous(to);
        for (long i = 0; i < x.Length; i++)
        {
            long rest = i, at = 0;
            for (int d = shape.Length - 1; d >= 0; d--)
            {
                if (to[d] != 1) at += rest % shape[d] * strides[d];
                rest /= shape[d];
            }
            sum[at] += x[i];
        }
        return [.. sum.Select(v => (float)v)];
    }

    private static (SimTensor Cos, SimTensor Sin, bool Pairs) Tables(ICall call, SimTensor x, string name)
    {
        call.Rank(name, x, 4, 4, "8.rope-rank");
        SimTensor cos = call.Like("cos", x, name, "8.rope-table"), sin = call.Like("sin", x, name, "8.rope-table");
        call.Rank("cos", cos, 4, 4, "8.rope-rank");
        call.Rank("sin", sin, 4, 4, "8.rope-rank");
        call.Require(x.Shape[3] % 2 == 0 && x.Shape[3] <= 1024, "8.rope-head", $"{name} has shape {Shapes.Text(x.Shape)}: the head size is {x.Shape[3]}; allowed: even, up to 1024");
        call.Require(cos.Shape[3] == x.Shape[3] && Shapes.CanExpand(cos.Shape, x.Shape), "8.rope-table", $"cos has shape {Shapes.Text(cos.Shape)}; it must broadcast to {name} {Shapes.Text(x.Shape)} with the full head size {x.Shape[3]}");
        call.Shape("sin", sin, cos.Shape, "8.rope-table");
        long mode = call.Integer("mode");
        call.Require(mode is 0 or 1, "8.rope-mode", $"mode is {mode}; allowed: 0 (halves), 1 (neighbours)");
        return (cos, sin, mode == 1);
    }

    private static SimTensor Output(ICall call, string name, SimTensor dy)
    {
        SimTensor t = call.OptionalTensor(name) ?? throw call.Refuse(Checks.NullPointer, "8.ropegrad-outputs", $"aclnn{call.Operator}: {name} is null; all three outputs must be there, also without x");
        call.Require(t.Type == dy.Type, "8.rope-table", $"{name} is {t.Type}, but dy is {dy.Type}; they must be the same");
        call.Contiguous(name, t);
        return t;
    }

    private static ulong Start(SimTensor t) => t.Data + (ulong)(t.Offset * t.ElementBytes);
}
