namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Cross-entropy and the negative log-likelihood, with their gradients.</summary>
internal static class Losses
{
    private static readonly string[] s_reductions = ["none", "mean", "sum"];
    private static int s_order;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("NLLLoss", NegativeLogLikelihood);
        all.Define("NLLLossBackward", NegativeLogLikelihoodBackward);
        all.Define("CrossEntropyLoss", CrossEntropy);
        all.Define("CrossEntropyLossGrad", CrossEntropyGrad);
    }

    private static Plan NegativeLogLikelihood(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Floats), target = call.Tensor("target", Types.Indices, "8.index-dtype");
        (long rows, long classes) = Rows(call, x, target);
        SimTensor weight = Weight(call, x, classes), y = call.Like("out", x, "self"), total = Total(call, "totalWeightOut", x);
        int reduction = Reduction(call);
        LossShape(call, "out", y, rows, reduction, "8.nll-reduction");
        long ignore = call.Integer("ignoreIndex");
        bool shuffled = !call.Deterministic;
        return new Plan(Checks.Workspace([x, y], rows * 8), memory =>
        {
            float[] logProb = Elements.Read<float>(memory, x), w = Elements.Read<float>(memory, weight);
            long[] labels = Labels(memory, target, ignore, classes);
            var losses = new float[rows];
            var weights = new float[rows];
            for (long i = 0; i < rows; i++)
            {
                if (labels[i] == ignore) continue;
                weights[i] = labels[i] < classes ? w[labels[i]] : float.NaN;
                losses[i] = labels[i] < classes ? -w[labels[i]] * logProb[(i * classes) + labels[i]] : float.NaN;
            }
            int turn = shuffled && rows > 1 ? (int)((uint)Interlocked.Increment(ref s_order) * 2654435761u % (uint)rows) : 0;
            float sum = Sum(losses, turn), sumOfWeights = Sum(weights, turn);
            Elements.Write(memory, total, [sumOfWeights]);
            Elements.Write(memory, y, reduction == 0 ? losses : [reduction == 1 ? sum / sumOfWeights : sum]);
        });
    }

    private static Plan NegativeLogLikelihoodBackward(ICall call)
    {
        SimTensor dy = call.Tensor("gradOutput", Types.Floats), x = call.Like("self", dy, "gradOutput"), target = call.Tensor("target", Types.Indices, "8.index-dtype");
        (long rows, long classes) = Rows(call, x, target);
        SimTensor weight = Weight(call, x, classes), total = Total(call, "totalWeight", x), dx = call.Like("out", x, "self");
        call.Shape("out", dx, x.Shape);
        int reduction = Reduction(call);
        LossShape(call, "gradOutput", dy, rows, reduction, "8.nll-reduction");
        long ignore = call.Integer("ignoreIndex");
        return new Plan(Checks.Workspace([dy, x, dx]), memory =>
        {
            float[] g = Elements.Read<float>(memory, dy), w = Elements.Read<float>(memory, weight);
            float sumOfWeights = Elements.Read<float>(memory, total)[0];
            long[] labels = Labels(memory, target, ignore, classes);
            var result = new float[rows * classes];
            for (long i = 0; i < rows; i++)
            {
                if (labels[i] == ignore || labels[i] >= classes) continue;
                float slope = -w[labels[i]] * g[reduction == 0 ? i : 0];
                result[(i * classes) + labels[i]] = reduction == 1 ? slope / sumOfWeights : slope;
            }
            Elements.Write(memory, dx, result);
        });
    }

    private static Plan CrossEntropy(ICall call)
    {
        SimTensor x = call.Tensor("input", Types.Floats), target = call.Tensor("target", call.Card.Family == CardFamily.Ascend950 ? Types.Indices : [AclType.Int64], "8.ce-target");
        call.Rank("input", x, 2, 2, "8.ce-loss");
        (long rows, long classes) = Rows(call, x, target);
        SimTensor? weight = call.Optional("weightOptional", [AclType.Float]);
        if (weight is not null) call.Shape("weightOptional", weight, [classes]);
        int reduction = NamedReduction(call);
        double smoothing = call.Number("labelSmoothing");
        call.Require(smoothing is >= 0 and < 1, "8.cegrad-smoothing", $"labelSmoothing is {smoothing}; allowed: from 0 up to 1");
        call.Require(!call.Flag("returnZloss") && call.Number("lseSquareScaleForZloss") == 0, "8.ce-outputs", "the z-loss is not supported: returnZloss must be false and lseSquareScaleForZloss 0");
        SimTensor loss = call.Like("lossOut", x, "input"), logProb = Needed(call, "logProbOut"), zloss = Needed(call, "zlossOut"), lse = Needed(call, "lseForZlossOut");
        call.Shape("lossOut", loss, reduction == 0 ? [rows] : [1], "8.ce-loss");
        foreach ((string name, SimTensor t) in new[] { ("logProbOut", logProb), ("zlossOut", zloss), ("lseForZlossOut", lse) })
            call.Require(t.Type == x.Type, "8.dtypes", $"{name} is {t.Type}, but input is {x.Type}; they must be the same");
        call.Shape("logProbOut", logProb, x.Shape, "8.ce-loss");
        long ignore = call.Integer("ignoreIndex");
        return new Plan(Checks.Workspace([x, logProb], rows * classes * 4), memory =>
        {
            float[] p = Elements.Read<float>(memory, x);
            float[]? w = weight is null ? null : Elements.Read<float>(memory, weight);
            long[] labels = Labels(memory, target, ignore, classes);
            Loops.Rows(rows, classes * 8, i =>
            {
                float[] row = p[(int)(i * classes)..(int)((i + 1) * classes)];
                Softmaxes.LogSoftmax(row);
                row.CopyTo(p, i * classes);
            });
            var losses = new float[rows];
            double sum = 0, smooth = 0, total = 0;
            for (long i = 0; i < rows; i++)
            {
                if (labels[i] == ignore) continue;
                if (labels[i] >= classes)
                {
                    losses[i] = float.NaN;
                    sum = double.NaN;
                    continue;
                }
                float of = w is null ? 1 : w[labels[i]];
                double nll = -of * p[(i * classes) + labels[i]], spread = 0;
                if (smoothing > 0) for (long c = 0; c < classes; c++) spread -= (w is null ? 1 : w[c]) * p[(i * classes) + c];
                losses[i] = (float)(((1 - smoothing) * nll) + (smoothing / classes * spread));
                sum += nll;
                smooth += spread;
                total += of;
            }
            double whole = ((1 - smoothing) * sum) + (smoothing / classes * smooth);
            Elements.Write(memory, logProb, p);
            Elements.Write(memory, loss, reduction == 0 ? losses : [(float)(reduction == 1 ? whole / total : whole)]);
        });
    }

    private static Plan CrossEntropyGrad(ICall call)
    {
        SimTensor p = call.Tensor("logProb", Types.Floats), g = call.Like("gradLoss", p, "logProb", "8.cegrad-dtype"), dx = call.Like("out", p, "logProb", "8.cegrad-dtype");
        SimTensor target = call.Tensor("target", [AclType.Int64], "8.cegrad-target");
        call.Rank("logProb", p, 2, 2, "8.ce-loss");
        (long rows, long classes) = Rows(call, p, target);
        call.Shape("out", dx, p.Shape);
        SimTensor? weight = call.Optional("weightOptional", Types.Floats);
        call.Require(weight is null || weight.Type == p.Type, "8.cegrad-dtype", $"weightOptional is {weight?.Type}, but logProb is {p.Type}; they must be the same");
        if (weight is not null) call.Shape("weightOptional", weight, [classes]);
        call.MustBeNull("gradZlossOptional", "8.ce-outputs");
        int reduction = NamedReduction(call);
        call.Require(call.Number("labelSmoothing") == 0, "8.cegrad-smoothing", $"labelSmoothing is {call.Number("labelSmoothing")}; allowed: 0");
        call.Require(call.Number("lseSquareScaleForZloss") == 0, "8.ce-outputs", "lseSquareScaleForZloss must be 0");
        call.Shape("gradLoss", g, reduction == 0 ? [rows] : [], "8.cegrad-loss");
        long ignore = call.Integer("ignoreIndex");
        return new Plan(Checks.Workspace([p, dx], rows * classes * 4), memory =>
        {
            float[] values = Elements.Read<float>(memory, p), slope = Elements.Read<float>(memory, g);
            float[]? w = weight is null ? null : Elements.Read<float>(memory, weight);
            long[] labels = Labels(memory, target, ignore, classes);
            float Of(long label) => label == ignore ? 0 : label >= classes ? float.NaN : w is null ? 1 : w[label];
            double total = 0;
            foreach (long label in labels) total += Of(label);
            Loops.Rows(rows, classes * 4, i =>
            {
                float scale = slope[reduction == 0 ? i : 0] * Of(labels[i]);
                if (reduction == 1) scale = (float)(scale / total);
                Span<float> row = values.AsSpan((int)(i * classes), (int)classes);
                if (labels[i] == ignore)
                {
                    row.Clear();
                    return;
                }
                for (int c = 0; c < row.Length; c++) row[c] = scale * MathF.Exp(row[c]);
                if (labels[i] < classes) row[(int)labels[i]] -= scale;
            });
            Elements.Write(memory, dx, values);
        });
    }

    private static (long Rows, long Classes) Rows(ICall call, SimTensor x, SimTensor target)
    {
        call.Require(x.Rank is 1 or 2, "8.ce-loss", $"the scores have shape {Shapes.Text(x.Shape)}; expected [N, C] or [C]");
        long rows = x.Rank == 2 ? x.Shape[0] : 1;
        call.Require(target.Count == rows && target.Rank <= 1, "8.ce-loss", $"target has shape {Shapes.Text(target.Shape)}; expected [{rows}]");
        return (rows, x.Shape[^1]);
    }

    private static SimTensor Weight(ICall call, SimTensor x, long classes)
    {
        SimTensor weight = call.OptionalTensor("weight") ?? throw call.Refuse(Checks.NullPointer, "8.nll-weight", $"aclnn{call.Operator}: weight is null; it is mandatory, ones for no weights");
        call.Require(weight.Type == x.Type, "8.dtypes", $"weight is {weight.Type}, but self is {x.Type}; they must be the same");
        call.Shape("weight", weight, [classes], "8.nll-weight");
        return weight;
    }

    private static SimTensor Needed(ICall call, string name) =>
        call.OptionalTensor(name) ?? throw call.Refuse(Checks.NullPointer, "8.ce-outputs", $"aclnn{call.Operator}: {name} is null; it must be there even where it is not used");

    private static SimTensor Total(ICall call, string name, SimTensor x)
    {
        SimTensor total = call.OptionalTensor(name) ?? throw call.Refuse(Checks.NullPointer, "8.nll-total", $"aclnn{call.Operator}: {name} is null; the forward gives the sum of the weights and the backward takes it");
        call.Like(name, x, "self");
        call.One(name, total, "8.nll-weight");
        return total;
    }

    private static int Reduction(ICall call)
    {
        long reduction = call.Integer("reduction");
        call.Require(reduction is >= 0 and <= 2, "8.nll-reduction", $"reduction is {reduction}; allowed: 0 (none), 1 (mean), 2 (sum)");
        return (int)reduction;
    }

    private static int NamedReduction(ICall call)
    {
        string name = call.Text("reductionOptional") ?? "mean";
        int reduction = Array.IndexOf(s_reductions, name);
        call.Require(reduction >= 0, "8.ce-reduction", $"reductionOptional is \"{name}\"; allowed: mean, sum, none");
        return reduction;
    }

    private static void LossShape(ICall call, string name, SimTensor t, long rows, int reduction, string rule)
    {
        if (reduction == 0) call.Shape(name, t, [rows], rule);
        else call.One(name, t, rule);
    }

    /// <summary>Labels; a negative one that is not the ignored one stops the card.</summary>
    private static long[] Labels(IDeviceMemory memory, SimTensor target, long ignore, long classes)
    {
        long[] labels = Elements.Read<long>(memory, target);
        foreach (long label in labels) if (label < 0 && label != ignore) throw new DeviceFault(507015, "8.index-negative", $"target {label} is negative and not ignoreIndex {ignore}");
        Indexing.CheckBelow(memory, [.. labels.Where(l => l != ignore)], classes);
        return labels;
    }

    private static float Sum(float[] x, int turn)
    {
        float sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[(i + turn) % x.Length];
        return sum;
    }
}
