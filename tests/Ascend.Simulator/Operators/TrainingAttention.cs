namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Attention of training, forward and backward, for batches of one length and for packed sequences.</summary>
internal static class TrainingAttention
{
    private const int Lanes = 8;
    private static readonly string[] s_layouts = ["BSH", "SBH", "BSND", "BNSD"];

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("FlashAttentionScore", call => Forward(call, packed: false));
        all.Define("FlashAttentionVarLenScore", call => Forward(call, packed: true));
        all.Define("FlashAttentionScoreGrad", call => Backward(call, packed: false));
        all.Define("FlashAttentionUnpaddingScoreGrad", call => Backward(call, packed: true));
    }

    private static Plan Forward(ICall call, bool packed)
    {
        SimTensor q = call.Tensor("query", Types.Floats, "8.fa-dtype"), k = call.Like("key", q, "query", "8.fa-dtype"), v = call.Like("value", q, "query", "8.fa-dtype");
        (AttentionSpec spec, HeadLayout ofY) = Spec(call, q, k, v, "key", "realShiftOptional", packed);
        SimTensor y = call.Like("attentionOutOut", q, "query", "8.fa-dtype");
        call.Shape("attentionOutOut", y, OutputShape(call.Text("inputLayout")!, q, spec), "8.fa-head");
        SimTensor largest = Statistic(call, "softmaxMaxOut", call.Tensor("softmaxMaxOut"), spec, q), sums = Statistic(call, "softmaxSumOut", call.Tensor("softmaxSumOut"), spec, q);
        _ = call.Tensor("softmaxOutOut"); // unused, but no null is known to be taken
        return new Plan(Checks.Workspace([q, k, v, y], 1L << 20), memory =>
        {
            spec.Load(memory);
            long rows = largest.Count / Lanes;
            float[] most = new float[rows], sum = new float[rows];
            float[] result = AttentionKernel.Forward(spec, Elements.Read<float>(memory, q), Elements.Read<float>(memory, k), Elements.Read<float>(memory, v), y.Count, ofY, most, sum);
            Elements.Write(memory, y, result);
            Elements.Write(memory, largest, Spread(most));
            Elements.Write(memory, sums, Spread(sum));
        });
    }

    private static Plan Backward(ICall call, bool packed)
    {
        SimTensor q = call.Tensor("query", Types.Floats, "8.fa-dtype"), k = call.Like("keyIn", q, "query", "8.fa-dtype"), v = call.Like("value", q, "query", "8.fa-dtype"), dy = call.Like("dy", q, "query", "8.fa-dtype");
        (AttentionSpec spec, HeadLayout ofY) = Spec(call, q, k, v, "keyIn", "pseShiftOptional", packed);
        long[] shape = OutputShape(call.Text("inputLayout")!, q, spec);
        call.Shape("dy", dy, shape, "8.fa-head");
        SimTensor y = Needed(call, "attentionInOptional");
        call.Require(y.Type == q.Type, "8.fa-dtype", $"attentionInOptional is {y.Type}, but query is {q.Type}; they must be the same");
        call.Shape("attentionInOptional", y, shape, "8.fa-head");
        SimTensor largest = Statistic(call, "softmaxMaxOptional", Needed(call, "softmaxMaxOptional"), spec, q), sums = Statistic(call, "softmaxSumOptional", Needed(call, "softmaxSumOptional"), spec, q);
        SimTensor dq = Gradient(call, "dqOut", q), dk = Gradient(call, "dkOut", k), dv = Gradient(call, "dvOut", v);
        call.MustBeNull("dpseOut", "8.fagrad-dpse");
        return new Plan(Checks.Workspace([q, k, v, dy, y, dq, dk, dv], 4 * q.Count, 4 * k.Count, 4 * v.Count, 1L << 20), memory =>
        {
            spec.Load(memory);
            float[] gq = new float[q.Count], gk = new float[k.Count], gv = new float[v.Count];
            AttentionKernel.Backward(spec, Elements.Read<float>(memory, q), Elements.Read<float>(memory, k), Elements.Read<float>(memory, v), Elements.Read<float>(memory, y), Elements.Read<float>(memory, dy), ofY,
                First(Elements.Read<float>(memory, largest)), First(Elements.Read<float>(memory, sums)), gq, gk, gv);
            Elements.Write(memory, dq, gq);
            Elements.Write(memory, dk, gk);
            Elements.Write(memory, dv, gv);
        });
    }

    private static (AttentionSpec Spec, HeadLayout OfY) Spec(ICall call, SimTensor q, SimTensor k, SimTensor v, string keyName, string pseName, bool packed)
    {
        string? layout = call.Text("inputLayout");
        call.Require(packed ? layout == "TND" : Array.IndexOf(s_layouts, layout) >= 0, "8.fa-layout", $"inputLayout is \"{layout}\"; allowed: {(packed ? "TND" : string.Join(", ", s_layouts))}");
        (long[] qStarts, int[] qLengths) = packed ? Lengths(call, "actualSeqQLenOptional", "query", q) : ([], []);
        (long[] kvStarts, int[] kvLengths) = packed ? Lengths(call, "actualSeqKvLenOptional", keyName, k) : ([], []);
        call.Require(qLengths.Length == kvLengths.Length, "8.fa-lengths", $"actualSeqQLenOptional has {qLengths.Length} sequences, actualSeqKvLenOptional {kvLengths.Length}");

        long heads = call.Integer("headNum");
        HeadLayout ofQ = HeadLayout.Of(call, layout!, "query", q, heads, "8.fa-layout", packed ? qStarts : null);
        call.Require(ofQ.Heads == heads, "8.fa-gqa", $"headNum is {heads}, but query has {ofQ.Heads} heads");
        call.Rank(keyName, k, q.Rank, q.Rank, "8.fa-layout");
        call.Rank("value", v, q.Rank, q.Rank, "8.fa-layout");
        bool joint = layout is "BSH" or "SBH";
        long kvHeads = !joint ? 1 : k.Shape[2] / ofQ.Width;
        call.Require(!joint || (kvHeads > 0 && k.Shape[2] % ofQ.Width == 0), "8.fa-gqa", $"{keyName} has shape {Shapes.Text(k.Shape)}; its last dimension must divide into heads of {ofQ.Width}");
        HeadLayout ofK = HeadLayout.Of(call, layout!, keyName, k, kvHeads, "8.fa-layout", packed ? kvStarts : null), ofV = HeadLayout.Of(call, layout!, "value", v, kvHeads, "8.fa-layout", packed ? kvStarts : null);
        call.Require(ofK.Width == ofQ.Width && ofQ.Width <= 768 && ofV.Width <= ofK.Width, "8.fa-head", $"head sizes are {ofQ.Width} (query), {ofK.Width} ({keyName}), {ofV.Width} (value); query and {keyName} must agree, be at most 768, and value at most that");
        call.Require(ofQ.Heads % ofK.Heads == 0 && ofV.Heads == ofK.Heads, "8.fa-gqa", $"query has {ofQ.Heads} heads, {keyName} {ofK.Heads}, value {ofV.Heads}; query's must be a multiple of the others, which must agree");
        call.Require(ofQ.Batch == ofK.Batch && ofK.Batch == ofV.Batch && ofK.Length == ofV.Length, "8.fa-layout", $"query {Shapes.Text(q.Shape)}, {keyName} {Shapes.Text(k.Shape)} and value {Shapes.Text(v.Shape)} differ in batch or length");
        if (!packed) (qLengths, kvLengths) = ([.. Enumerable.Repeat(ofQ.Length, ofQ.Batch)], [.. Enumerable.Repeat(ofK.Length, ofQ.Batch)]);

        long precise = call.Integer("innerPrecise"), mode = call.Integer("sparseMode");
        call.Require(precise is >= 0 and <= 2, "8.fa-precise", $"innerPrecise is {precise}; allowed: 0, 1, 2");
        if (call.Operator == "FlashAttentionVarLenScore" && mode == 3 && qLengths.Zip(kvLengths).Any(l => l.First > l.Second))
            throw new TilingException(call.Refuse(Code.NoTiling, "8.fa-tnd-rows", $"aclnn{call.Operator}: queries {Shapes.Text([.. qLengths])}, keys {Shapes.Text([.. kvLengths])}: with sparseMode 3 no sequence has more queries than keys"));
        call.MustBeNull("paddingMaskOptional", "8.dtypes");
        SimTensor? mask = Mask(call, (int)mode, packed, ofQ, qLengths.Max(), kvLengths.Max());
        double keep = call.Number("keepProb");
        var spec = new AttentionSpec
        {
            Q = ofQ,
            K = ofK,
            V = ofV,
            QLengths = qLengths,
            KvLengths = kvLengths,
            Scale = (float)call.Number("scaleValue"),
            Keep = (float)keep,
            SparseMode = (int)mode,
            Before = call.Integer("preTokens"),
            After = call.Integer("nextTokens"),
            Prefix = Prefix(call, (int)mode, qLengths.Length),
            FixesEmptyRows = precise == 2,
            StatisticStarts = packed ? qStarts : null,
            Mask = mask,
            Pse = Pse(call, pseName, q, packed, ofQ, ofK),
            Drop = Drop(call, keep, heads * qLengths.Zip(kvLengths, (a, b) => (long)a * b).Sum()),
        };
        return (spec, OfOutput(call, layout!, q, ofQ, ofV, packed ? qStarts : null));
    }

    private static (long[] Starts, int[] Lengths) Lengths(ICall call, string name, string tensor, SimTensor t)
    {
        long[] ends = call.Integers(name) ?? [];
        call.Require(ends.Length > 0, "8.fa-lengths", $"{name} is null or empty; TND needs the ends of its sequences");
        for (int i = 0; i < ends.Length; i++) call.Require(ends[i] >= (i == 0 ? 0 : ends[i - 1]), "8.fa-lengths", $"{name} is {Shapes.Text(ends)}; lengths are cumulative and do not fall");
        call.Require(t.Rank > 0 && ends[^1] == t.Shape[0], "8.fa-lengths", $"{name} ends at {ends[^1]}, but {tensor} has {(t.Rank > 0 ? t.Shape[0] : 0)} rows");
        long[] starts = [0, .. ends[..^1]];
        return (starts, [.. ends.Zip(starts, (end, start) => (int)(end - start))]);
    }

    private static SimTensor? Mask(ICall call, int mode, bool packed, HeadLayout q, long rows, long columns)
    {
        call.Require(mode is >= 0 and <= 8 && (packed || mode < 7), "8.fa-sparse-mode", $"sparseMode is {mode}; allowed: 0 to {(packed ? 8 : 6)}");
        call.Require(mode < 7, "8.fa-sparse-mode", $"sparseMode {mode} (slices of packed sequences) is not imitated");
        SimTensor? mask = call.OptionalTensor("attenMaskOptional");
        call.Require(mask is null || mask.Type is AclType.Bool or AclType.UInt8, "8.fa-mask-dtype", $"attenMaskOptional is {mask?.Type}; allowed: Bool, UInt8");
        if (mode == 0 && mask is null)
        {
            long before = call.Integer("preTokens"), after = call.Integer("nextTokens");
            call.Require(before >= rows && after >= columns, "8.fa-sparse-mask", $"preTokens is {before} and nextTokens {after} without attenMaskOptional; a band without mask is not applied: give the mask, or 2147483647 for both");
            return null;
        }
        if (mode is 2 or 3 or 4 or 6)
        {
            long side = mode == 6 ? 3072 : AttentionSpec.Compressed;
            call.Require(mask is { Rank: 2 } && mask.Shape[0] == side && mask.Shape[1] == AttentionSpec.Compressed, mode == 6 ? "8.fa-prefix" : "8.fa-sparse-mask", $"attenMaskOptional is {mask?.ToString() ?? "null"}; sparseMode {mode} needs the compressed mask [{side}, {AttentionSpec.Compressed}]");
            return mask;
        }
        call.Require(mask is not null, "8.fa-sparse-mask", $"attenMaskOptional is null; sparseMode {mode} needs the whole mask");
        long b = q.Batch, n = q.Heads;
        long[][] allowed = packed || mode == 0 || mode == 1 ? [[rows, columns], [1, 1, rows, columns], [b, 1, rows, columns], [b, n, rows, columns]] : [[b, 1, rows, columns], [b, n, rows, columns]];
        call.Require(allowed.Any(s => Shapes.Same(s, mask!.Shape)), "8.fa-mask-shape", $"attenMaskOptional has shape {Shapes.Text(mask!.Shape)}; allowed: {string.Join(", ", allowed.Select(s => Shapes.Text(s)))}");
        return mask;
    }

    private static long[]? Prefix(ICall call, int mode, int batch)
    {
        long[]? prefix = call.Integers("prefixOptional");
        call.Require(mode is not (5 or 6) || prefix?.Length == batch, "8.fa-prefix", $"prefixOptional has {prefix?.Length ?? 0} numbers; sparseMode {mode} needs one for each of {batch} sequences");
        return prefix;
    }

    private static SimTensor? Pse(ICall call, string name, SimTensor q, bool packed, HeadLayout ofQ, HeadLayout ofK)
    {
        if (call.OptionalTensor(name) is not { Count: > 0 } pse) return null;
        long[] scores = [ofQ.Batch, ofQ.Heads, ofQ.Length, ofK.Length];
        call.Require(!packed && pse.Type == q.Type && pse.Rank == 4 && Shapes.CanExpand(pse.Shape, scores), "8.fa-pse", $"{name} is {pse}; expected {q.Type} of 4 dimensions that broadcasts to the scores {Shapes.Text(scores)}{(packed ? ", and not for packed sequences" : "")}");
        return pse;
    }

    private static SimTensor? Drop(ICall call, double keep, long scores)
    {
        SimTensor? drop = call.OptionalTensor("dropMaskOptional");
        call.Require(keep is > 0 and <= 1, "8.fa-dropout", $"keepProb is {keep}; allowed: above 0 up to 1");
        call.Require((keep == 1) == (drop is null), "8.fa-dropout", $"keepProb is {keep} and dropMaskOptional {(drop is null ? "null" : "given")}; the mask is for a keepProb below 1, and needed then");
        long bytes = (scores + 127) / 128 * 16;
        call.Require(drop is null || (drop.Type == AclType.UInt8 && drop.Count == bytes), "8.fa-dropout", $"dropMaskOptional is {drop}; expected {bytes} elements of UInt8, a bit for each score");
        return drop;
    }

    private static long[] OutputShape(string layout, SimTensor q, AttentionSpec spec) =>
        [.. q.Shape[..^1], layout is "BSH" or "SBH" ? (long)spec.Heads * spec.V.Width : spec.V.Width];

    private static HeadLayout OfOutput(ICall call, string layout, SimTensor q, HeadLayout ofQ, HeadLayout ofV, long[]? starts)
    {
        long[] shape = [.. q.Shape[..^1], layout is "BSH" or "SBH" ? (long)ofQ.Heads * ofV.Width : ofV.Width];
        var t = new SimTensor { Shape = shape, Strides = Shapes.Contiguous(shape), Offset = 0, Storage = shape, Type = q.Type, Format = q.Format };
        return HeadLayout.Of(call, layout, "attentionOut", t, ofQ.Heads, "8.fa-layout", starts);
    }

    private static SimTensor Statistic(ICall call, string name, SimTensor t, AttentionSpec spec, SimTensor q)
    {
        call.Require(t.Type == AclType.Float, "8.fa-statistics", $"{name} is {t.Type}; allowed: Float");
        call.Shape(name, t, spec.StatisticStarts is null ? [spec.Batch, spec.Heads, spec.Q.Length, Lanes] : [q.Shape[0], spec.Heads, Lanes], "8.fa-statistics");
        return t;
    }

    private static SimTensor Gradient(ICall call, string name, SimTensor of)
    {
        SimTensor t = call.Like(name, of, "query", "8.fa-dtype");
        call.Shape(name, t, of.Shape, "8.fa-layout");
        return t;
    }

    private static SimTensor Needed(ICall call, string name) =>
        call.OptionalTensor(name) ?? throw call.Refuse(Checks.NullPointer, "8.fagrad-inputs", $"aclnn{call.Operator}: {name} is null; the backward needs the forward's largest scores, sums and output");

    private static float[] Spread(float[] x)
    {
        var lanes = new float[x.Length * Lanes];
        for (int i = 0; i < lanes.Length; i++) lanes[i] = x[i / Lanes];
        return lanes;
    }

    private static float[] First(float[] lanes)
    {
        var x = new float[lanes.Length / Lanes];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = lanes[i * Lanes];
            if (lanes.AsSpan(i * Lanes, Lanes).ContainsAnyExcept(x[i]) && !float.IsNaN(x[i])) throw new DeviceFault(507015, "8.fa-lanes", $"the {Lanes} lanes of row {i} of softmaxMax or softmaxSum differ");
        }
        return x;
    }
}
