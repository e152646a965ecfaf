using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Operators with a kernel contract, and those that take a weight.</summary>
public static partial class OpCases
{
    private const ulong DropoutKey = 0x5EED;

    private static IEnumerable<OpCase> Fused() =>
    [
        new("rms_norm", "x · rsqrt(mean(x²) + eps) · weight",
        [
            .. RmsNorm([3, 37]).Spread(), RmsNorm([1, 64]), RmsNorm([0, 37]), RmsNorm([2, 3, 5]), RmsNorm([7, 1], eps: 0.5f), RmsNorm([2, 130], eps: 1e-2f),
            RmsNorm([3, 37]).WeightsAs(DType.BF16), RmsNorm([3, 37]).As(DType.BF16).WeightsAs(DType.BF16), RmsNorm([3, 37]).Freeze("weight"),
        ])
        {
            Contract = typeof(IRmsNormKernel),
            Bench = (rows, d) => RmsNorm([rows, d]),
        },
        new("add_rms_norm", "h = x + r and its rms_norm",
        [
            .. AddRmsNorm([3, 37]).Spread(), AddRmsNorm([1, 64]), AddRmsNorm([0, 37]), AddRmsNorm([2, 3, 5]), AddRmsNorm([2, 130], eps: 1e-2f), AddRmsNorm([3, 37], reads: 'h'), AddRmsNorm([3, 37], reads: 'y'),
            AddRmsNorm([3, 37]).WeightsAs(DType.BF16), AddRmsNorm([3, 37]).As(DType.BF16).WeightsAs(DType.BF16), AddRmsNorm([3, 37]).Freeze("weight"), AddRmsNorm([3, 37]).Freeze("r"), AddRmsNorm([3, 37]).Freeze("x"),
        ])
        {
            Contract = typeof(IRmsNormKernel),
            Bench = (rows, d) => AddRmsNorm([rows, d], reads: 'y'),
        },
        new("softmax", "eˣ / Σ eˣ", [.. Softmax([3, 37], false).Spread(), .. SoftmaxShapes(false)])
        {
            Contract = typeof(ISoftmaxKernel),
            Bench = (rows, d) => Softmax([rows, d], false),
        },
        new("log_softmax", "x - log Σ eˣ", [.. Softmax([3, 37], true).Spread(), .. SoftmaxShapes(true)])
        {
            Contract = typeof(ISoftmaxKernel),
            Bench = (rows, d) => Softmax([rows, d], true),
        },
        new("gated_activation", "act(gate) · up",
        [
            .. Gated(Activation.Silu, [3, 37]).Spread(), Gated(Activation.Silu, [1, 64]), Gated(Activation.Silu, [0, 5]), Gated(Activation.Silu, [2, 3, 5]), Gated(Activation.Silu, [3, 5]).Freeze("up"),
            .. Enum.GetValues<Activation>().SelectMany(a => new[] { Gated(a, [5, 19]), Gated(a, [5, 19], hasUp: false), Gated(a, [5, 19]).As(DType.BF16) }),
        ])
        {
            Contract = typeof(IGatedActivationKernel),
            Bench = (rows, d) => Gated(Activation.Silu, [rows, d]),
        },
        new("rope", "(a cos - b sin, b cos + a sin)",
        [
            .. Rope(5, 3, 12, 12).Spread(), Rope(1, 2, 20, 20), Rope(0, 2, 12, 12), Rope(4, 1, 64, 64), Rope(5, 3, 20, 8), Rope(5, 3, 12, 2),
            .. Rope(5, 3, 12, 12, RopeLayout.Adjacent).Spread(), Rope(5, 3, 20, 8, RopeLayout.Adjacent), Rope(4, 1, 64, 64, RopeLayout.Adjacent), Rope(3, 2, 12, 0),
        ])
        {
            Contract = typeof(IRopeKernel),
            Bench = (rows, d) => Rope(rows, Math.Max(1, d / 64), 64, 64),
        },
        new("dropout", "x / (1 - rate) where the counter keeps, else 0",
        [
            .. Dropout([3, 37], 0.3f).Spread(), Dropout([1, 1], 0.5f), Dropout([0, 5], 0.5f), Dropout([2, 3, 5], 0.9f), Dropout([4, 7], 0f),
        ])
        {
            Contract = typeof(IDropoutKernel),
            Bench = (rows, d) => Dropout([rows, d], 0.1f),
        },
        new("attention", "softmax(cap(scale · q kᵀ) + mask) v", [.. AttentionSamples()])
        {
            Contract = typeof(IAttentionKernel),
            Bench = (rows, d) => Attention("causal", Segments.Packed(rows), Math.Max(1, d / 64), KeyHeads(Math.Max(1, d / 64)), 64),
        },
        new("linear", "x Wᵀ + bias",
        [
            .. Linear([5, 19], 7).Spread(), .. Linear([5, 19], 7, bias: true).Spread(), Linear([1, 64], 33, bias: true), Linear([0, 19], 7, bias: true), Linear([2, 3, 8], 5),
            Linear([17, 130], 70), Linear([5, 19], 7).WeightsAs(DType.BF16), Linear([5, 19], 7).As(DType.BF16).WeightsAs(DType.BF16), Linear([5, 19], 7, bias: true).Freeze("weight"), Linear([5, 19], 7).Freeze("x"),
            .. PackedLinears(),
        ])
        {
            Bench = (rows, d) => Linear([rows, d], d),
        },
        new("lora_linear", "x Wᵀ + scale · (u Aᵀ) Bᵀ",
        [
            .. Lora([5, 19], 7, 3).Spread(), Lora([1, 64], 33, 8), Lora([0, 19], 7, 2), Lora([2, 3, 8], 5, 1), Lora([9, 70], 40, 16), Lora([37, 70], 50, 20), .. Lora([5, 19], 7, 3, rate: 0.25f).Spread(),
            Lora([5, 19], 7, 3, rate: 0.25f).Freeze("x"), Lora([5, 19], 7, 3).WeightsAs(DType.BF16), Lora([5, 19], 7, 3, trained: true),
            .. PackedLoras(),
        ])
        {
            Contract = typeof(ILoraLinearKernel),
            Bench = (rows, d) => Lora([rows, d], d, 16),
        },
        new("linear_cross_entropy", "-log softmax(cap(logit_scale · W x))[target]",
        [
            .. CrossEntropy(5, 19, 23).Spread(), CrossEntropy(1, 8, 5), CrossEntropy(0, 8, 5), CrossEntropy(17, 32, 130), CrossEntropy(5, 19, 23, scale: 0.25f), CrossEntropy(5, 19, 23, cap: 3f),
            CrossEntropy(5, 19, 23, scale: 2f, cap: 5f), CrossEntropy(5, 19, 23, smoothing: 0.1f), CrossEntropy(17, 32, 130, scale: 2f, cap: 5f, smoothing: 0.3f), CrossEntropy(5, 19, 23, cap: 3f, smoothing: 0.2f).Freeze("weight"),
            CrossEntropy(5, 19, 23).Freeze("weight"), CrossEntropy(5, 19, 23, cap: 3f).Freeze("weight"), CrossEntropy(5, 19, 23).Freeze("x"),
            CrossEntropy(5, 19, 23).WeightsAs(DType.BF16), CrossEntropy(5, 19, 23).As(DType.BF16).WeightsAs(DType.BF16),
            .. PackedCrossEntropies(),
        ])
        {
            Contract = typeof(ILinearCrossEntropyKernel),
            Bench = (rows, d) => CrossEntropy(rows, d, 8 * d),
        },
        new("embedding", "W[ids[i]]", [Embedding(5, 11, 19), Embedding(1, 3, 64), Embedding(0, 3, 8), Embedding(23, 4, 5), Embedding(5, 11, 19).WeightsAs(DType.BF16), Embedding(7, 5, 8, pad: 2), .. PackedEmbeddings()])
        {
            Bench = (rows, d) => Embedding(rows, 4096, d),
        },
        new("gather_rows", "x[ids[i]]", [.. GatherRows(5, 11, 19).Spread(), GatherRows(1, 3, 64), GatherRows(0, 3, 8), GatherRows(23, 4, 5)])
        {
            Bench = (rows, d) => GatherRows(rows, rows, d),
        },
    ];

