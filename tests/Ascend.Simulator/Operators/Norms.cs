namespace Pure.Tuner.Ascend.Simulator;

/// <summary>y = x · gamma / √(mean(x²) + eps) over the last dimensions, its gradients, and the form that adds two tensors first.</summary>
internal static class Norms
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("RmsNorm", call =>
        {
            SimTensor x = call.Tensor("x", Types.Floats);
            return Forward(call, x, null, "x");
        });
        all.Define("AddRmsNorm", call =>
        {
            SimTensor x1 = call.Tensor("x1", Types.Floats), x2 = call.Like("x2", x1, "x1");
            call.Shape("x2", x2, x1.Shape);
            return Forward(call, x1, x2, "x1");
        });
        all.Define("RmsNormGrad", Backward);
    }

    private static Plan Forward(ICall call, SimTensor x, SimTensor? second, string name)
    {
        SimTensor gamma = Gamma(call, x, name), y = call.Like("yOut", x, name, "8.rms-gamma");
        call.Shape("yOut", y, x.Shape, "8.rms-gamma");
        SimTensor? rstd = second is null ? call.Tensor("rstdOut", [AclType.Float], "8.rms-rstd") : call.Optional("rstdOut", [AclType.Float], "8.rms-rstd");
        long[] rows = x.Shape[..(x.Rank - gamma.Rank)];
        if (rstd is not null) call.Shape("rstdOut", rstd, [.. rows, .. Enumerable.Repeat(1L, gamma.Rank)], "8.rms-rstd");
        SimTensor? sum = null;
        if (second is not null)
        {
            sum = call.OptionalTensor("xOut");
            if (sum is null && rstd is not null) throw call.Refuse(Checks.NullPointer, "8.addrms-xout", "aclnnAddRmsNorm: xOut is null although rstdOut is given; both or neither");
            if (sum is not null)
            {
                call.Require(sum.Type == x.Type, "8.rms-gamma", $"xOut is {sum.Type}, but {name} is {x.Type}; they must be the same");
                call.Shape("xOut", sum, x.Shape, "8.rms-gamma");
            }
        }
        double epsilon = call.Number("epsilon");
        return new Plan(Checks.Workspace([x, second, gamma, y, rstd, sum], Shapes.Count(rows) * 4), memory =>
        {
            float[] values = Elements.Read<float>(memory, x), g = Elements.Read<float>(memory, gamma);
            int width = g.Length;
            var scales = new float[Shapes.Count(rows)];
            if (second is not null)
            {
                float[] more = Elements.Read<float>(memory, second);
                for (int i = 0; i < values.Length; i++) values[i] = Elements.Round(values[i] + more[i], x.Type);
                if (sum is not null) Elements.Write(memory, sum, values);
            }
            Loops.Rows(scales.Length, width * 4, r =>
            {
                Span<float> row = values.AsSpan((int)(r * width), width);
                double squares = 0;
                foreach (float v in row) squares += (double)v * v;
                float scale = scales[r] = (float)(1 / Math.Sqrt((squares / width) + epsilon));
                for (int i = 0; i < width; i++) row[i] = row[i] * scale * g[i];
            });
            Elements.Write(memory, y, values);
            if (second is not null && call.Card.Family == CardFamily.Ascend310P) Array.Fill(scales, float.NaN);
            if (rstd is not null) Elements.Write(memory, rstd, scales);
        });
    }

    /// <summary>dx = rstd · (dy · gamma - x̂ · mean(dy · gamma · x̂)), dgamma = Σ dy · x̂, where x̂ = x · rstd.</summary>
    private static Plan Backward(ICall call)
    {
        SimTensor x = call.Tensor("x", Types.Floats), dy = call.Like("dy", x, "x"), gamma = Gamma(call, x, "x"), dx = call.Like("dxOut", x, "x", "8.rmsgrad-dgamma");
        SimTensor rstd = call.Tensor("rstd", [AclType.Float], "8.rmsgrad-rstd"), dgamma = call.Tensor("dgammaOut", [AclType.Float], "8.rmsgrad-dgamma");
        call.Shape("dy", dy, x.Shape);
        call.Shape("dxOut", dx, x.Shape);
        call.Shape("dgammaOut", dgamma, gamma.Shape, "8.rmsgrad-dgamma");
        call.Shape("rstd", rstd, x.Shape.AsSpan(0, x.Rank - gamma.Rank), "8.rmsgrad-rstd");
        return new Plan(Checks.Workspace([x, dy, gamma, rstd, dx, dgamma], gamma.Count * 4, 512), memory =>
        {
            float[] values = Elements.Read<float>(memory, x), g = Elements.Read<float>(memory, gamma), slope = Elements.Read<float>(memory, dy), scales = Elements.Read<float>(memory, rstd);
            int width = g.Length;
            const int Rows = 64;
            var parts = new float[((scales.Length + Rows - 1) / Rows) * width];
            Loops.For(scales.Length, Rows, (from, to) =>
            {
                Span<float> part = parts.AsSpan((int)(from / Rows) * width, width);
                for (long r = from; r < to; r++)
                {
                    Span<float> row = values.AsSpan((int)(r * width), width);
                    ReadOnlySpan<float> d = slope.AsSpan((int)(r * width), width);
                    float scale = scales[r];
                    double mean = 0;
                    for (int i = 0; i < width; i++)
                    {
                        float normed = row[i] * scale;
                        part[i] += d[i] * normed;
                        mean += (double)d[i] * g[i] * normed;
                    }
                    mean /= width;
                    for (int i = 0; i < width; i++) row[i] = scale * ((d[i] * g[i]) - (row[i] * scale * (float)mean));
                }
            });
            var sum = new float[width];
            for (int i = 0; i < parts.Length; i++) sum[i % width] += parts[i];
            Elements.Write(memory, dx, values);
            Elements.Write(memory, dgamma, sum);
        });
    }

    private static SimTensor Gamma(ICall call, SimTensor x, string name)
    {
        SimTensor gamma = call.Like("gamma", x, name, "8.rms-gamma");
        call.Rank("gamma", gamma, 1, Math.Max(1, x.Rank), "8.rms-gamma");
        call.Require(x.Rank >= gamma.Rank, "8.rms-gamma", $"{name} has no dimensions");
        call.Shape("gamma", gamma, x.Shape.AsSpan(x.Rank - gamma.Rank), "8.rms-gamma");
        return gamma;
    }
}
