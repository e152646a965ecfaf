namespace Pure.Tuner;

/// <summary>Operators on packed weights, for every format: a row alone, a few rows, and enough for panels; both directions.</summary>
public static partial class OpCases
{
    private static IEnumerable<OpSample> EachFormat(Func<PackedSample, IEnumerable<OpSample>> samples) => PackedSample.All.SelectMany(samples);

    private static IEnumerable<OpSample> PackedLinears() => EachFormat(p =>
        [.. ((int[])[1, 5, 20]).Select(rows => PackedLinear(p, rows, 7)), PackedLinear(p, 9, 70, bias: true), PackedLinear(p, 0, 7), PackedLinear(p, 5, 7).As(DType.BF16), PackedLinear(p, 1, 7).As(DType.BF16)]);

    private static OpSample PackedLinear(PackedSample packed, int rows, int outputs, bool bias = false)
    {
        OpInput x = X("x", [rows, packed.Columns]);
        return bias
            ? new($"{x.Shape} to {outputs} {packed.Format} with bias", [x, W("bias", [outputs])], i => i[0].Linear(i.Packed!, i.Weight(1))) { Packed = packed, PackedRows = outputs }
            : new($"{x.Shape} to {outputs} {packed.Format}", [x], i => i[0].Linear(i.Packed!)) { Packed = packed, PackedRows = outputs };
    }

    private static IEnumerable<OpSample> PackedLoras() => EachFormat(p => [PackedLora(p, 1, 9, 4, 0), PackedLora(p, 10, 7, 3, 0.25f), PackedLora(p, 20, 9, 4, 0)]);

    private static OpSample PackedLora(PackedSample packed, int rows, int outputs, int rank, float rate)
    {
        const float Scale = 0.5f;
        Shape x = [rows, packed.Columns];
        return new($"{x} to {outputs} {packed.Format} rank {rank}{(rate > 0 ? $" dropout {rate:G}" : "")}",
            [X("x", x), W("a", [rank, packed.Columns]), W("b", [outputs, rank])],
            i =>
            {
                Tensor u = i[0];
                return LoraLinearOp.Apply(u, u.Dropout(DropoutKey, rate), i.Packed!, i.Weight(1), i.Weight(2), Scale);
            })
        {
            Compose = i =>
            {
                Tensor u = i[0];
                return LoraLinearOp.Compose(u, rate > 0 ? DropoutOp.Compose(u, DropoutKey, rate) : u, i.Packed!, i.Weight(1), i.Weight(2), Scale);
            },
            Packed = packed,
            PackedRows = outputs,
        };
    }

    /// <summary>The scale keeps logits of up to a thousand numbers near 1: a sharper softmax turns too fast for finite differences.</summary>
    private static IEnumerable<OpSample> PackedCrossEntropies() => EachFormat(p => [PackedCrossEntropy(p, 5, 23, 0.05f), PackedCrossEntropy(p, 17, 130, 0.02f)]);

    private static OpSample PackedCrossEntropy(PackedSample packed, int rows, int vocab, float scale) =>
        new($"[{rows}, {packed.Columns}] of {vocab} {packed.Format} scale {scale:G}",
            [X("x", [rows, packed.Columns]), Ids("targets", rows, vocab)], i => i[0].LinearCrossEntropy(i.Packed!, i[1], scale, 0, 0))
        { Compose = i => LinearCrossEntropyOp.Compose(i[0], i.Packed!, i[1], scale, 0, 0), Packed = packed, PackedRows = vocab };

    private static IEnumerable<OpSample> PackedEmbeddings() => EachFormat(p => [PackedEmbedding(p, 5, 11), PackedEmbedding(p, 0, 3)]);

    private static OpSample PackedEmbedding(PackedSample packed, int tokens, int vocab) =>
        new($"{tokens} of [{vocab}, {packed.Columns}] {packed.Format}", [Ids("ids", tokens, vocab)], i => TensorOps.Embedding(i[0], i.Packed!)) { Packed = packed, PackedRows = vocab };
}