    private static OpSample RmsNorm(Shape x, float eps = 1e-5f) =>
        new($"{x} eps {eps:G}", [X("x", x), W("weight", [x.Last], OpValues.Positive)], i => i[0].RmsNorm(i.Weight(1), eps)) { Compose = i => RmsNormOp.Compose(i[0], i.Weight(1).Value, eps) };

    /// <summary>Both results, one on top of the other, or one of them: then the other has no gradient.</summary>
    private static OpSample AddRmsNorm(Shape x, float eps = 1e-5f, char reads = '2')
    {
        return new($"{x} eps {eps:G}{(reads == '2' ? "" : $" of {reads} alone")}", [X("x", x), X("r", x), W("weight", [x.Last], OpValues.Positive)], i => Read(i[0].AddRmsNorm(i[1], i.Weight(2), eps)))
        {
            Compose = i => Read(AddRmsNormOp.Compose(i[0], i[1], i.Weight(2).Value, eps)),
        };

        Tensor Read((Tensor Sum, Tensor Normed) y) => reads switch { 'h' => y.Sum, 'y' => y.Normed, _ => TensorOps.Concat(x.Rank - 1, y.Sum, y.Normed) };
    }

    private static OpSample Softmax(Shape x, bool log) =>
        new($"{x}", [X("x", x)], i => log ? i[0].LogSoftmax() : i[0].Softmax()) { Compose = i => SoftmaxOp.Compose(i[0], log) };

