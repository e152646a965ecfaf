using System.Text.Json;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GgufTokenizerTests
{
    private static readonly string s_models = Environment.GetEnvironmentVariable("GOLDEN_MODELS") is { Length: > 0 } m ? m : Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "models"));

    [Fact]
    public void Merges_by_score()
    {
        Tokenizer tokenizer = Tokenizer.FromGguf(TestTokenizers.Llama);
        int Id(string token) => tokenizer.IdOf(token)!.Value;
        Assert.Equal([1, Id("▁the"), Id("▁other")], tokenizer.Encode("the other"));
        Assert.Equal([1, Id("▁"), Id("<0xC3>"), Id("<0xB6>")], tokenizer.Encode("ö"));
        Assert.Equal([1, Id("▁▁"), Id("<extra>"), Id("▁the"), 2], tokenizer.Encode(" <extra>the</s>"));
        Assert.Equal("ö the", tokenizer.Decode(tokenizer.Encode("ö the"), skipSpecialTokens: true));
        Assert.Equal((1, 2, null, true, "{{ messages }}"), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.AddsBos, tokenizer.ChatTemplate));
    }

    [Theory]
    [InlineData("gpt2", "klingon", "f.gguf: tokenizer.ggml.pre 'klingon' is not known (known: gpt-2")]
    [InlineData("bert", null, "f.gguf: tokenizer.ggml.model 'bert' is not built yet (known: gpt2, llama)")]
    [InlineData("gpt2", null, "f.gguf: tokenizer.ggml.merges is missing")]
    public void Unknown_vocabularies_are_named(string model, string? pre, string message) =>
        Assert.StartsWith(message, Assert.Throws<CheckpointException>(() => Tokenizer.FromGguf(TestTokenizers.Llama with { Model = model, Pre = pre }, "f.gguf")).Message, StringComparison.Ordinal);

    [Fact]
    public void Saved_and_read_again_is_the_same()
    {
        GgufVocabulary bytes = TestTokenizers.Llama with
        {
            Model = "gpt2",
            Pre = "llama-bpe",
            Tokens = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Char((byte)b).ToString()), "Ġt", "he", "Ġthe", "<s>", "</s>"],
            TokenTypes = [.. Enumerable.Repeat(1, 259), 3, 3],
            Scores = null,
            Merges = ["Ġ t", "h e", "Ġt he"],
            BosId = 259,
            EosId = 260,
            UnknownId = null,
            AddBos = null,
        };
        foreach (GgufVocabulary vocabulary in new[] { TestTokenizers.Llama, bytes, bytes with { Pre = "smollm" }, bytes with { Pre = "qwen2", AddEos = true }, bytes with { Pre = "gpt-4o" }, bytes with { Pre = "deepseek-v3" } })
        {
            using var folder = new TestTokenizers.Folder();
            Tokenizer a = Tokenizer.FromGguf(vocabulary);
            a.Save(folder.Path);
            Tokenizer b = Tokenizer.Load(folder.Path);
            foreach (string text in (string[])[.. TestTokenizers.Texts, "", " the", "<s>a</s> b", "I'M here: don't 2024𝟙"])
            {
                Assert.Equal(a.Encode(text), b.Encode(text));
                Assert.Equal(a.Decode(a.Encode(text)), b.Decode(b.Encode(text)));
            }
            Assert.Equal((a.BosId, a.EosId, a.PadId, a.AddsBos, a.ChatTemplate, a.VocabularySize), (b.BosId, b.EosId, b.PadId, b.AddsBos, b.ChatTemplate, b.VocabularySize));
        }
        Assert.Equal([259, 258], Tokenizer.FromGguf(bytes).Encode(" the"));
    }

    [SkippableFact]
    public void Small_files_give_llama_cpps_ids()
    {
        string[] cases = [.. GoldenCase.List().Where(n => File.Exists(Path.Combine(Repository.GoldenRoot, n, "model", "model.gguf")))];
        Skip.If(cases.Length == 0, $"no GGUF cases in {Repository.GoldenRoot}");
        int checkedTexts = 0;
        foreach (string name in cases)
        {
            GoldenCase golden = GoldenCase.Load(Path.Combine(Repository.GoldenRoot, name));
            if (!golden.Json.TryGetProperty("expected", out JsonElement expected) || !expected.TryGetProperty("tokenize", out JsonElement texts)) continue;
            Tokenizer tokenizer = Tokenizer.FromGguf(GgufMetadata.Vocabulary(golden.Path("model/model.gguf")), name);
            foreach (JsonElement item in texts.EnumerateArray())
            {
                Assert.Equal(item.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), tokenizer.Encode(item.GetProperty("text").GetString()!, addSpecialTokens: false));
                checkedTexts++;
            }
        }
        Assert.True(checkedTexts > 0);
    }

    [SkippableFact]
    public void Published_model_gives_transformers_ids()
    {
        string file = Path.Combine(s_models, "SmolLM2-135M-Instruct.Q4_1.gguf");
        string folder = Path.Combine(Repository.GoldenRoot, "real", "smollm2");
        Skip.IfNot(File.Exists(file) && Directory.Exists(folder), $"{file} or {folder} is not there");
        Tokenizer read = Tokenizer.FromGguf(GgufMetadata.Vocabulary(file), file);
        using var saved = new TestTokenizers.Folder();
        read.Save(saved.Path);
        JsonElement golden = GoldenCase.Load(folder).Json;
        foreach (Tokenizer tokenizer in (Tokenizer[])[read, Tokenizer.Load(saved.Path)])
        {
            Assert.Equal((1, 2, 2), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId));
            int texts = 0;
            foreach (JsonElement item in golden.GetProperty("prompts").EnumerateArray().Concat(golden.GetProperty("texts").EnumerateArray()))
            {
                if (!item.TryGetProperty("input_ids", out JsonElement ids) && !item.TryGetProperty("ids", out ids)) continue;
                Assert.Equal(ids.EnumerateArray().Select(i => i.GetInt32()), tokenizer.Encode(item.GetProperty("text").GetString()!));
                texts++;
            }
            Assert.True(texts > 0);
        }
    }
}
