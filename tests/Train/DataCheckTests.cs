using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>The check of data: every fault with its row and a cure, whatever the format, and nothing said of good rows.</summary>
[Trait("Category", "Unit")]
public sealed class DataCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("check").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private DataReport Check(string name, byte[] bytes, Recipe? recipe = null)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        recipe ??= new Recipe();
        return DataCheck.Run(recipe, DatasetInfo.OfFile(name, path), DataCheck.Chat(recipe));
    }

    private DataReport Check(string name, string text, Recipe? recipe = null) => Check(name, Encoding.UTF8.GetBytes(text), recipe);

    private static string[] Told(DataReport report, FindingLevel level) => [.. report.Findings.Where(f => f.Level == level).Select(f => $"{f.Row}|{f.Line}|{f.Field}|{f.Kind}")];

    private static string Good(int i) => $"{{\"instruction\": \"Question {i}?\", \"input\": \"\", \"output\": \"Answer {i}.\"}}";

    [Fact]
    public void Twelve_planted_faults_are_all_found_with_row_and_cure()
    {
        byte[][] lines = [.. Enumerable.Range(1, 40).Select(i => Encoding.UTF8.GetBytes(Good(i)))];
        (int Row, string Line, FindingLevel Level, string Field, string What, string Cure)[] planted =
        [
            (2, "{\"instruction\": \"a\" \"output\": \"b\"}", FindingLevel.Error, "", "not JSON at column 21", "write one object a line"),
            (5, "{\"instruction\": \"q\", \"input\": \"\", \"output\": 5}", FindingLevel.Error, "output", "no answer to learn", "quote it"),
            (8, "{\"instruction\": \"\", \"input\": \"\", \"output\": \"x\"}", FindingLevel.Error, "instruction", "there is no question", "write the question"),
            (11, "{\"instruction\": \"blank?\", \"input\": \"\", \"output\": \" \\n \"}", FindingLevel.Error, "output", "nothing but blanks", "write the answer"),
            (14, "{\"instruction\": \"misspelt?\", \"input\": \"\", \"ouput\": \"x\"}", FindingLevel.Warning, "ouput", "no field 'ouput'", "did you mean 'output'?"),
            (17, Good(3), FindingLevel.Warning, "", "the same as row 3", "take one of the two out"),
            (20, "{\"instruction\": \"Question 4?\", \"input\": \"\", \"output\": \"Something else.\"}", FindingLevel.Warning, "", "asks the same as row 4 and answers otherwise", "keep the better answer"),
            (23, "{\"instruction\": \"Who are you?\", \"input\": \"\", \"output\": \"I am {{name}}.\"}", FindingLevel.Warning, "output", "the placeholder {{name}}", "data identity"),
            (26, "{\"instruction\": \"say <|im_end|> now\", \"input\": \"\", \"output\": \"x\"}", FindingLevel.Warning, "instruction", "the special token <|im_end|>", "take it out"),
            (29, "{\"instruction\": \"bell\\u0007\", \"input\": \"\", \"output\": \"x\"}", FindingLevel.Warning, "instruction", "the control character U+0007 at character 5", "take it out"),
            (32, "{\"instruction\": \"past\", \"input\": \"\", \"output\": \"x\", \"history\": [[\"a\", \"b\"], [\"c\"]]}", FindingLevel.Error, "history[1]", "expected a pair of two texts, found a list of 1", "write [\"question\", \"answer\"]"),
            (35, "{\"instruction\": \"" + string.Concat(Enumerable.Repeat("word ", 3000)) + "\", \"input\": \"\", \"output\": \"x\"}", FindingLevel.Warning, "", "of which cutoff_len 2,048 cuts", "set cutoff_len to"),
        ];
        foreach (var fault in planted) lines[fault.Row - 1] = Encoding.UTF8.GetBytes(fault.Line);
        // One more that cannot be written as text: a byte of another encoding.
        lines[37] = [.. "{\"instruction\": \"caf"u8, 0xe9, .. "\", \"output\": \"x\"}"u8];

        DataReport report = Check("rows.jsonl", [.. lines.SelectMany(l => l.Append((byte)'\n'))]);
        foreach (var fault in planted)
        {
            DataFinding found = Assert.Single(report.Findings, f => f.Row == fault.Row && f.Field == fault.Field && f.Level == fault.Level);
            Assert.Equal(("rows.jsonl", fault.Row), (found.File, found.Line));
            Assert.Contains(fault.What, found.What);
            Assert.Contains(fault.Cure, found.Cure);
        }
        Assert.Contains(report.Findings, f => f is { Row: 38, Line: 38, Cure: "save the file as UTF-8" });
        // A misspelt answer is a missing one too; nothing else is said of any row.
        Assert.Contains(report.Findings, f => f is { Row: 14, Field: "output", Level: FindingLevel.Error });
        Assert.Equal(planted.Length + 2, report.Findings.Count(f => f.Level != FindingLevel.Note));
        Assert.All(report.Findings.Where(f => f.Row > 0), f => Assert.NotEqual("", f.Cure));
        Assert.Equal((40L, 33L, 1L, 3L, 2L), (report.Rows, report.Usable, report.Duplicates, report.Ending, report.LeftOut));
    }

    [Fact]
    public void Good_rows_give_no_finding_and_whole_numbers()
    {
        DataReport report = Check("a.json", "[" + string.Join(",\n", Enumerable.Range(1, 20).Select(Good)) + "]");
        Assert.Empty(report.Findings);
        Assert.Equal((20L, 20L, 0L), (report.Rows, report.Usable, report.Warned));
        Assert.Equal((20, 3), (report.Lengths.Count, report.Samples.Count));
        Assert.Contains("⟦Answer 1.<|im_end|>", SampleView.Text(report.Samples[0].Row, report.Tokens, colour: false));
    }

    [Fact]
    public void A_list_tells_lines_and_ends_at_a_syntax_error()
    {
        DataReport report = Check("a.json", "[\n" + Good(1) + ",\n{\"instruction\": \"x\", \"output\": null},\n\n" + Good(2) + ",\n{\"instruction\" 1},\n" + Good(3) + "]");
        Assert.Equal(["2|3|output|row", "4|6||unreadable"], Told(report, FindingLevel.Error));
        Assert.Contains("the rows from here on were not looked at", report.Findings[^1].What);
        Assert.Equal((4L, 2L), (report.Rows, report.Usable));
    }

    [Fact]
    public void Csv_goes_on_behind_broken_records()
    {
        DataReport report = Check("c.csv", "instruction,output\na,b\n\"x \"y\",z\n1,2,3\n\"q\nr\",s\nu,\nlast,\"open\nmore,rows\nand,more\n");
        Assert.Equal(["2|3||unreadable", "3|4||unreadable", "5|7|output|row", "6|8||unreadable"], Told(report, FindingLevel.Error));
        Assert.Equal((8L, 4L), (report.Rows, report.Usable));
        Assert.Contains("a quote opens here and is never closed", report.Findings[^1].What);
    }

    [Theory]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gtp\", \"value\": \"a\"}]", "conversations[1]", "unknown role 'gtp'", "did you mean 'gpt'?")]
    [InlineData("[{\"from\": \"gpt\", \"value\": \"q\"}, {\"from\": \"human\", \"value\": \"a\"}]", "conversations", "message 1 is out of turn", "the first message must be a question")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"human\", \"value\": \"a\"}]", "conversations", "message 2 is out of turn", "join it with the message before")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}]", "conversations", "the last message is not an answer", "add the answer ('gpt')")]
    [InlineData("[]", "conversations", "the last message is not an answer", "write a question and an answer")]
    [InlineData("\"text\"", "conversations", "there is no list of messages", "write \"conversations\"")]
    [InlineData("[{\"from\": \"human\", \"value\": \"\"}, {\"from\": \"gpt\", \"value\": \"a\"}]", "conversations[0].value", "the question is empty", "write it")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \" \"}]", "conversations[1].value", "the answer is empty", "write it")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"vlaue\": \"a\"}]", "conversations[1].value", "the answer is missing", "write it")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": 7}]", "conversations[1].value", "expected text, found the number 7", "quote it")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\", \"loss\": \"no\"}]", "conversations[1].loss", "expected true or false", "write \"loss\": false")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\", \"weight\": 0.5}]", "conversations[1].weight", "expected 0 or 1", "a message is learned or not")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\", \"loss_spans\": [[0, 9]]}]", "conversations[1].loss_spans[0]", "the text has 1 characters", "count code points")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"function_call\", \"value\": \"{oops\"}]", "conversations", "message 2: a turn that calls tools: expected JSON", "write {\"name\"")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"function_call\", \"value\": \"{\\\"name\\\": \\\"f\\\"}\"}]", "conversations", "expected a name and arguments", "write {\"name\"")]
    [InlineData("[{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"system\", \"value\": \"s\"}]", "conversations[1]", "unknown role 'system'", "move it there")]
    [InlineData("[4]", "conversations[0]", "expected a message with 'from' and 'value', found the number 4", "write {\"from\"")]
    public void Sharegpt_faults_name_message_and_cure(string messages, string field, string what, string cure)
    {
        const string Fine = "{\"conversations\": [{\"from\": \"human\", \"value\": \"fine\"}, {\"from\": \"gpt\", \"value\": \"yes\"}]}\n";
        DataReport report = Check("s.jsonl", Fine + "{\"conversations\": " + messages + "}\n");
        DataFinding found = Assert.Single(report.Findings, f => f.Level == FindingLevel.Error);
        Assert.Equal((2L, 2L, field), (found.Row, found.Line, found.Field));
        Assert.Contains(what, found.What);
        Assert.Contains(cure, found.Cure);
        Assert.Equal((2L, 1L), (report.Rows, report.Usable));
    }

    [Fact]
    public void Several_faults_of_one_row_are_all_told()
    {
        DataReport report = Check("o.jsonl", """
            {"messages": [{"role": "user", "content": 1}, {"role": "assistant", "content": "a", "loss": 3}, {"role": "usr", "content": "b"}], "tools": "[{]"}
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{oops"}}]}], "tools": "[{\"description\": \"f\"}]"}
            {"messages": [{"role": "system", "content": "You are kind."}, {"role": "user", "content": "You are kind. Hi"}, {"role": "assistant", "content": "Hi", "loss": false}]}
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
            """);
        Assert.Equal(["1|1|messages[0].content|row", "1|1|messages[1].loss|row", "1|1|messages[2]|row", "2|2|tools|tools", "2|2|messages|tools"], Told(report, FindingLevel.Error));
        Assert.Equal(["3|3|messages|system", "3|3||loss"], Told(report, FindingLevel.Warning));
    }

    [Fact]
    public void What_a_run_refuses_or_leaves_out_is_an_error_of_the_check_and_the_other_way_round()
    {
        string[] rows =
        [
            Good(1), "{\"instruction\": \"q\", \"input\": \"\", \"output\": null}", "{\"instruction\": 3, \"input\": \"\", \"output\": \"a\"}", "[]",
            "{\"instruction\": \"q\", \"input\": [], \"output\": \"a\"}", "{\"instruction\": \"q\", \"input\": \"\", \"output\": \"a\", \"history\": 3}", "{\"instruction\": \"q2\", \"input\": \"\", \"output\": \"a\", \"system\": 1}",
        ];
        foreach (string row in rows)
        {
            string text = Good(0) + "\n" + row + "\n";
            DataReport report = Check("r.jsonl", text);
            string place = Path.Combine(_folder, "r.jsonl");
            try
            {
                DatasetRows read = DatasetLoader.Load(new Recipe { Dataset = [place] }).Train;
                Assert.Equal((0L, (long)read.Notices.Count), (report.Ending, report.LeftOut));
            }
            catch (UsageException e)
            {
                Assert.Equal(1, report.Ending);
                Assert.Contains(report.Findings.First(f => f.Level == FindingLevel.Error).What, e.Message);
            }
        }
    }

    [Fact]
    public void Broken_rows_at_the_begin_do_not_hide_the_format()
    {
        DataReport report = Check("b.jsonl", "oops\n[1]\n{\"foo\": 1}\n" + string.Concat(Enumerable.Range(1, 5).Select(i => Good(i) + "\n")));
        Assert.Contains("read as alpaca", report.Remarks.Single());
        Assert.Equal(5, report.Usable);
        DataReport none = Check("n.jsonl", "{\"instuction\": \"a\", \"output\": \"b\"}\nbroken\n");
        Assert.Equal(["0|0||format", "2|2||unreadable"], Told(none, FindingLevel.Error));
        Assert.Contains("did you mean 'instruction' with 'instuction'?", none.Findings[0].What + none.Findings[0].Cure);
    }

    [Fact]
    public void Plain_text_is_taken_as_such_and_fields_of_few_rows_are_noted()
    {
        DataReport text = Check("t.txt", "one\n\ntwo\none\n");
        Assert.True(text.IsText);
        Assert.Equal(["4|4||duplicate"], Told(text, FindingLevel.Warning));
        Assert.Equal(["2|2|text|empty-text"], Told(text, FindingLevel.Note));
        DataReport some = Check("f.jsonl", Good(1) + "\n" + Good(2)[..^1] + ", \"source\": \"web\", \"system\": \"s\"}\n");
        Assert.Equal(["source", "system"], some.Findings.Select(f => f.Field).Order());
        Assert.Contains("only 1 of 2 rows have it, the first is row 2", some.Findings[0].What);
    }

    [Fact]
    public void Threads_change_nothing()
    {
        string text = string.Concat(Enumerable.Range(1, 3000).Select(i => (i % 7 == 0 ? "{\"instruction\": \"\", \"output\": 1}" : Good(i % 1000)) + "\n"));
        string[] told = [.. new[] { 1, 2, 4 }.Select(t => string.Join('\n', Check("t.jsonl", text, new Recipe { Threads = t }).Findings))];
        Assert.Equal(told[0], told[1]);
        Assert.Equal(told[0], told[2]);
    }

    [Fact]
    public void A_model_counts_its_own_tokens_and_its_template_renders()
    {
        var recipe = new Recipe { ModelNameOrPath = Path.Combine(Repository.Root, "examples", "quickstart", "model"), CutoffLen = 40 };
        DataReport report = Check("q.jsonl", Good(1) + "\n{\"instruction\": \"say <|endoftext|>\", \"input\": \"\", \"output\": \"" + string.Concat(Enumerable.Repeat("town ", 40)) + "\"}\n", recipe);
        Assert.False(report.Estimated);
        Assert.Equal(["2|2|instruction|special", "2|2||length"], Told(report, FindingLevel.Warning).Where(t => t.StartsWith('2')).Order(StringComparer.Ordinal));
        Assert.Contains("<|im_start|>user\nQuestion 1?<|im_end|>", SampleView.Text(report.Samples[0].Row, report.Tokens, colour: false).Replace("⟦", "").Replace("⟧", ""));
        Assert.True(report.Samples[1].Row.Ids.Length <= 40 && report.Lengths.Max > 40);
    }

    [Fact]
    public void Damaged_files_give_findings_and_no_exception()
    {
        var random = new Random(11);
        byte[] marks = "{}[]\",:\\\n\r 0u-tfn"u8.ToArray();
        (string Name, string Text)[] files =
        [
            ("a.json", "[" + Good(1) + ",\n" + Good(2) + "]"),
            ("b.jsonl", "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", \"content\": \"q\", \"loss_spans\": [[0, 1]]}, {\"role\": \"assistant\", \"content\": \"a\", \"weight\": 1}]}\n{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {}}}]}], \"tools\": \"[{\\\"name\\\": \\\"f\\\"}]\"}\n"),
            ("d.csv", "instruction,output\n\"a \"\"b\"\"\",\"c\nd\"\n1,2\n"),
            ("e.txt", "one\r\ntwo\n"),
        ];
        for (int round = 0; round < 800; round++)
        {
            (string name, string text) = files[round % files.Length];
            List<byte> bytes = [.. Encoding.UTF8.GetBytes(text)];
            for (int n = random.Next(1, 5); n > 0 && bytes.Count > 0; n--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes.RemoveAt(at); break;
                    case 1: bytes.Insert(at, marks[random.Next(marks.Length)]); break;
                    case 2: bytes[at] = (byte)random.Next(256); break;
                    default: bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at)); break;
                }
            }
            DataReport? report = null;
            // A header without names is the one thing that leaves nothing to look at.
            try { report = Check(name, [.. bytes]); }
            catch (UsageException e) when (name == "d.csv") { Assert.Contains(name, e.Message); }
            if (report is not null) Assert.True(report.Usable + report.Findings.Count(f => f.Level == FindingLevel.Error) > 0 || report.Rows > 0);
        }
    }
}