    private static OpSample[] SoftmaxShapes(bool log) =>
    [
        Softmax([1, 64], log), Softmax([0, 37], log), Softmax([2, 3, 5], log), Softmax([4, 1], log), Softmax([2, 300], log),
        // Far from 0: without subtracting the maximum eˣ overflows.
        new("[3, 8] plus 100", [X("x", [3, 8])], i => log ? (i[0] + 100).LogSoftmax() : (i[0] + 100).Softmax()) { Compose = i => SoftmaxOp.Compose(i[0] + 100, log), IsSmooth = false },
    ];

    private static OpSample Gated(Activation activation, Shape shape, bool hasUp = true)
    {
        OpValues values = activation is Activation.Relu or Activation.ReluSquared ? OpValues.AwayFromZero : OpValues.Signed;
        string name = $"{activation.ToString().ToLowerInvariant()} {shape}";
        return hasUp
            ? new(name, [X("gate", shape, values), X("up", shape)], i => i[0].ActivateGate(activation, i[1])) { Compose = i => GatedActivationOp.Compose(activation, i[0], i[1]) }
            : new($"{name} alone", [X("gate", shape, values)], i => i[0].Activate(activation)) { Compose = i => GatedActivationOp.Compose(activation, i[0], null) };
    }

    private static OpSample Rope(int tokens, int heads, int dim, int rotary, RopeLayout layout = RopeLayout.HalfSplit) =>
        new($"[{tokens}, {heads}, {dim}] {layout.ToString().ToLowerInvariant()} {rotary}",
            [X("x", [tokens, heads, dim]), Table32("cos", [tokens, rotary / 2], OpValues.Cosine), Table32("sin", [tokens, rotary / 2], OpValues.Sine)],
            i => i[0].Rope(i[1], i[2], layout))
        { Compose = i => RopeOp.Compose(i[0], i[1], i[2], layout) };

    private static OpSample Dropout(Shape x, float rate) =>
        new($"{x} rate {rate:G}", [X("x", x)], i => i[0].Dropout(DropoutKey, rate)) { Compose = i => DropoutOp.Compose(i[0], DropoutKey, rate) };

    private static OpSample Linear(Shape x, int outputs, bool bias = false) => bias
        ? new($"{x} to {outputs} with bias", [X("x", x), W("weight", [outputs, x.Last]), W("bias", [outputs])], i => i[0].Linear(i.Weight(1), i.Weight(2)))
        : new($"{x} to {outputs}", [X("x", x), W("weight", [outputs, x.Last])], i => i[0].Linear(i.Weight(1)));

    private static OpSample Lora(Shape x, int outputs, int rank, float rate = 0, bool trained = false)
    {
        const float Scale = 0.5f;
        return new($"{x} to {outputs} rank {rank}{(rate > 0 ? $" dropout {rate:G}" : "")}{(trained ? " base trained" : "")}",
            [X("x", x), W("weight", [outputs, x.Last]) with { IsFrozen = !trained }, W("a", [rank, x.Last]), W("b", [outputs, rank])],
            i =>
            {
                Tensor u = i[0];
                return LoraLinearOp.Apply(u, u.Dropout(DropoutKey, rate), i.Weight(1), i.Weight(2), i.Weight(3), Scale);
            })
        {
            Compose = i =>
            {
                Tensor u = i[0];
                return LoraLinearOp.Compose(u, rate > 0 ? DropoutOp.Compose(u, DropoutKey, rate) : u, i.Weight(1), i.Weight(2), i.Weight(3), Scale);
            },
        };
    }

    private static OpSample CrossEntropy(int rows, int hidden, int vocab, float scale = 1, float cap = 0, float smoothing = 0) =>
        new($"[{rows}, {hidden}] of {vocab}{(scale != 1 ? $" scale {scale:G}" : "")}{(cap > 0 ? $" cap {cap:G}" : "")}{(smoothing > 0 ? $" smoothing {smoothing:G}" : "")}",
            [X("x", [rows, hidden]), W("weight", [vocab, hidden]), Ids("targets", rows, vocab)], i => i[0].LinearCrossEntropy(i.Weight(1), i[2], scale, cap, smoothing))
        { Compose = i => LinearCrossEntropyOp.Compose(i[0], i.Weight(1), i[2], scale, cap, smoothing) };

    private static OpSample Embedding(int tokens, int vocab, int hidden, int? pad = null) =>
        new($"{tokens} of [{vocab}, {hidden}]{(pad is { } p ? $" pad {p}" : "")}", [Ids("ids", tokens, vocab), W("weight", [vocab, hidden])],
            i => TensorOps.Embedding(i[0], i.Weight(1), pad is { } id ? WithoutPad(i[0], id) : null))
        { IsSmooth = pad is null };

    /// <summary>The ids with -1 in place of the pad id, as a data loader hands them over.</summary>
    private static Tensor WithoutPad(Tensor ids, int pad) =>
        Tensor.From<int>(ids.Backend, Array.ConvertAll(ids.ToArray<int>(), id => id == pad ? -1 : id), ids.Shape);

    private static OpSample GatherRows(int count, int rows, int d) => new($"{count} of [{rows}, {d}]", [X("x", [rows, d]), Ids("ids", count, rows)], i => i[0].GatherRows(i[1]));
}
