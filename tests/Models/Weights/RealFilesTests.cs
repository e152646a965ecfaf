using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Files that other programs wrote; skipped where they are not beside the repository.</summary>
[Trait("Category", "Unit")]
public class RealFilesTests
{
    public static TheoryData<string> GgufCases()
    {
        TheoryData<string> data = [];
        string quant = Path.Combine(Repository.GoldenRoot, "quant");
        if (Directory.Exists(quant))
            foreach (string file in Directory.EnumerateFiles(quant, "*.gguf", SearchOption.AllDirectories).Order(StringComparer.Ordinal)) data.Add(Path.GetRelativePath(quant, file));
        if (data.Count == 0) data.Add("");
        return data;
    }

    [SkippableTheory, MemberData(nameof(GgufCases))]
    public void Golden_gguf_files_expand_as_expected(string relative)
    {
        Skip.If(relative.Length == 0, $"no {Repository.GoldenRoot}/quant/*.gguf");
        string path = Path.Combine(Repository.GoldenRoot, "quant", relative);
        GoldenCase golden = GoldenCase.Load(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..")));
        using var checkpoint = GgufCheckpoint.OpenFile(path);
        Assert.Equal(golden.Settings.GetProperty("family").GetString(), (string)checkpoint.ReadConfig()["model_type"]!);
        foreach (JsonProperty t in golden.Settings.GetProperty("tensor_types").EnumerateObject()) Assert.Equal(t.Value.GetString(), checkpoint.File.Find(t.Name)!.Format.Name);
        int checkedTensors = 0;
        foreach (string name in golden.Tensors.Keys.Where(k => k.StartsWith("dequantized.", StringComparison.Ordinal)))
        {
            var x = new float[golden[name].Count];
            checkpoint.File.Read(checkpoint.File.Find(name["dequantized.".Length..])!, 0, x);
            golden.Check(name, x);
            checkedTensors++;
        }
        Assert.True(checkedTensors > 0);
        foreach (string name in checkpoint.Names) checkpoint.Read(name, new float[checkpoint.Describe(name).Elements]);
        GgufVocabulary v = checkpoint.File.Vocabulary();
        Assert.Equal(checkpoint.Describe("model.embed_tokens.weight").Shape[0], v.Tokens.Length);
        Assert.NotNull(v.Merges);
    }

    [SkippableFact]
    public void SmolLm2_opens_and_expands()
    {
        string path = Path.Combine(Repository.GoldenRoot, "..", "models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        Skip.IfNot(File.Exists(path), $"no {path}");
        using Checkpoint checkpoint = Checkpoint.Open(path);
        Assert.Equal(272, checkpoint.Names.Count);
        string config = checkpoint.ReadConfig().ToJsonString();
        Assert.Contains("\"hidden_size\":576,\"intermediate_size\":1536,\"num_hidden_layers\":30,\"num_attention_heads\":9,\"num_key_value_heads\":3", config, StringComparison.Ordinal);
        Assert.Contains("\"rope_theta\":100000,\"max_position_embeddings\":8192,\"vocab_size\":49152,\"tie_word_embeddings\":true", config, StringComparison.Ordinal);
        var x = new float[49152 * 576];
        double squares = 0;
        foreach (string name in checkpoint.Names)
        {
            Span<float> w = x.AsSpan(0, (int)checkpoint.Describe(name).Elements);
            checkpoint.Read(name, w);
            squares += w[0] * w[0];
        }
        Assert.True(double.IsFinite(squares));
    }

    [SkippableFact]
    public void Published_llama_in_shards_opens()
    {
        string model = Path.Combine(Repository.GoldenRoot, "models", "llama_sharded", "model");
        Skip.IfNot(Directory.Exists(model), $"no {model}");
        using Checkpoint checkpoint = Checkpoint.Open(model);
        Assert.Equal(21, checkpoint.Names.Count);
        Assert.Equal([256L, 48L], checkpoint.Describe("model.embed_tokens.weight").Shape);
        Assert.Equal("llama", (string)checkpoint.ReadConfig()["model_type"]!);
    }
}
