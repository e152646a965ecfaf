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

        if (golden.Distances is not null) return;                         // a rounded logit may choose another word
        var options = new GenerationOptions { MaxNewTokens = golden["greedy_ids"].Shape[1] };
        IReadOnlyList<GenerationResult> rows = new Generator(model).Generate([.. Enumerable.Range(0, batch).Select(b => ids[(b * length)..((b + 1) * length)])], options);
        int[] made = [.. rows.SelectMany(r => r.Tokens)];
        golden.Check("greedy_ids", made);
        CheckWrittenAgain(model, tokenizer, backend);
        if (golden.Settings.TryGetProperty("llama_cpp_greedy_same", out JsonElement same) && same.GetBoolean()) golden.Check("llama_cpp_greedy_ids", made);
    }

    /// <summary>What is written from the packed model and read again is the same numbers, rounded where the type asks for it, and the same tokenizer.</summary>
    private static void CheckWrittenAgain(DecoderModel model, Tokenizer tokenizer, Backend backend)
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (string type in (string[])["F32", "F16", "Q8_0"])
            {
                GgufExport.Write(path, model, tokenizer, GgufType.Find(type)!);
                using GgufCheckpoint read = GgufCheckpoint.OpenFile(path);
                foreach (Weight weight in model.Weights)
                {
                    using Tensor values = Tensor.Empty(backend, weight.Shape);
                    weight.Read(.., values);
                    float[] x = values.ToArray<float>(), y = new float[x.Length];
                    read.Read(weight.Name, y);
                    GgufFormat format = GgufFormat.Find(read.Describe(weight.Name).StoredAs)!;
                    Assert.Equal(weight.Shape.Rank == 1 ? "F32" : GgufType.Fitting(GgufFormat.Find(type)!, weight.Shape[1]).Name, format.Name);
                    var bytes = new byte[x.Length / format.BlockElements * format.BlockBytes];
                    format.Pack!(x, default, bytes);
                    format.Widen!(bytes, x);
                    Assert.Equal(x, y);
                }
                Tokenizer again = Tokenizer.FromGguf(read.File.Vocabulary());
                const string Text = "The quick brown fox, 1234 and\n\n  naïve 你好.";
                Assert.Equal(tokenizer.Encode(Text), again.Encode(Text));
            }
        }
        finally
        {
            File.Delete(path);
        }
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
