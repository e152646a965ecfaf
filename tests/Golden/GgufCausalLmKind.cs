using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>A tiny GGUF file: expanded weights, logits, greedy continuation.</summary>
public sealed class GgufCausalLmKind : IGoldenKind
{
    public string Kind => "gguf_causal_lm";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        string path = golden.Path(golden.Settings.GetProperty("gguf_file").GetString()!);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        CheckExpanded(golden, path);
        Tokenizer tokenizer = Tokenizer.FromGguf(((GgufCheckpoint)checkpoint).File.Vocabulary());
        if (golden.Json.TryGetProperty("expected", out JsonElement expected) && expected.TryGetProperty("tokenize", out JsonElement texts))
            foreach (JsonElement text in texts.EnumerateArray())
                Assert.Equal(text.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), tokenizer.Encode(text.GetProperty("text").GetString()!, addSpecialTokens: false));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        int batch = golden["in.input_ids"].Shape[0], length = golden["in.input_ids"].Shape[1];
        int[] ids = golden["in.input_ids"].Ints();
        using (var scope = TensorScope.Begin())
        {
            ForwardContext context = ForwardContext.Packed([.. Enumerable.Repeat(length, batch)]);
            golden.Check("logits", model.Logits(model.Hidden(ids, context), context).ToArray<float>());
        }

        var options = new GenerationOptions { MaxNewTokens = golden["greedy_ids"].Shape[1] };
        IReadOnlyList<GenerationResult> rows = new Generator(model).Generate([.. Enumerable.Range(0, batch).Select(b => ids[(b * length)..((b + 1) * length)])], options);
        int[] made = [.. rows.SelectMany(r => r.Tokens)];
        golden.Check("greedy_ids", made);
        if (golden.Settings.TryGetProperty("llama_cpp_greedy_same", out JsonElement same) && same.GetBoolean()) golden.Check("llama_cpp_greedy_ids", made);
    }

    /// <summary>The first rows of some tensors, as in the file: before rows are put in another order.</summary>
    private static void CheckExpanded(GoldenCase golden, string path)
    {
        const string Prefix = "dequantized.";
        using GgufFile file = GgufFile.Open(path);
        foreach (string name in golden.Tensors.Keys.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var y = new float[golden[name].Count];
            file.Read(file.Find(name[Prefix.Length..])!, 0, y);
            golden.Check(name, y);
        }
    }
}
