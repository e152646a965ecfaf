namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Attention of inference: a prompt, one new token, or either, over keys and values that may be longer than what is used of them.</summary>
internal static class InferenceAttention
{
    private static readonly AclType[] s_types = [AclType.Float16, AclType.BFloat16];
    private static readonly AclType[] s_masks = [AclType.Bool, AclType.Int8, AclType.UInt8];
    private static readonly string[] s_layouts = ["BSH", "BSND", "BNSD"];

    private static readonly string[] s_unused =
    [
        "deqScale1", "quantScale1", "deqScale2", "quantScale2", "quantOffset2", "antiquantScale", "antiquantOffset", "blockTable", "queryPaddingSize", "kvPaddingSize",
    ];

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("PromptFlashAttention", Prompt);
        all.Define("IncreFlashAttention", Incremental);
        all.Define("FusedInferAttentionScore", Fused);
    }

    private static Plan Prompt(ICall call)
    {
        SimTensor k = call.Tensor("key"), v = call.Tensor("value");
        return Plan(call, [k], [v], call.Integers("actualSeqLengths"), null, 0, call.Integer("preTokens"), call.Integer("nextTokens"), fixesEmptyRows: false, null);
    }

    private static Plan Incremental(ICall call)
    {
        SimTensor q = call.Tensor("query");
        string? layout = call.Text("inputLayout");
        long rows = q.Rank < 3 ? 0 : layout == "BNSD" ? q.Shape[^2] : q.Shape[1];
        call.Require(rows == 1, "8.fa-layout", $"query has shape {Shapes.Text(q.Shape)} in layout {layout}; one token a sequence is expected");
        return Plan(call, Lists(call, "key"), Lists(call, "value"), null, call.Integers("actualSeqLengths"), 0, int.MaxValue, int.MaxValue, fixesEmptyRows: false, null);
    }

    private static Plan Fused(ICall call)
    {
        foreach (string name in s_unused) call.MustBeNull(name, "8.dtypes");
        call.Require(call.Integer("blockSize") == 0 && call.Integer("antiquantMode") == 0, "8.dtypes", "blockSize and antiquantMode must be 0: paged and quantised keys are not imitated");
        long precise = call.Integer("innerPrecise"), mode = call.Integer("sparseMode");
        call.Require(precise is >= 0 and <= 3, "8.fia-precise", $"innerPrecise is {precise}; allowed: 0 to 3");
        call.Require(mode is >= 0 and <= 4, "8.fa-sparse-mode", $"sparseMode is {mode}; allowed: 0 to 4");
        SimTensor? lse = call.Flag("softmaxLseFlag") ? call.Tensor("softmaxLse", [AclType.Float], "8.fa-statistics") : null;
        return Plan(call, Lists(call, "key"), Lists(call, "value"), call.Integers("actualSeqLengths"), call.Integers("actualSeqLengthsKv"), (int)mode, call.Integer("preTokens"), call.Integer("nextTokens"), (precise & 2) != 0, lse);
    }

    private static SimTensor[] Lists(ICall call, string name)
    {
        SimTensor[] list = call.Tensors(name);
        call.Require(list.Length > 0, "8.fia-lists", $"{name} is an empty list; expected one tensor, or one for each sequence");
        return list;
    }

    private static Plan Plan(ICall call, SimTensor[] keys, SimTensor[] values, long[]? qUsed, long[]? kvUsed, int mode, long before, long after, bool fixesEmptyRows, SimTensor? lse)
    {
        SimTensor q = call.Tensor("query", s_types, "8.fa-dtype"), y = call.Like("attentionOut", q, "query", "8.fa-dtype");
        string? layout = call.Text("inputLayout");
        call.Require(Array.IndexOf(s_layouts, layout) >= 0, "8.fa-layout", $"inputLayout is \"{layout}\"; allowed: {string.Join(", ", s_layouts)}");
        long heads = call.Integer("numHeads"), kvHeads = call.Integer("numKeyValueHeads");
        if (kvHeads == 0) kvHeads = heads;
        call.Require(heads > 0 && kvHeads > 0 && heads % kvHeads == 0, "8.fia-heads", $"numHeads is {heads} and numKeyValueHeads {call.Integer("numKeyValueHeads")}; allowed: 0, or a divisor of {heads}");
        HeadLayout ofQ = HeadLayout.Of(call, layout!, "query", q, heads, "8.fa-layout");
        call.Require(ofQ.Heads == heads, "8.fia-heads", $"numHeads is {heads}, but query has {ofQ.Heads} heads");
        call.Require(ofQ.Width % 16 == 0, "8.fia-head", $"the head size is {ofQ.Width}; allowed: multiples of 16");
        call.Contiguous("query", q);
        call.Contiguous("attentionOut", y);
        call.Shape("attentionOut", y, q.Shape, "8.fa-layout");
        HeadLayout ofK = Joined(call, layout!, "key", keys, q, ofQ, kvHeads), ofV = Joined(call, layout!, "value", values, q, ofQ, kvHeads);
        call.Require(ofK.Length == ofV.Length, "8.fa-layout", $"key has {ofK.Length} rows, value {ofV.Length}");
        int[] qLengths = Used(call, "actualSeqLengths", qUsed, ofQ.Batch, ofQ.Length), kvLengths = Used(call, kvUsed is not null && call.Operator != "IncreFlashAttention" ? "actualSeqLengthsKv" : "actualSeqLengths", kvUsed, ofQ.Batch, ofK.Length);
        call.Require(call.OptionalTensor("pseShift") is not { Count: > 0 }, "8.fa-pse", "pseShift is given; it is not imitated here, compose the scores");
        SimTensor? mask = Mask(call, mode, before, after, ofQ, ofK.Length);
        if (lse is not null) call.Shape("softmaxLse", lse, [ofQ.Batch, heads, ofQ.Length, 1], "8.fa-statistics");
        var spec = new AttentionSpec
        {
            Q = ofQ,
            K = ofK,
            V = ofV,
            QLengths = qLengths,
            KvLengths = kvLengths,
            Scale = (float)call.Number("scaleValue"),
            SparseMode = mode,
            Before = before,
            After = after,
            FixesEmptyRows = fixesEmptyRows,
            Mask = mask,
        };
        return new Plan(Checks.Workspace([], 1L << 20), memory =>
        {
            spec.Load(memory);
            long rows = (long)ofQ.Batch * heads * ofQ.Length;
            float[]? most = lse is null ? null : new float[rows], sums = lse is null ? null : new float[rows];
            float[] result = AttentionKernel.Forward(spec, Elements.Read<float>(memory, q), Read(memory, keys), Read(memory, values), y.Count, ofQ, most, sums);
            Elements.Write(memory, y, result);
            if (lse is not null) Elements.Write(memory, lse, [.. most!.Zip(sums!, (m, s) => m + MathF.Log(s))]);
        });
    }

    /// <summary>One tensor of the whole batch, or one of each sequence: their rows follow each other either way.</summary>
    private static HeadLayout Joined(ICall call, string layout, string name, SimTensor[] list, SimTensor q, HeadLayout ofQ, long heads)
    {
        foreach (SimTensor t in list)
        {
            call.Require(t.Type == q.Type, "8.fa-dtype", $"{name} is {t.Type}, but query is {q.Type}; they must be the same");
            call.Contiguous(name, t);
            call.Require(Shapes.Same(t.Shape, list[0].Shape), "8.fia-lists", $"the tensors of {name} have shapes {Shapes.Text(list[0].Shape)} and {Shapes.Text(t.Shape)}; they must agree");
        }
        call.Rank(name, list[0], q.Rank, q.Rank, "8.fa-layout");
        call.Require(list[0].Shape[0] * list.Length == ofQ.Batch, "8.fia-lists", $"{name} holds {list.Length} tensors of {list[0].Shape[0]} sequences; query has {ofQ.Batch}");
        long[] shape = [ofQ.Batch, .. list[0].Shape[1..]];
        var whole = new SimTensor { Shape = shape, Strides = Shapes.Contiguous(shape), Offset = 0, Storage = shape, Type = q.Type, Format = q.Format };
        HeadLayout made = HeadLayout.Of(call, layout, name, whole, heads, "8.fa-layout");
        call.Require(made.Heads == heads && made.Width == ofQ.Width, "8.fia-heads", $"{name} has {made.Heads} heads of {made.Width}; expected {heads} of {ofQ.Width}");
        return made;
    }

    private static int[] Used(ICall call, string name, long[]? used, int batch, int length)
    {
        if (used is null || used.Length == 0) return [.. Enumerable.Repeat(length, batch)];
        call.Require(used.Length == batch || used.Length == 1, "8.fa-lengths", $"{name} has {used.Length} numbers; expected one for each of {batch} sequences");
        foreach (long n in used) call.Require(n >= 0 && n <= length, "8.fa-lengths", $"{name} has {n}; allowed: 0 to {length}");
        return [.. Enumerable.Range(0, batch).Select(b => (int)used[used.Length == 1 ? 0 : b])];
    }

    private static SimTensor? Mask(ICall call, int mode, long before, long after, HeadLayout q, long columns)
    {
        SimTensor? mask = call.OptionalTensor("attenMask");
        call.Contiguous("attenMask", mask);
        call.Require(mask is null || Array.IndexOf(s_masks, mask.Type) >= 0, "8.fia-mask", $"attenMask is {mask?.Type}; allowed: {Types.Text(s_masks)}");
        long rows = q.Length, b = q.Batch;
        if (mode == 0 && mask is null)
        {
            call.Require(before >= rows && after >= columns, "8.fa-sparse-mask", $"preTokens is {before} and nextTokens {after} without attenMask; a band without mask is not applied: give the mask, or 2147483647 for both");
            return null;
        }
        if (mode >= 2)
        {
            call.Require(mask is { Rank: 2 } && mask.Shape[0] == AttentionSpec.Compressed && mask.Shape[1] == AttentionSpec.Compressed, "8.fa-sparse-mask", $"attenMask is {mask?.ToString() ?? "null"}; sparseMode {mode} needs the compressed mask [{AttentionSpec.Compressed}, {AttentionSpec.Compressed}]");
            return mask;
        }
        call.Require(mask is not null, "8.fa-sparse-mask", $"attenMask is null; sparseMode {mode} needs the whole mask");
        long[][] allowed = [[rows, columns], [1, rows, columns], [b, rows, columns], [1, 1, rows, columns], [b, 1, rows, columns]];
        if (rows == 1) allowed = [.. allowed, [b, columns]];
        call.Require(allowed.Any(s => Shapes.Same(s, mask!.Shape)), "8.fa-mask-shape", $"attenMask has shape {Shapes.Text(mask!.Shape)}; allowed: {string.Join(", ", allowed.Select(s => Shapes.Text(s)))}");
        return mask;
    }

    private static float[] Read(IDeviceMemory memory, SimTensor[] list)
    {
        if (list.Length == 1) return Elements.Read<float>(memory, list[0]);
        return [.. list.SelectMany(t => Elements.Read<float>(memory, t))];
    }
}
