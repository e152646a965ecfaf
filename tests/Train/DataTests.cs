using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class DataTests
{
    /// <summary>Each character is a token; words given are special.</summary>
    private sealed class Letters(params string[] special) : ITokenSource
    {
        public int[] Encode(string text)
        {
            var ids = new List<int>();
            for (int i = 0; i < text.Length;)
            {
                string? word = special.FirstOrDefault(s => text.AsSpan(i).StartsWith(s, StringComparison.Ordinal));
                ids.Add(word is null ? text[i] : 1000 + Array.IndexOf(special, word));
                i += word?.Length ?? 1;
            }
            return [.. ids];
        }

        public int? IdOf(string token) => Array.IndexOf(special, token) is var at and >= 0 ? 1000 + at : token.Length == 1 ? token[0] : null;
        public string? TokenOf(int id) => id >= 1000 ? special[id - 1000] : ((char)id).ToString();
        public int VocabularySize => 1000 + special.Length;
        public int? BosId { get; init; } = null;
        public int? EosId { get; init; } = null;
        public int? PadId { get; init; } = null;
        public int? UnknownId => null;
        public string Text(IEnumerable<int> ids) => string.Concat(ids.Select(i => i < 0 ? "~" : TokenOf(i)));
    }

    private static TrainingRow Row(params string[] texts) =>
        new([.. texts.Select((t, i) => new TrainingMessage(i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, t))]);

    private static (string Ids, string Labels) Encode(string template, Letters letters, TrainingRow row, int cutoff = 10_000, bool prompt = false, bool mask = false)
    {
        EncodedRow e = new SupervisedEncoder(new ChatEncoder(Template.Get(template), letters), cutoff, prompt, mask).Encode(row);
        return (letters.Text(e.Ids), letters.Text(e.Labels));
    }

    [Fact]
    public void Chatml_encodes_turns_and_masks_prompts()
    {
        var letters = new Letters("<|im_start|>", "<|im_end|>") { EosId = 1001 };
        (string ids, string labels) = Encode("smollm2", letters, Row("Hi", "Yo", "More", "Ok") with { System = "Sys" });
        Assert.Equal("<|im_start|>system\nSys<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYo<|im_end|>\n<|im_start|>user\nMore<|im_end|>\n<|im_start|>assistant\nOk<|im_end|>\n", ids);
        Assert.Equal("Yo<|im_end|>\nOk<|im_end|>\n", labels.Replace("~", ""));
        Assert.Equal("Ok<|im_end|>\n", Encode("smollm2", letters, Row("Hi", "Yo", "More", "Ok"), mask: true).Labels.Replace("~", ""));
    }

    [Fact]
    public void Default_ends_with_the_end_of_text_and_llama3_begins_with_bos()
    {
        var letters = new Letters("<s>", "</s>", "<|eot_id|>", "<|eom_id|>", "<|start_header_id|>", "<|end_header_id|>") { BosId = 1000, EosId = 1001 };
        Assert.Equal("Human: a</s>\nAssistant:b</s>\n", Encode("default", letters, Row("a", "b")).Ids);
        Assert.Equal("<s><|start_header_id|>user<|end_header_id|>\n\na<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nb<|eot_id|>", Encode("llama3", letters, Row("a", "b")).Ids);
        Assert.Equal("ab", Encode("empty", letters, Row("a", "b")).Ids);
    }

    [Fact]
    public void Efficient_eos_is_learned_where_the_next_prompt_begins()
    {
        var letters = new Letters("</s>") { EosId = 1000 };
        (string ids, string labels) = Encode("fewshot", letters, Row("ab", "c", "de", "f"));
        Assert.Equal("abc\n\ndef\n\n</s>", ids);
        Assert.Equal("~~c\n\n</s>~f\n\n</s>", labels);
        Assert.Throws<UsageException>(() => Encode("fewshot", letters, Row("a", "b"), prompt: true));
    }

    [Fact]
    public void Stop_words_become_special_and_may_be_missing()
    {
        var known = new ChatEncoder(Template.Get("chatml"), new Letters("<|im_end|>", "<|im_start|>"));
        Assert.Equal((1000, 1000), (known.Tokens.EosId, known.Tokens.PadId));
        Assert.Equal([1000, 1001], known.StopIds);
        known.RequireVocabulary();
        var missing = new ChatEncoder(Template.Get("chatml"), new Letters("</s>") { EosId = 1000 });
        Assert.Contains("<|im_end|>", Assert.Throws<UsageException>(missing.RequireVocabulary).Message);
        Assert.Equal([1001], missing.Tokens.Encode("<|im_end|>"));
    }

    [Theory]
    [InlineData(10, 3, 8, 5, 3)]
    [InlineData(2, 20, 10, 2, 8)]
    [InlineData(30, 30, 10, 5, 5)]
    [InlineData(2, 3, 100, 2, 3)]
    public void Cutting_keeps_the_shorter_part_whole(int prompt, int response, int room, int p, int r) => Assert.Equal((p, r), SupervisedEncoder.Share(prompt, response, room));

    [Fact, Trait("Category", "Property")]
    public void A_cut_row_fits_and_its_labels_are_ids_or_ignored() =>
        Prop.ForAll<NonEmptyString, NonEmptyString, byte>((a, b, room) =>
        {
            EncodedRow e = new SupervisedEncoder(new ChatEncoder(Template.Get("smollm2"), new Letters()), room + 2).Encode(Row(a.Get, b.Get, b.Get, a.Get));
            return e.Ids.Length <= room + 2 && e.Ids.Length == e.Labels.Length && e.Labels.Zip(e.Ids).All(p => p.First == p.Second || p.First == -100);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Batches_are_packed_and_know_what_padding_would_cost()
    {
        Batch b = Batch.Pack(new EncodedRow([1, 2, 3], [-100, 2, 3]), new EncodedRow([4, 5, 6, 7, 8, 9, 10, 11, 12], [-100, -100, -100, -100, -100, -100, -100, -100, 12]));
        Assert.Equal([0, 3, 12], b.Offsets);
        Assert.Equal([0, 1, 2, 0, 1], b.Positions[..5]);
        Assert.Equal((2, 12, 3, 32), (b.Rows, b.Tokens, b.Targets, b.PaddedElements));
    }

    [Fact]
    public void Every_template_can_be_read()
    {
        Assert.Equal(121, Template.Names.Count());
        Assert.Contains("did you mean 'llama3'", Assert.Throws<UsageException>(() => Template.Get("lama3")).Message);
    }

    private static DatasetRows Read(string info, string rows, int? max = null)
    {
        string folder = Directory.CreateTempSubdirectory("data").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "dataset_info.json"), info);
            File.WriteAllText(Path.Combine(folder, "d.json"), rows);
            return DatasetReader.Read(new DatasetRegistry(folder).Get("d"), max);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private const string Alpaca = """{"d": {"file_name": "d.json"}}""";

    [Fact]
    public void Alpaca_rows_join_prompt_and_query()
    {
        DatasetRows r = Read(Alpaca, """[{"instruction": "a", "input": "b", "output": "c"}, {"instruction": "a", "input": "", "output": "c", "extra": 1}, {"instruction": "a", "output": null}]""");
        Assert.Equal("a\nb", r.Rows[0].Messages[0].Content);
        Assert.Equal("a", r.Rows[1].Messages[0].Content);
        Assert.Equal(["d.json: row 3: output: there is no answer to learn; the row is left out"], r.Notices);
    }

    [Fact]
    public void Json_lines_history_and_system_are_read()
    {
        DatasetRows r = Read("""{"d": {"file_name": "d.json", "columns": {"prompt": "q", "response": "a", "history": "h", "system": "s"}}}""",
            "{\"q\": \"1\", \"a\": \"2\", \"h\": [[\"3\", \"4\"]], \"s\": \"5\"}\n\n{\"q\": \"6\", \"a\": \"7\"}\n{\"q\": \"6\", \"a\": \"7\"}\n", 2);
        Assert.Equal(2, r.Rows.Count);
        Assert.Equal(["3", "4", "1", "2"], r.Rows[0].Messages.Select(m => m.Content));
        Assert.Equal("5", r.Rows[0].System);
    }

    [Fact]
    public void Messages_must_alternate()
    {
        DatasetRows r = Read("""{"d": {"file_name": "d.json", "formatting": "sharegpt"}}""",
            """[{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}, {"conversations": [{"from": "gpt", "value": "b"}, {"from": "human", "value": "a"}]}, {"conversations": [{"from": "human", "value": "a"}]}]""");
        Assert.Equal(("s", "b"), (r.Rows.Single().System, r.Rows[0].Messages[1].Content));
        Assert.Equal(2, r.Notices.Count);
    }

    [Theory]
    [InlineData("""{"e": {"file_name": "d.json"}}""", "[]", "did you mean 'e'?")]
    [InlineData(Alpaca, """[{"instruction": 1, "output": "c"}]""", "d.json: row 1: instruction: expected text, found the number 1")]
    [InlineData(Alpaca, "[{\"instruction\": \"a\",\n \"output\" \"b\"}]", "d.json:2: not JSON")]
    [InlineData(Alpaca, """[{"question": "a", "output": "b"}]""", "has the field 'instruction' (prompt)")]
    [InlineData("""{"d": {"file_name": "d.json", "columns": {"promt": "q"}}}""", "[]", "did you mean 'prompt'?")]
    [InlineData("""{"d": {"file_name": "d.json", "ranking": true}}""", "[]", "ranking")]
    [InlineData("""{"d": {"hf_hub_url": "a/b"}}""", "[]", "file_name: not given")]
    [InlineData("""{"d": {"file_name": "e.json"}}""", "[]", "is not there")]
    public void Faults_name_file_row_and_field(string info, string rows, string part) => Assert.Contains(part, Assert.Throws<UsageException>(() => Read(info, rows)).Message);

    [Theory]
    [InlineData("[]", true)]
    [InlineData("[{\"name\": \"search\"}]", false)]
    public void An_empty_list_of_tools_is_none(string tools, bool fine)
    {
        using var checkpoint = new TinyCheckpoint();
        var encoder = new ChatEncoder(Template.Get("default"), Tokenizer.Load(checkpoint.Folder));
        var row = new TrainingRow([new(MessageRole.User, "a"), new(MessageRole.Assistant, "b")], null) { Tools = tools, Place = "d.json: row 1" };
        if (fine) Assert.Single(encoder.EncodeTurns(row));
        else Assert.StartsWith("d.json: row 1: tools", Assert.Throws<UsageException>(() => encoder.EncodeTurns(row)).Message);
    }

    [Fact]
    public void Of_many_bad_rows_only_the_first_are_told()
    {
        List<string> all = [.. Enumerable.Range(1, 3000).Select(i => $"row {i}")];
        string[] told = [.. new DatasetRows([], all).Told];
        Assert.Equal([.. all.Take(5), "and 2,995 more rows left out"], told);
        Assert.Equal(all.Take(6), new DatasetRows([], [.. all.Take(6)]).Told);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("{{ '<|im_start|>' + message['role'] }}", "chatml")]
    [InlineData("<|im_start|>system\nYou are Qwen, created by Alibaba Cloud.<|im_end|>", "qwen")]
    [InlineData("<|im_start|>assistant\n<think>", "qwen3")]
    [InlineData("<|im_start|>system\nYou are a helpful AI assistant named SmolLM", "smollm2")]
    [InlineData("<|start_header_id|>user", "llama3")]
    [InlineData("[INST] <<SYS>>", "llama2")]
    [InlineData("[INST] ", "mistral")]
    [InlineData("<start_of_turn>", null)]
    public void A_models_own_chat_template_suggests_a_name(string? jinja, string? name)
    {
        Assert.Equal(name, TemplateGuess.From(jinja));
        if (name is not null) Template.Get(name);
    }
}
