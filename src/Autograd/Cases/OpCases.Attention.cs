using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Attention's samples: what distinguishes one model's attention from another's, alone and together.</summary>
public static partial class OpCases
{
    private static IEnumerable<OpSample> AttentionSamples()
    {
        Segments one = Segments.Packed(7), pack = Segments.Packed(5, 1, 7);
        // Three new tokens after eight in the cache, and one token of a sequence whose keys lie further on.
        Segments cached = new([0, 3], [3, 1], [2, 14], [11, 4]);
        // Rows before, between and after the sequences belong to nobody and become 0.
        Segments gaps = new([1, 6], [4, 2], [0, 5], [4, 3]);
        return
        [
            .. Attention("causal", one, 2, 2, 12).Spread(),
            Attention("one token", Segments.Packed(1), 2, 2, 12), Attention("no token", Segments.Packed(), 2, 2, 12), Attention("65 tokens", Segments.Packed(65), 1, 1, 12),
            Attention("grouped keys", one, 6, 2, 20), Attention("one key head", one, 4, 1, 64), Attention("value heads of 20", one, 4, 2, 12, valueDim: 20),
            Attention("window 3", one, 2, 2, 12, window: 3), Attention("window 1", one, 2, 2, 12, window: 1), Attention("window beyond the end", one, 2, 1, 12, window: 64),
            Attention("packed", pack, 4, 2, 20), Attention("packed, window 4", pack, 4, 2, 20, window: 4), Attention("packed with an empty sequence", Segments.Packed(3, 0, 4), 2, 1, 12),
            Attention("cap", one, 2, 2, 12, cap: 2f), Attention("sinks", one, 4, 2, 12, sinks: true), Attention("cap, sinks, window 3, packed", pack, 4, 2, 20, window: 3, cap: 2f, sinks: true),
            Attention("cached keys", cached, 4, 2, 12, queries: 4, keys: 20), Attention("cached keys, window 4, sinks", cached, 4, 2, 12, window: 4, sinks: true, queries: 4, keys: 20),
            Attention("one query of 70 keys", new Segments([0], [1], [0], [70]), 4, 2, 64, queries: 1, keys: 70),
            Attention("rows outside every sequence", gaps, 2, 2, 12, queries: 10, keys: 9),
            Attention("grouped keys", one, 6, 2, 20).Freeze("k"), Attention("grouped keys", one, 6, 2, 20).Freeze("q"),
            Attention("packed", pack, 4, 2, 20).As(DType.BF16), Attention("packed, scale 1", pack, 4, 2, 20, scale: 1f),
        ];
    }

    /// <summary>Key heads as models have them: about a quarter of the query heads.</summary>
    private static int KeyHeads(int heads) => Enumerable.Range(1, Math.Max(1, heads / 4)).Last(k => heads % k == 0);

    private static OpSample Attention(string name, Segments segments, int heads, int kvHeads, int dim, int? valueDim = null, int window = 0, float cap = 0, bool sinks = false, float? scale = null, int? queries = null, int? keys = null)
    {
        int tokens = queries ?? segments.QueryLength.Sum(), cache = keys ?? segments.KeyLength.Sum();
        float factor = scale ?? 1 / MathF.Sqrt(dim);
        OpInput[] inputs = [X("q", [tokens, heads, dim]), X("k", [cache, kvHeads, dim]), X("v", [cache, kvHeads, valueDim ?? dim])];
        if (sinks) inputs = [.. inputs, W("sinks", [heads])];
        return new($"{name}: [{tokens}, {heads}, {dim}] by [{cache}, {kvHeads}, {dim}]", inputs,
            i => TensorOps.Attention(i[0], i[1], i[2], segments, factor, window, cap, sinks ? i[3] : null))
        { Compose = i => AttentionOp.Compose(i[0], i[1], i[2], segments, factor, window, cap, sinks ? i[3] : null) };
    }
}
