namespace Pure.Tuner.Tests;

/// <summary>Names and paths to rows: registry, formats found out, mixing, splitting, streaming, flags of messages.</summary>
[Trait("Category", "Unit")]
public sealed class DatasetLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sets").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        return name;
    }

    private string Numbered(string name, int count, int from = 0) =>
        Write(name, string.Concat(Enumerable.Range(from, count).Select(i => $"{{\"instruction\": \"q{i}\", \"output\": \"{i}\"}}\n")));

    private Recipe Recipe(params string[] dataset) => new() { Dataset = dataset, DatasetDir = _folder };

    private static int[] Answers(IEnumerable<TrainingRow> rows) => [.. rows.Select(r => int.Parse(r.Messages[^1].Content))];

    private string Fault(Recipe recipe) => Assert.Throws<UsageException>(() => DatasetLoader.Load(recipe)).Message;

    [Theory]
    [InlineData("a.jsonl", "{\"instruction\": \"a\", \"input\": \"b\", \"output\": \"c\", \"x\": 1}", "alpaca (prompt = 'instruction', response = 'output', query = 'input')", "a\nb|c")]
    [InlineData("b.csv", "question,answer\na,c\n", "alpaca (prompt = 'question', response = 'answer')", "a|c")]
    [InlineData("c.json", "[{\"conversations\": [{\"from\": \"human\", \"value\": \"a\"}, {\"from\": \"gpt\", \"value\": \"c\"}]}]", "sharegpt (conversations with 'from' and 'value')", "a|c")]
    [InlineData("d.json", "[{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"c\"}]}]", "openai (messages with 'role' and 'content')", "a|c")]
    public void A_file_needs_no_registry_and_its_format_is_found_out(string name, string text, string told, string messages)
    {
        DatasetRows rows = DatasetLoader.Load(Recipe(Write(name, text))).Train;
        Assert.Equal(messages, string.Join('|', rows.Rows.Single().Messages.Select(m => m.Content)));
        Assert.Null(rows.Rows[0].System);
        Assert.Equal($"dataset: {name}: read as {told}", rows.Told.Single());
        Assert.Equal(messages, string.Join('|', DatasetLoader.Load(new Recipe { Dataset = [Path.Combine(_folder, name)], DatasetDir = "nowhere" }).Train.Rows.Single().Messages.Select(m => m.Content)));
    }

    [Fact]
    public void Plain_text_is_for_stage_pt()
    {
        Recipe recipe = Recipe(Write("t.txt", "one\n\ntwo\n"));
        Assert.Contains("'stage: pt'", Fault(recipe));
        DatasetRows rows = DatasetLoader.Load(recipe with { Stage = "pt" }).Train;
        Assert.Equal(["one", "", "two"], rows.Rows.Select(r => r.Messages.Single().Content));
        Assert.All(rows.Rows, r => Assert.Equal(MessageRole.User, r.Messages[0].Role));
    }

    [Theory]
    [InlineData("[{\"foo\": \"a\", \"bar\": \"b\"}]", "the fields 'foo', 'bar' fit no known format")]
    [InlineData("[{\"messages\": [{\"speaker\": \"a\", \"text\": \"b\"}]}]", "the messages in 'messages' have 'speaker', 'text'")]
    [InlineData("[{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}]", "pairs of answers")]
    [InlineData("[]", "has no rows")]
    [InlineData("[1]", "d.json: row 1: expected an object, found the number 1")]
    [InlineData("[{\"instruction\": \"a\", \"output\": null}]", "none of the 1 rows can be used; the first: d.json: row 1: output: there is no answer to learn")]
    public void What_cannot_be_told_is_refused(string text, string part) => Assert.Contains(part, Fault(Recipe(Write("d.json", text))));

    [Theory]
    [InlineData("ONLINE", "a", "nothing is downloaded")]
    [InlineData("REMOTE:a/b", "a", "nothing is downloaded")]
    [InlineData("nowhere", "a.jsonl", "'a.jsonl' is not there, neither in")]
    [InlineData("nowhere", "a", "is not there; name the folder that holds dataset_info.json, or a file itself")]
    [InlineData("{\"b\": {\"file_name\": \"x.json\"}}", "a", "'a' is not in dataset_dir; did you mean 'b'?")]
    [InlineData("{\"a\": {\"hf_hub_url\": \"x/y\"}}", "a", "file_name: not given, and nothing is downloaded from hf_hub_url 'x/y'; put a copy into")]
    [InlineData("{\"a\": {\"file_name\": \"x.json\", \"split\": \"test\"}}", "a", "split: expected 'train'")]
    [InlineData("{\"a\": {\"file_name\": \"x.json\", \"subset\": \"en\"}}", "a", "subset: 'en' is a part of a data set on a hub")]
    [InlineData("{\"a\": {\"file_name\": \"x.json\", \"num_samples\": 0}}", "a", "num_samples: expected a whole number from 1 on, found the number 0")]
    [InlineData("{\"a\": {\"file_name\": \"x.json\", \"formatting\": \"sharegtp\"}}", "a", "did you mean 'sharegpt'?")]
    [InlineData("{\"a\": {\"file_name\": \"x.json\", \"ranking\": \"yes\"}}", "a", "ranking: expected true or false, found text")]
    public void Wrong_entries_are_named(string dir, string name, string part) => Assert.Contains(part, Fault(new Recipe { Dataset = [name], DatasetDir = dir }));

    [Fact]
    public void The_registry_may_stand_in_the_recipe()
    {
        string file = Path.Combine(_folder, Numbered("n.jsonl", 3));
        Recipe recipe = RecipeReader.Parse($"dataset: mine\ndataset_dir:\n  mine:\n    file_name: {file}\n    num_samples: 2");
        // numpy.random.seed(42); numpy.random.permutation(3) is [0, 1, 2].
        Assert.Equal([0, 1], Answers(DatasetLoader.Load(recipe).Train.Rows));
        Assert.Equal(recipe.DatasetDir, RecipeReader.Parse(RecipeWriter.ToYaml(recipe)).DatasetDir);
    }

    [Fact]
    public void Num_samples_takes_every_row_before_one_comes_twice()
    {
        Numbered("n.jsonl", 5);
        Write("dataset_info.json", """{"n": {"file_name": "n.jsonl", "num_samples": 12}}""");
        int[] rows = Answers(DatasetLoader.Load(Recipe("n")).Train.Rows);
        Assert.Equal(12, rows.Length);
        Assert.Equal([0, 1, 2, 3, 4], rows[..5].Order());
        Assert.Equal(rows[..4], Answers(DatasetLoader.Load(Recipe("n") with { MaxSamples = 4 }).Train.Rows));
    }

    [Fact]
    public void Sets_are_mixed_and_a_name_that_stands_twice_is_one()
    {
        string a = Numbered("a.jsonl", 2), b = Numbered("b.jsonl", 3, 10);
        Assert.Equal([0, 1, 10, 11, 12], Answers(DatasetLoader.Load(Recipe(a, b, a)).Train.Rows));
        Assert.Equal([0, 10, 1, 11, 0, 12], Answers(DatasetLoader.Load(Recipe(a, b) with { MixStrategy = "interleave_over" }).Train.Rows));
        Assert.Equal([0, 10, 1, 11], Answers(DatasetLoader.Load(Recipe(a, b) with { MixStrategy = "interleave_under" }).Train.Rows));
        Assert.Equal([0, 10], Answers(DatasetLoader.Load(Recipe(a, b) with { MaxSamples = 1 }).Train.Rows));
        Assert.Contains("has no rows, so nothing can be mixed", Fault(Recipe(a, "e.csv") with { MixStrategy = "interleave_over", DatasetDir = Entry(Write("e.csv", "instruction,output\n")) }));
    }

    private string Entry(string file)
    {
        Write("dataset_info.json", $$"""{"{{file}}": {"file_name": "{{file}}", "columns": {"prompt": "instruction", "response": "output"} } }""");
        return _folder;
    }

    [Fact]
    public void Held_back_rows_are_the_begin_of_a_permutation_that_counts_bad_rows()
    {
        Write("m.jsonl", string.Concat(Enumerable.Range(0, 10).Select(i => i == 6 ? "{\"instruction\": \"x\", \"output\": null}\n" : $"{{\"instruction\": \"q\", \"output\": \"{i}\"}}\n")));
        LoadedData data = DatasetLoader.Load(Recipe("m.jsonl") with { ValSize = 3 });
        // default_rng(42).permutation(10) is [5, 6, 0, 7, 3, 2, 4, 9, 1, 8]; row 6 is left out after the split.
        Assert.Equal([5, 0], Answers(data.Evaluation.Single().Rows.Rows));
        Assert.Equal([7, 3, 2, 4, 9, 1, 8], Answers(data.Train.Rows));
        Assert.Single(data.Evaluation[0].Rows.Notices);
        Assert.Equal(4, DatasetLoader.Load(Recipe("m.jsonl") with { ValSize = 0.31 }).Evaluation[0].Rows.Count);
        Assert.Equal([5, -1, 0], DatasetLoader.Load(Recipe("m.jsonl") with { ValSize = 3 }, predict: true).Evaluation[0].Rows.Rows.Select(r => int.TryParse(r.Messages[1].Content, out int n) ? n : -1));
        Assert.Contains("val_size: 10 holds back 10 of 10 rows", Fault(Recipe("m.jsonl") with { ValSize = 10 }));
    }

    [Fact]
    public void Evaluation_sets_are_joined_or_kept_apart()
    {
        string a = Numbered("a.jsonl", 2), b = Numbered("b.jsonl", 1, 5);
        Recipe recipe = new() { EvalDataset = [a, b], DatasetDir = _folder };
        LoadedData joined = DatasetLoader.Load(recipe), apart = DatasetLoader.Load(recipe with { EvalOnEachDataset = true });
        Assert.Empty(joined.Train.Rows);
        Assert.Equal(("", 3), (joined.Evaluation.Single().Name, joined.Evaluation[0].Rows.Rows.Count));
        Assert.Equal([(a, 2), (b, 1)], apart.Evaluation.Select(e => (e.Name, e.Rows.Rows.Count)));
    }

    [Fact]
    public void Batches_count_the_rows_left_out_and_each_worker_has_its_own()
    {
        TrainingRow[] r = [.. Enumerable.Range(0, 7).Select(i => TrainingRow.Of("q", $"{i}"))];
        DatasetRows rows = DatasetRows.From([.. r.Select((x, i) => i is 1 or 4 or 5 ? new ReadRow(null, $"{i}") : new ReadRow(x, null))], []);
        Assert.Equal(["0 2", "3", "6"], rows.Batches(3).Select(b => string.Join(' ', Answers(b))));
        Assert.Equal(["0 2 3", "6"], rows.Batches(1000, 2).Select(b => string.Join(' ', Answers(b))));
        Assert.Equal(["0 1 2", "3 4 5", "6"], new DatasetRows([.. r], []).Batches(3).Select(b => string.Join(' ', Answers(b))));
    }

    private Recipe Streamed(params string[] dataset) => Recipe(dataset) with { Streaming = true, MaxSteps = 1, BufferSize = 5 };

    [Fact]
    public void A_stream_gives_each_epoch_its_order_and_goes_on_where_it_is_told()
    {
        Write("m.jsonl", string.Concat(Enumerable.Range(0, 30).Select(i => i == 7 ? "{\"instruction\": \"x\", \"output\": null}\n" : $"{{\"instruction\": \"q\", \"output\": \"{i}\"}}\n")));
        RowStream stream = DatasetLoader.Stream(Streamed("m.jsonl")).Train;
        StreamedRow[] first = [.. stream.Epoch(0)], second = [.. stream.Epoch(1)];
        Assert.Equal(30, first.Length);
        Assert.Equal(Enumerable.Range(0, 30).Where(i => i != 7), Answers(first.Where(r => r.Row is not null).Select(r => r.Row!)).Order());
        Assert.NotEqual(first.Select(r => r.Row?.Place), second.Select(r => r.Row?.Place));
        Assert.Equal(first.Select(r => r.Number), Enumerable.Range(0, 30).Select(i => (long)i));
        foreach (int skip in (int[])[0, 1, 13, 30, 31])
            Assert.Equal(first.Skip(skip).Select(r => (r.Number, r.Row?.Place)), stream.Epoch(0, skip).Select(r => (r.Number, r.Row?.Place)));
        Assert.Single(stream.Notices);
        Assert.Equal(29, stream.Batches(0, 4).Sum(b => b.Count));
        Assert.Equal(stream.Batches(1, 4).Skip(3).Select(b => b[0].Place), stream.Batches(1, 4, 3).Select(b => b[0].Place));
    }

    [Fact]
    public void Rows_that_are_skipped_are_not_understood()
    {
        Write("m.jsonl", "{\"instruction\": 5, \"output\": \"0\"}\n{\"instruction\": \"q\", \"output\": \"1\"}\n{\"instruction\": \"q\", \"output\": \"2\"}\n");
        RowStream stream = DatasetLoader.Stream(Streamed("m.jsonl") with { BufferSize = 1 }).Train;
        Assert.Contains("m.jsonl:1: row 1: instruction: expected text", Assert.Throws<UsageException>(() => stream.Epoch(0).ToList()).Message);
        Assert.Equal([1, 2], Answers(stream.Epoch(0, 1).Select(r => r.Row!)));
    }

    [Fact]
    public void Rows_held_back_from_a_stream_never_come_again()
    {
        StreamedData data = DatasetLoader.Stream(Streamed(Numbered("a.jsonl", 12), Numbered("b.jsonl", 8, 20)) with { ValSize = 4 });
        int[] held = Answers(data.Evaluation.Single().Rows.Rows);
        Assert.Equal(4, held.Length);
        for (int epoch = 0; epoch < 4; epoch++)
        {
            int[] rows = Answers(data.Train.Epoch(epoch).Select(r => r.Row!));
            Assert.Equal(16, rows.Length);
            Assert.Empty(rows.Intersect(held));
        }
        Assert.Contains(data.Train.Remarks, r => r.Contains("concat with streaming"));
    }

    [Fact]
    public void Streams_are_interleaved()
    {
        Recipe recipe = Streamed(Numbered("a.jsonl", 3), Numbered("b.jsonl", 4, 10)) with { BufferSize = 1 };
        int[] Rows(Recipe r) => Answers(DatasetLoader.Stream(r).Train.Epoch(0).Select(x => x.Row!));
        Assert.Equal([0, 10, 1, 11, 2], Rows(recipe with { MixStrategy = "interleave_under" }));
        Assert.Equal([0, 10, 1, 11, 2, 12, 13], Rows(recipe with { MixStrategy = "interleave_once" }));
        Assert.Equal(Rows(recipe with { MixStrategy = "interleave_over", InterleaveProbs = [0.3, 0.7] }), Rows(recipe with { MixStrategy = "interleave_over", InterleaveProbs = [0.3, 0.7] }));
    }

    private TrainingRow Message(string fields)
    {
        string name = Write("f.jsonl", $$"""{"messages": [{"role": "user", "content": "a😀c"{{fields}}}, {"role": "assistant", "content": "b", "weight": 0}]}""" + "\n");
        return DatasetLoader.Load(Recipe(name)).Train.Rows.Single();
    }

    [Fact]
    public void Messages_say_themselves_what_is_learned()
    {
        TrainingRow row = Message(", \"loss\": true, \"loss_spans\": [[0, 1], [1, 3]]");
        Assert.True(row.Messages[0].Learn);
        Assert.Equal([(0, 1), (1, 3)], row.Messages[0].Spans!);
        Assert.False(row.Messages[1].Learn);
        Assert.Null(row.Messages[1].Spans);
        Assert.Null(Message("").Messages[0].Learn);
        Assert.Null(Message(", \"loss\": null, \"loss_spans\": null").Messages[0].Spans);
    }

    [Theory]
    [InlineData(", \"loss\": \"no\"", "messages[0].loss: expected true or false, found text")]
    [InlineData(", \"weight\": 0.5", "messages[0].weight: expected 0 or 1, found the number 0.5")]
    [InlineData(", \"weight\": 0, \"loss\": true", "messages[0].weight: says the opposite of 'loss'")]
    [InlineData(", \"loss\": false, \"loss_spans\": [[0, 1]]", "messages[0].loss_spans: the message is not learned")]
    [InlineData(", \"loss_spans\": [[0, 4]]", "messages[0].loss_spans[0]: [0, 4] does not fit: the text has 3 characters")]
    [InlineData(", \"loss_spans\": [[1, 2], [0, 1]]", "messages[0].loss_spans[1]: [0, 1] does not fit")]
    [InlineData(", \"loss_spans\": [[1]]", "messages[0].loss_spans[0]: expected two whole numbers")]
    [InlineData(", \"loss_spans\": 3", "messages[0].loss_spans: expected a list of pairs, found the number 3")]
    public void Wrong_flags_name_row_and_field(string fields, string part) =>
        Assert.Contains("f.jsonl:1: row 1: " + part, Assert.Throws<UsageException>(() => Message(fields)).Message);

    [Fact]
    public void Tools_of_one_row_show_the_keys_of_all()
    {
        Write("dataset_info.json", """{"o": {"file_name": "o.jsonl", "formatting": "openai", "columns": {"messages": "messages", "tools": "tools"}, "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "observation_tag": "tool", "function_tag": "function", "system_tag": "system"}}}""");
        Write("o.jsonl", """
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]}], "tools": [{"name": "f"}]}
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "g", "arguments": {"y": "ü"}}}]}], "tools": [{"name": "g", "strict": true}]}
            """);
        foreach (List<TrainingRow> rows in (List<TrainingRow>[])[DatasetLoader.Load(Recipe("o")).Train.Rows, [.. DatasetLoader.Stream(Streamed("o") with { BufferSize = 1 }).Train.Epoch(0).Select(r => r.Row!)]])
        {
            Assert.Equal("""[{"name":"f","arguments":{"x":1,"y":null}}]""", rows[0].Messages[1].Content);
            Assert.Equal("""[{"name":"g","arguments":{"x":null,"y":"ü"}}]""", rows[1].Messages[1].Content);
            Assert.Equal(MessageRole.Function, rows[0].Messages[1].Role);
            Assert.Equal("""[{"name":"f","strict":null}]""", rows[0].Tools);
        }
    }
}
