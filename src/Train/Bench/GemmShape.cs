namespace Pure.Tuner;

/// <summary>How the operands of a product lie in memory.</summary>
internal enum GemmLayout
{
    /// <summary>a [m, k] b [k, n], both as they are.</summary>
    Plain,
    /// <summary>x Wᵀ: forward.</summary>
    Forward,
    /// <summary>dy W: the gradient of x.</summary>
    Backward,
    /// <summary>dyᵀ x: the gradient of W.</summary>
    Weight,
}

/// <summary>A product of training.</summary>
/// <param name="Name">Model, layer, direction.</param>
/// <param name="M">Rows of the result.</param>
/// <param name="N">Its columns.</param>
/// <param name="K">Length of the sums.</param>
/// <param name="Layout">How the operands lie.</param>
internal sealed record GemmShape(string Name, int M, int N, int K, GemmLayout Layout)
{
    /// <summary>Rows of a step.</summary>
    private const int Tokens = 512;

    /// <summary>Squares, then every kind of layer of two small models in three directions, then LoRA's two.</summary>
    internal static IEnumerable<GemmShape> All => Squares(256, 512, 1024, 2048).Concat(Of("smollm2-135m", ModelShape.Find("smollm2-135m"))).Concat(Of("qwen2.5-0.5b", ModelShape.Find("qwen2.5-0.5b")));

    /// <summary>Too small to be counted with the layers: what calling costs weighs as much as the arithmetic.</summary>
    internal bool IsSmall => K == Rank || N == Rank || (M, N, K) == (256, 256, 256);

    internal double Flops => 2.0 * M * N * K;

    private const int Rank = 8;

    internal static IEnumerable<GemmShape> Squares(params int[] sides) => sides.Select(s => new GemmShape($"square {s}", s, s, s, GemmLayout.Plain));

    /// <summary>The head is cut to an eighth: all of it takes long and says the same.</summary>
    internal static IEnumerable<GemmShape> Of(string model, ModelShape shape)
    {
        DecoderConfig c = shape.Config;
        int q = c.Heads * c.HeadDim;
        foreach ((string layer, int n, int k) in new[] { ("q", q, c.Hidden), ("kv", c.KvHeads * c.HeadDim, c.Hidden), ("o", c.Hidden, q), ("gate", c.Intermediate, c.Hidden), ("down", c.Hidden, c.Intermediate), ("head/8", c.Vocab / 8, c.Hidden) })
        {
            yield return new($"{model} {layer} x Wt", Tokens, n, k, GemmLayout.Forward);
            yield return new($"{model} {layer} dy W", Tokens, k, n, GemmLayout.Backward);
            yield return new($"{model} {layer} dyt x", n, k, Tokens, GemmLayout.Weight);
        }
        yield return new($"{model} lora-A x Wt", Tokens, Rank, c.Hidden, GemmLayout.Forward);
        yield return new($"{model} lora-B x Wt", Tokens, c.Intermediate, Rank, GemmLayout.Forward);
    }
}
