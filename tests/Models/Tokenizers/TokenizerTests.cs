namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class TokenizerTests
{
    private static Tokenizer Make(string components, string model = "", string vocabulary = "", string merges = "", string added = "", string? config = null) =>
        new(TestTokenizers.Files(components, model, vocabulary, merges, added, config));

    [Theory]
    [InlineData("\"normalizer\":{\"type\":\"Precompiled\"}", "$.normalizer: type 'Precompiled' is not known (known: BertNormalizer")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Magic\"}]}", "$.pre_tokenizer.pretokenizers[0]: type 'Magic' is not known (known: BertPreTokenizer")]
    [InlineData("\"decoder\":{\"type\":\"Magic\"}", "$.decoder: type 'Magic' is not known")]
    [InlineData("\"post_processor\":{\"type\":\"Magic\"}", "$.post_processor: type 'Magic' is not known")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a\"},\"behavior\":\"Isolated\"}", "$.pre_tokenizer.pattern: regex '(a': '(' without ')'")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":\"Eaten\"}", "$.pre_tokenizer.behavior: 'Eaten' is not known (known: Removed, Isolated")]
    public void Unknown_component_is_one_sentence_with_file_and_place(string components, string expected)
    {
        var e = Assert.Throws<CheckpointException>(() => Make(components));
        Assert.StartsWith(Path.Combine("test", "tokenizer.json") + ": " + expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Other_models_are_named()
    {
        byte[] json = """{"model":{"type":"Unigram","vocab":[]}}"""u8.ToArray();
        var e = Assert.Throws<CheckpointException>(() => TokenizerCore.Read(json, "tokenizer.json"));
        Assert.Equal("tokenizer.json: model.type 'Unigram' is not built yet (known: BPE)", e.Message);
    }

    [Fact]
    public void Missing_folder_and_file_are_named()
    {
        using var folder = new TestTokenizers.Folder();
        Assert.Contains("no tokenizer.json", Assert.Throws<CheckpointException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Tokenizer.Load(Path.Combine(folder.Path, "none")));
    }

    [Theory]
    [InlineData("Isolated", false, "a|--|-|b|--|")]
    [InlineData("Removed", false, "a|b|")]
    [InlineData("MergedWithPrevious", false, "a--|-|b--|")]
    [InlineData("MergedWithNext", false, "a|--|-b|--|")]
    [InlineData("Contiguous", false, "a|---|b|--|")]
    [InlineData("Removed", true, "--|-|--|")]
    [InlineData("Isolated", true, "a|--|-|b|--|")]
    public void Split_behaviours(string behavior, bool invert, string expected)
    {
        using var json = System.Text.Json.JsonDocument.Parse($$"""{"type":"Split","pattern":{"Regex":"--?"},"behavior":"{{behavior}}","invert":{{(invert ? "true" : "false")}}}""");
        PreTokenizer split = PreTokenizers.Read(new ComponentJson("f", "$", json.RootElement));
        List<Piece> pieces = [];
        split(new Piece(new AlignedText("a---b--", false), 0, 7), pieces);
        Assert.Equal(expected, string.Concat(pieces.Select(p => p.Span.ToString() + "|")));
    }

    [Fact]
    public void Metaspace_prepends_by_its_scheme()
    {
        const string vocabulary = """ "<s>":0,"▁":1,"a":2,"b":3,"▁a":4,"▁b":5 """;
        const string merges = """ ["▁","a"],["▁","b"] """;
        const string added = """{"id":0,"content":"<s>","special":true,"normalized":false}""";
        foreach ((string scheme, int[] ids) in new[] { ("always", new[] { 4, 0, 5 }), ("first", [4, 0, 3]), ("never", [2, 0, 3]) })
            Assert.Equal(ids, Make($$"""  "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":true} """, "", vocabulary, merges, added).Encode("a<s>b"));
    }

    [Fact]
    public void Unknown_characters_are_fused_or_not_or_dropped()
    {
        const string vocabulary = """ "<unk>":0,"a":1 """;
        Assert.Equal([1, 0, 1], Make("", """ "unk_token":"<unk>","fuse_unk":true """, vocabulary).Encode("axya"));
        Assert.Equal([1, 0, 0, 1], Make("", """ "unk_token":"<unk>","fuse_unk":false """, vocabulary).Encode("axya"));
        Assert.Equal([1, 1], Make("", "", vocabulary).Encode("axya"));
    }

    [Fact]
    public void Prefixes_and_suffixes_of_words()
    {
        Assert.Equal([1, 4], Make("""  "pre_tokenizer":{"type":"Whitespace"} """, """ "continuing_subword_prefix":"##" """, """ "a":0,"ab":1,"##b":2,"##c":3,"c":4 """, """ "a ##b" """).Encode("ab c"));
        Assert.Equal([3, 2], Make("""  "pre_tokenizer":{"type":"Whitespace"} """, """ "end_of_word_suffix":"</w>" """, """ "a":0,"b</w>":1,"c</w>":2,"ab</w>":3 """, """ "a b</w>" """).Encode("ab c"));
    }

    [Fact]
    public void Whole_pieces_are_found_before_merges()
    {
        const string vocabulary = """ "a":0,"b":1,"ab":2,"abb":3 """;
        Assert.Equal([3], Make("", """ "ignore_merges":true """, vocabulary, """ "a b" """).Encode("abb"));
        Assert.Equal([2, 1], Make("", "", vocabulary, """ "a b" """).Encode("abb"));
    }

    [Fact]
    public void Added_tokens_are_found_leftmost_and_longest()
    {
        const string added = """{"id":256,"content":"<a>"},{"id":257,"content":"<a><b>"},{"id":258,"content":"one","single_word":true},{"id":259,"content":"<l>","lstrip":true},{"id":260,"content":"<r>","rstrip":true}""";
        Tokenizer tokenizer = Make("""  "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false} """, added: added);
        Assert.Equal([257, 256], tokenizer.Encode("<a><b><a>"));
        Assert.Equal(['.', 258], tokenizer.Encode(".one"));
        Assert.DoesNotContain(258, tokenizer.Encode("stone"));
        Assert.Equal(['a', 259, ' ', 'b'], tokenizer.Encode("a  <l> b"));
        Assert.Equal(['a', ' ', 260, 'b'], tokenizer.Encode("a <r>  b"));
    }

    [Fact]
    public void Llama_classes_take_bos_and_eos_from_the_configuration()
    {
        const string vocabulary = """ "<s>":0,"</s>":1,"<unk>":2,"a":3 """;
        foreach ((string flags, int[] ids) in new[] { ("", new[] { 0, 3 }), (",\"add_eos_token\":true", [0, 3, 1]), (",\"add_bos_token\":false", [3]) })
        {
            Tokenizer tokenizer = Make("", "", vocabulary, config: $$"""{"tokenizer_class":"LlamaTokenizer"{{flags}}}""");
            Assert.Equal(ids, tokenizer.Encode("a"));
            Assert.Equal(ids[0] == 0, tokenizer.AddsBos);
            Assert.Equal([3], tokenizer.Encode("a", addSpecialTokens: false));
            Assert.Equal("a", tokenizer.Decode(ids, skipSpecialTokens: true));
        }
    }

    [Fact]
    public void Special_tokens_added_later_are_saved()
    {
        using var folder = new TestTokenizers.Folder();
        Tokenizer tokenizer = BpeTrainer.Train(TestTokenizers.Texts, 290, ["<|endoftext|>"]);
        int size = tokenizer.VocabularySize;
        Assert.Null(tokenizer.EosId);
        Assert.Equal(0, tokenizer.SetSpecialToken("eos_token", "<|endoftext|>"));
        Assert.Equal(size, tokenizer.AddSpecialToken("<stop>"));
        Assert.Equal(size, tokenizer.AddSpecialToken("<stop>"));
        Assert.Equal([size + 1, 0], tokenizer.AddSpecialTokens(["<more>", "<|endoftext|>"]));
        Assert.Equal(0, tokenizer.SetSpecialToken("pad_token", tokenizer.SpecialToken("eos_token")!));
        tokenizer.PaddingSide = "left";
        tokenizer.ChatTemplate = "{{ bos_token }}";
        tokenizer.Save(folder.Path);
        Tokenizer again = Tokenizer.Load(folder.Path);
        Assert.Equal((0, 0, "left", "{{ bos_token }}", size + 2), (again.EosId, again.PadId, again.PaddingSide, again.ChatTemplate, again.VocabularySize));
        const string text = "the <stop> other<|endoftext|><more>";
        Assert.Equal(tokenizer.Encode(text), again.Encode(text));
        Assert.Contains(size, again.Encode(text));
        Assert.True(again.IsSpecial(size));
    }

    [Fact]
    public void Tokens_of_the_configuration_keep_their_ids_when_saved()
    {
        using var folder = new TestTokenizers.Folder();
        var tokenizer = new Tokenizer(TestTokenizers.Files("\"decoder\":{\"type\":\"ByteLevel\"}", config: """{"eos_token":"<eos>","extra_special_tokens":{"image_token":"<image>"}}"""));
        Assert.Equal((256, 257, 258), (tokenizer.EosId, tokenizer.IdOf("<image>"), tokenizer.AddSpecialToken("<stop>")));
        tokenizer.Save(folder.Path);
        Tokenizer again = Tokenizer.Load(folder.Path);
        Assert.Equal((256, 257, 258), (again.EosId, again.IdOf("<image>"), again.IdOf("<stop>")));
    }

    [Fact]
    public void Unchanged_files_are_saved_byte_for_byte()
    {
        using var folder = new TestTokenizers.Folder();
        TokenizerFiles files = TestTokenizers.Files("\"decoder\":{\"type\":\"ByteLevel\"}", config: "{ \"model_max_length\":   1000000000000000019884624838656 }");
        new Tokenizer(files).Save(folder.Path);
        Assert.Equal(files.Tokenizer, File.ReadAllBytes(Path.Combine(folder.Path, "tokenizer.json")));
        Assert.Equal(files.Config, File.ReadAllBytes(Path.Combine(folder.Path, "tokenizer_config.json")));
        var changed = new Tokenizer(files) { PaddingSide = "left" };
        changed.Save(folder.Path);
        Assert.Contains("1000000000000000019884624838656", File.ReadAllText(Path.Combine(folder.Path, "tokenizer_config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_pieces_take_work_in_proportion_to_their_length()
    {
        // Twice the length may cost twice the steps and a little more for the heap; not four times.
        long Steps(int length)
        {
            var word = new BpeWord();
            for (int i = 0; i < length; i++) word.Add(0, 1);
            var merges = new PairTable(16);
            for (int i = 0; i < 10; i++) merges.Set(i, i, i, i + 1);
            word.Merge(merges);
            Assert.Equal((length + 1023) / 1024, word.Count);
            return word.Steps;
        }
        Assert.InRange(Steps(1 << 18), 1 << 18, (1 << 18) * 3);
        Assert.Equal(2.0, (double)Steps(1 << 18) / Steps(1 << 17), 0.01);
    }

    [Fact]
    public void Long_texts_of_one_character_are_split_at_once()
    {
        // A megabyte would take hours if splitting or merging looked back from every character.
        foreach (string text in new[] { new string('a', 1 << 20), new string(' ', 1 << 20), new string('\n', 1 << 18), new string('<', 1 << 18), new string('1', 1 << 18), new string('é', 1 << 18) })
        {
            int[] ids = TestTokenizers.ByteLevel.Encode(text);
            Assert.Equal(text, TestTokenizers.ByteLevel.Decode(ids));
        }
    }

    [Fact]
    public void Training_is_repeatable_and_of_the_size_asked_for()
    {
        Tokenizer a = BpeTrainer.Train(TestTokenizers.Texts, 290, ["<s>"]);
        Tokenizer b = BpeTrainer.Train(TestTokenizers.Texts, 290, ["<s>"]);
        Assert.Equal(290, a.VocabularySize);
        for (int id = 0; id < 290; id++) Assert.Equal(a.TokenOf(id), b.TokenOf(id));
        Assert.Equal("th", BpeTrainer.Train(["that this thin"], 258, ["<s>"]).TokenOf(257));
        Assert.Equal(0, a.IdOf("<s>"));
        Assert.Throws<ArgumentException>(() => BpeTrainer.Train([], 256, ["<s>"]));
        Assert.Equal(257, BpeTrainer.Train(["abc"], 1000, ["<s>"]).VocabularySize);
    }
}
