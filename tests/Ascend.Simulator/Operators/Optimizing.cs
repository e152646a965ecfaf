using System.Buffers;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What an optimizer's step is made of: AdamW, and the operators over lists of tensors.</summary>
internal static class Optimizing
{
    private const int ListLimit = 50, NormLimit = 24, UnscaleLimit = 256, Piece = 8192;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("ApplyAdamWV2", AdamW);
        all.Define("ForeachNorm", Norm);
        all.Define("ForeachMulScalarV2", Multiply);
        all.Define("ForeachNonFiniteCheckAndUnscale", Unscale);
    }

    /// <summary>Decoupled weight decay, Loshchilov and Hutter 2019: w ← w (1 - lr·wd); w ← w - lr · m̂ / (√v̂ + eps).</summary>
    private static Plan AdamW(ICall call)
    {
        SimTensor w = call.Tensor("varRef", Types.Floats), m = call.Like("mRef", w, "varRef", "8.adam-dtype"), v = call.Like("vRef", w, "varRef", "8.adam-dtype"), grad = call.Like("grad", w, "varRef", "8.adam-dtype");
        foreach ((string name, SimTensor t) in new[] { ("mRef", m), ("vRef", v), ("grad", grad) }) call.Shape(name, t, w.Shape);
        SimTensor step = call.Tensor("step", [AclType.Int64, AclType.Float], "8.adam-step");
        call.One("step", step, "8.adam-step");
        call.Contiguous("step", step);
        bool amsgrad = call.Flag("amsgrad");
        SimTensor? most = call.OptionalTensor("maxGradNormOptionalRef");
        call.Require(amsgrad == most is not null, "8.adam-amsgrad", $"maxGradNormOptionalRef is {most?.ToString() ?? "null"} and amsgrad {amsgrad}; it is given with amsgrad and null without");
        if (most is not null)
        {
            call.Require(most.Type == w.Type, "8.adam-dtype", $"maxGradNormOptionalRef is {most.Type}, but varRef is {w.Type}; they must be the same");
            call.Shape("maxGradNormOptionalRef", most, w.Shape);
        }
        float rate = (float)call.Number("lr"), beta1 = (float)call.Number("beta1"), beta2 = (float)call.Number("beta2"), decay = (float)call.Number("weightDecay"), eps = (float)call.Number("eps");
        float sign = call.Flag("maximize") ? -1 : 1;
        return new Plan(Checks.Workspace([w, m, v, grad, most]), memory =>
        {
            double t = Elements.Read<double>(memory, step)[0] + 1;           // the kernel counts the present update itself
            if (!(t >= 1)) throw new DeviceFault(507015, "8.adam-step-one", $"step is {t - 1}; it counts the updates before, from 0");
            float firstScale = (float)(1 - Math.Pow(beta1, t)), secondRoot = (float)Math.Sqrt(1 - Math.Pow(beta2, t));
            View[] read = [.. Tensors().Select(x => View.Read(memory, x))], write = [.. Tensors().Select(x => View.Write(memory, x))];
            View gradient = View.Read(memory, grad);
            Loops.For(w.Count, Piece, (from, to) =>
            {
                int n = (int)(to - from);
                float[] buffer = ArrayPool<float>.Shared.Rent(5 * Piece);
                try
                {
                    Span<float> Of(int i, Span<float> part)
                    {
                        read[i].Load(from, part[..n]);
                        return part[..n];
                    }
                    Span<float> x = Of(0, buffer.AsSpan(0, Piece)), first = Of(1, buffer.AsSpan(Piece, Piece)), second = Of(2, buffer.AsSpan(2 * Piece, Piece)), peak = most is null ? second : Of(3, buffer.AsSpan(4 * Piece, Piece));
                    ReadOnlySpan<float> g = gradient.Source(from, n, buffer.AsSpan(3 * Piece, Piece));
                    for (int i = 0; i < n; i++)
                    {
                        float d = sign * g[i];
                        first[i] = (beta1 * first[i]) + ((1 - beta1) * d);
                        second[i] = (beta2 * second[i]) + ((1 - beta2) * d * d);
                        if (most is not null) peak[i] = MathF.Max(peak[i], second[i]);
                        x[i] = (x[i] * (1 - (rate * decay))) - (rate / firstScale * first[i] / ((MathF.Sqrt(peak[i]) / secondRoot) + eps));
                    }
                    write[0].Store<float>(from, x);
                    write[1].Store<float>(from, first);
                    write[2].Store<float>(from, second);
                    if (most is not null) write[3].Store<float>(from, peak);
                }
                finally
                {
                    ArrayPool<float>.Shared.Return(buffer);
                }
            });
        });

        SimTensor[] Tensors() => most is null ? [w, m, v] : [w, m, v, most];
    }

    /// <summary>The norm of each tensor in the dtype of the tensor, as the card has it.</summary>
    private static Plan Norm(ICall call)
    {
        (SimTensor[] x, SimTensor[] y) = Pairs(call, "8.foreach-norm", NormLimit);
        for (int i = 0; i < x.Length; i++)
        {
            call.One($"out[{i}]", y[i], "8.foreach-norm");
            call.Contiguous($"out[{i}]", y[i]);
        }
        double order = call.Scalar("scalar");
        call.Require(order is 1 or 2 || double.IsPositiveInfinity(order), "8.foreach-norm", $"scalar is {order}; allowed: 1, 2, infinity");
        return new Plan(Checks.Workspace(x, x.Length * 512), memory =>
        {
            for (int i = 0; i < x.Length; i++)
            {
                View view = View.Read(memory, x[i]);
                const int Cut = 1 << 16;
                var parts = new double[(view.Count + Cut - 1) / Cut];
                Loops.For(view.Count, Cut, (from, to) =>
                {
                    double part = 0;
                    foreach (float v in Load(view, from, (int)(to - from)))
                        part = order == 2 ? part + ((double)v * v) : order == 1 ? part + Math.Abs(v) : Math.Max(part, Math.Abs(v));
                    parts[from / Cut] = part;
                });
                double sum = 0;
                foreach (double part in parts) sum = double.IsInfinity(order) ? Math.Max(sum, part) : sum + part;
                Elements.Write(memory, y[i], [order == 2 ? Math.Sqrt(sum) : sum]);
            }
        });
    }

    private static Plan Multiply(ICall call)
    {
        (SimTensor[] x, SimTensor[] y) = Pairs(call, "8.foreach-dtype", ListLimit);
        for (int i = 0; i < x.Length; i++)
        {
            call.Contiguous($"x[{i}]", x[i]);
            call.Contiguous($"out[{i}]", y[i]);
            call.Shape($"out[{i}]", y[i], x[i].Shape);
        }
        float by = (float)call.Scalar("scalar");
        return new Plan(0, memory =>
        {
            for (int i = 0; i < x.Length; i++) Loops.Map<float>(memory, (a, _, _, to) => { for (int j = 0; j < to.Length; j++) to[j] = a[j] * by; }, y[i], x[i]);
        });
    }

    /// <summary>Scales gradients in place; foundInf becomes 1 if one of them is not finite, and is left alone if all are.</summary>
    private static Plan Unscale(ICall call)
    {
        SimTensor[] grads = List(call, "scaledGrads", UnscaleLimit, "8.unscale-count");
        for (int i = 0; i < grads.Length; i++) call.Contiguous($"scaledGrads[{i}]", grads[i]);
        SimTensor found = call.Tensor("foundInf", [AclType.Float], "8.unscale-scalars"), scale = call.Tensor("invScale", [AclType.Float], "8.unscale-scalars");
        call.One("foundInf", found, "8.unscale-scalars");
        call.One("invScale", scale, "8.unscale-scalars");
        return new Plan(Checks.Workspace([], 512), memory =>
        {
            float by = Elements.Read<float>(memory, scale)[0];
            int bad = 0;
            foreach (SimTensor g in grads)
                Loops.Map<float>(memory, (a, _, _, to) =>
                {
                    for (int i = 0; i < to.Length; i++)
                    {
                        if (!float.IsFinite(a[i])) Volatile.Write(ref bad, 1);
                        to[i] = a[i] * by;
                    }
                }, g, g);
            if (bad != 0) Elements.Write(memory, found, [1f]);
        });
    }

    private static (SimTensor[] X, SimTensor[] Y) Pairs(ICall call, string rule, int limit)
    {
        SimTensor[] x = List(call, "x", limit, "8.foreach-count"), y = List(call, "out", limit, "8.foreach-count");
        call.Require(x.Length == y.Length, rule, $"x has {x.Length} tensors, out {y.Length}");
        call.Require(y[0].Type == x[0].Type, rule, $"out is {y[0].Type}, but x is {x[0].Type}; they must be the same");
        return (x, y);
    }

    private static SimTensor[] List(ICall call, string name, int limit, string rule)
    {
        SimTensor[] list = call.Tensors(name);
        call.Require(list.Length > 0 && list.Length <= limit, rule, $"{name} has {list.Length} tensors; allowed: 1 to {limit}, longer lists are split");
        for (int i = 0; i < list.Length; i++)
        {
            call.Checked($"{name}[{i}]", list[i], Types.Floats);
            call.Require(list[i].Type == list[0].Type, "8.foreach-dtype", $"{name}[{i}] is {list[i].Type}, but {name}[0] is {list[0].Type}; a list has one dtype");
        }
        return list;
    }

    private static float[] Load(View view, long from, int n)
    {
        var values = new float[n];
        view.Load<float>(from, values);
        return values;
    }
}
