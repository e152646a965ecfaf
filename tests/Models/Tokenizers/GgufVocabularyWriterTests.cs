using System.Text.Json;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GgufVocabularyWriterTests
{
    private static readonly string[] s_texts = [.. TestTokenizers.Texts, "", " the", "<s>a</s> b", "I'M here: don't 2024𝟙  x\n\n y"];

    private static GgufVocabulary Bytes { get; } = TestTokenizers.Llama with
    {
        Model = "gpt2",
        Pre = "llama-bpe",
        Tokens = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Char((byte)b).ToString()), "Ġt", "he", "Ġthe", "<s>", "</s>", "<tool>"],
        TokenTypes = [.. Enumerable.Repeat(1, 259), 3, 3, 4],
        Scores = null,
        Merges = ["Ġ t", "h e", "Ġt he"],
        BosId = 259,
        EosId = 260,
        UnknownId = null,
        AddBos = true,
        AddEos = false,
        AddSpacePrefix = null,
    };

    public static TheoryData<string> Pres() => [.. GgufTokenizer.CanonicalNames];

    [Theory, MemberData(nameof(Pres))]
    public void Every_way_to_cut_texts_is_recognised(string pre)
    {
        GgufVocabulary v = Bytes with { Pre = pre };
        GgufVocabulary said = GgufVocabularyWriter.Of(Tokenizer.FromGguf(v), v.Tokens.Length);
        Same(v, said);
    }

    [Fact]
    public void Bos_and_eos_and_templates()
    {
        foreach (GgufVocabulary v in new[] { Bytes with { AddBos = false }, Bytes with { AddBos = false, AddEos = true }, Bytes with { AddEos = true, PadId = 261 }, Bytes with { BosId = null, AddBos = false, ChatTemplate = null } })
            Same(v, GgufVocabularyWriter.Of(Tokenizer.FromGguf(v), v.Tokens.Length));
    }

    [Fact]
    public void A_tokenizer_of_SentencePiece_comes_back()
    {
        foreach (bool prefix in new[] { false, true })
        {
            Tokenizer a = Tokenizer.FromGguf(TestTokenizers.Llama with { AddSpacePrefix = prefix });
            GgufVocabulary said = GgufVocabularyWriter.Of(a, a.VocabularySize);
            Assert.Equal(("llama", prefix, true, false), (said.Model, said.AddSpacePrefix, said.AddBos, said.AddEos));
            Assert.Equal(TestTokenizers.Llama.TokenTypes, said.TokenTypes);
            Tokenizer b = Tokenizer.FromGguf(said);
            Assert.All(s_texts, text => Assert.Equal(a.Encode(text), b.Encode(text)));
        }
    }

    [Fact]
    public void Ids_that_only_the_model_has_get_a_name()
    {
        GgufVocabulary said = GgufVocabularyWriter.Of(Tokenizer.FromGguf(Bytes), Bytes.Tokens.Length + 2);
        Assert.Equal(["[PAD262]", "[PAD263]"], said.Tokens[^2..]);
        Assert.Equal([4, 5, 5], said.TokenTypes![^3..]);
        Assert.StartsWith("the tokenizer has 262 ids and the model 200", Assert.Throws<CheckpointException>(() => GgufVocabularyWriter.Of(Tokenizer.FromGguf(Bytes), 200)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_added_later_are_there()
    {
        Tokenizer tokenizer = Tokenizer.FromGguf(Bytes);
        int id = tokenizer.AddSpecialToken("<|new|>");
        GgufVocabulary said = GgufVocabularyWriter.Of(tokenizer, id + 1);
        Assert.Equal(("<|new|>", 3), (said.Tokens[id], said.TokenTypes![id]));
    }

    [Theory]
    [InlineData("\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true}", "", "{\"add_prefix_space\":true}", "add_prefix_space")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]}", "", null, "$.pre_tokenizer.pretokenizers[0]: GGUF has no word for this step")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a+\"},\"behavior\":\"Isolated\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}]}", "", null, "llama.cpp has no name for this way to cut texts (known: gpt-2, smollm")]
    [InlineData("\"normalizer\":{\"type\":\"Lowercase\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "", null, "$.normalizer: GGUF has no word for the normalizer Lowercase")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}", "", null, "GGUF has no word for this step")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "\"end_of_word_suffix\":\"</w>\"", null, "$.model.end_of_word_suffix: GGUF has no word for it")]
    public void What_GGUF_cannot_say_is_refused(string components, string model, string? config, string message)
    {
        var tokenizer = new Tokenizer(TestTokenizers.Files(components, model, config: config));
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => GgufVocabularyWriter.Of(tokenizer, tokenizer.VocabularySize)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_that_scores_cannot_say_are_refused()
    {
        string json = System.Text.Encoding.UTF8.GetString(Tokenizer.FromGguf(TestTokenizers.Llama).TokenizerJson());
        Tokenizer With(Action<System.Text.Json.Nodes.JsonArray> change)
        {
            var root = System.Text.Json.Nodes.JsonNode.Parse(json)!;
            change((System.Text.Json.Nodes.JsonArray)root["model"]!["merges"]!);
            return new Tokenizer(new TokenizerFiles("test", JsonSerializer.SerializeToUtf8Bytes(root), """{"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>"}"""u8.ToArray(), null, null));
        }
        Tokenizer missing = With(m => m.RemoveAt(0));
        Assert.Contains("these are not all the ways", Assert.Throws<CheckpointException>(() => GgufVocabularyWriter.Of(missing, missing.VocabularySize)).Message, StringComparison.Ordinal);
        Tokenizer scattered = With(m =>
        {
            // "other" can be put together in two ways.
            var last = m.Last(p => (string)p![0]! + (string)p[1]! == "▁other")!.DeepClone();
            m.Remove(m.Last(p => (string)p![0]! + (string)p[1]! == "▁other"));
            m.Add(last);
        });
        Assert.Contains("do not follow one another", Assert.Throws<CheckpointException>(() => GgufVocabularyWriter.Of(scattered, scattered.VocabularySize)).Message, StringComparison.Ordinal);
    }

    /// <summary>Published tokenizers: those that GGUF can say give the same ids after the round trip.</summary>
    [SkippableFact]
    public void Published_tokenizers_come_back()
    {
        string root = Path.Combine(Repository.GoldenRoot, "text", "tokenizers");
        Skip.IfNot(Directory.Exists(root), $"{root} is not there");
        int said = 0;
        foreach (string folder in Directory.GetDirectories(root).Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(folder, "tokenizer.json"))) continue;
            Tokenizer a;
            GgufVocabulary v;
            try
            {
                a = Tokenizer.Load(folder);
                v = GgufVocabularyWriter.Of(a, a.VocabularySize);
            }
            catch (CheckpointException)     // not of a kind that GGUF, or this program, knows
            {
                continue;
            }
            said++;
            Tokenizer b = Tokenizer.FromGguf(v, folder);
            Assert.All(TestTokenizers.Texts, text => Assert.Equal(a.Encode(text), b.Encode(text)));
            Assert.Equal((a.BosId, a.EosId, a.PadId, a.AddsBos), (b.BosId, b.EosId, b.PadId, b.AddsBos));
        }
        Assert.True(said > 0);
    }

    private static void Same(GgufVocabulary a, GgufVocabulary b)
    {
        Assert.Equal((a.Model, a.Pre, a.BosId, a.EosId, a.PadId, a.UnknownId, a.AddBos, a.AddEos ?? false, a.ChatTemplate), (b.Model, b.Pre, b.BosId, b.EosId, b.PadId, b.UnknownId, b.AddBos, b.AddEos ?? false, b.ChatTemplate));
        Assert.Equal(a.Tokens, b.Tokens);
        Assert.Equal(a.TokenTypes, b.TokenTypes);
        Assert.Equal(a.Merges, b.Merges);
    }
}
