namespace Pure.Tuner.Tests;

/// <summary>A tiny quantised checkpoint: expanded weights, logits, greedy continuation; by the definition and by the kernels.</summary>
public sealed class PrequantizedCausalLmKind : IGoldenKind
{
    public string Kind => "prequantized_causal_lm";

    public void Run(GoldenCase golden)
    {
        foreach (string name in (string[])["reference", GoldenBackend.Name]) GoldenBackend.Run(name, backend => Run(golden, backend));
    }

    private static void Run(GoldenCase golden, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path("model"));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        Assert.Contains(model.Weights, w => w is QuantizedTensor);
        const string Prefix = "dequantized.";
        foreach (string name in golden.Tensors.Keys.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string path = name[Prefix.Length..];
            Weight weight = model.Weights.First(w => w.Name == path || w.Name == path + ".weight");
            using var scope = TensorScope.Begin();
            Tensor dense = Tensor.Empty(backend, weight.Shape);
            weight.Read(.., dense);
            golden.Check(name, dense.ToArray<float>());
        }

        int batch = golden["in.input_ids"].Shape[0], length = golden["in.input_ids"].Shape[1];
        int[] ids = golden["in.input_ids"].Ints();
        using (var scope = TensorScope.Begin())
        {
            ForwardContext context = ForwardContext.Packed([.. Enumerable.Repeat(length, batch)]);
            golden.Check("logits", model.Logits(model.Hidden(ids, context), context).ToArray<float>());
        }

        var options = new GenerationOptions { MaxNewTokens = golden["greedy_ids"].Shape[1] };
        IReadOnlyList<GenerationResult> rows = new Generator(model).Generate([.. Enumerable.Range(0, batch).Select(b => ids[(b * length)..((b + 1) * length)])], options);
        golden.Check("greedy_ids", [.. rows.SelectMany(r => r.Tokens)]);
    }
}
