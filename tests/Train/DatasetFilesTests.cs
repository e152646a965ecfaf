using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>Files to rows: kinds, coding, places and faults.</summary>
[Trait("Category", "Unit")]
public sealed class DatasetFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rows").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text, bool mark = false)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(mark));
        return path;
    }

    private static List<SourceRow> Rows(string path) => [.. SourceFiles.Find(path, "dataset: d", "put it there").Rows()];

    private static string Fault(string path) => Assert.Throws<UsageException>(() => Rows(path)).Message;

    private static string[] Field(string path, string field) => [.. Rows(path).Select(r => r.Json.TryGetProperty(field, out var v) ? v.ToString() : "-")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_and_lines_give_the_same_rows_with_and_without_a_mark(bool mark)
    {
        string list = Write("a.json", " \n[{\"a\": \"1\"},\n{\"a\": \"ü\"} ]\n", mark), lines = Write("b.jsonl", "{\"a\": \"1\"}\r\n\r\n{\"a\": \"ü\"}", mark);
        Assert.Equal(["1", "ü"], Field(list, "a"));
        Assert.Equal(["1", "ü"], Field(lines, "a"));
        Assert.Equal(["a.json: row 1", "a.json: row 2"], Rows(list).Select(r => r.Place));
        Assert.Equal(["b.jsonl:1: row 1", "b.jsonl:3: row 2"], Rows(lines).Select(r => r.Place));
    }

    [Fact]
    public void Long_lists_and_lines_cross_the_pieces_in_which_they_are_read()
    {
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => new string((char)('a' + i % 26), i * 37 % 1900) + "é" + i)];
        texts[1500] = new string('x', 700_000);
        string[] rows = [.. texts.Select(t => $"{{\"a\": \"{t}\", \"b\": [1, {{\"c\": null}}]}}")];
        Assert.Equal(texts, Field(Write("l.json", "[" + string.Join(",\n", rows) + "]"), "a"));
        Assert.Equal(texts, Field(Write("l.jsonl", string.Join("\n", rows)), "a"));
        Assert.Equal(texts, Field(Write("l.txt", string.Join("\n", texts)), "text"));
        Assert.Equal(texts, Field(Write("l.csv", "a,b\n" + string.Concat(texts.Select(t => $"\"{t}\",1\n"))), "a"));
    }

    [Fact]
    public void A_list_of_texts_is_plain_text() => Assert.Equal(["x", "y"], Field(Write("t.json", "[\"x\", \"y\"]"), "text"));

    [Fact]
    public void Every_line_of_a_text_is_a_row_and_a_carriage_return_ends_one_too()
    {
        Assert.Equal(["a", "", "b", "c", "d"], Field(Write("t.txt", "a\n\nb\r\nc\rd\n", mark: true), "text"));
        Assert.Equal("t.txt:2: row 2", Rows(Path.Combine(_folder, "t.txt"))[1].Place);
        Assert.Empty(Rows(Write("e.txt", "")));
    }

    [Fact]
    public void Csv_follows_rfc_4180()
    {
        string path = Write("c.csv", "q,a,n\r\n\"x, \"\"y\"\"\",\"line 1\r\nline 2\",\r\n\r\n5,\"\",6\r\n");
        Assert.Equal(["x, \"y\"", "5"], Field(path, "q"));
        Assert.Equal("line 1\r\nline 2", Field(path, "a")[0]);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, Rows(path)[0].Json.GetProperty("n").ValueKind);
        Assert.Equal(["c.csv:2: row 1", "c.csv:5: row 2"], Rows(path).Select(r => r.Place));
    }

    [Theory]
    [InlineData("a.csv", "q,a\n1\n", ":2: row 1 has 1 fields, the header has 2 (q, a)")]
    [InlineData("a.csv", "q,q\n", ":1: the header names 'q' twice")]
    [InlineData("a.csv", "q,\n", ":1: field 2 of the header has no name")]
    [InlineData("a.csv", "q,a\n1,\"x\n\n", ":2: a quote opens here and is never closed")]
    [InlineData("a.csv", "q,a\n1,\"x\"y\n", ":2: column 6: expected a comma after the closing quote, found 'y'")]
    [InlineData("a.jsonl", "{\"a\": 1}\n{\"a\" 1}\n", ":2: not JSON at column 6; write one object a line")]
    [InlineData("a.jsonl", "{\"a\": 1} {\"a\": 1}\n", ":1: not JSON")]
    [InlineData("a.json", "[{\"a\": 1}\n,\n{\"a\": 1}", ":3: not JSON")]
    [InlineData("a.json", "[{\"a\": 1}] x", ":1: not JSON")]
    [InlineData("a.json", "[{\"a\": \"\\ud800\"}]", ": row 1: a text holds half of a surrogate pair")]
    [InlineData("a.jsonl", "{\"a\": \"\\ud83d\\ude00\"}\n{\"\\uDC00\": 1}", ":2: row 2: a text holds half of a surrogate pair")]
    [InlineData("a.parquet", "PAR1", "parquet files are not read; convert it to jsonl")]
    [InlineData("a.xlsx", "", "expected a file that ends in .json, .jsonl, .csv, .txt, found '.xlsx'")]
    public void Faults_name_file_and_line(string name, string text, string part)
    {
        string path = Write(name, text), fault = Fault(path);
        Assert.Contains(path, fault);
        Assert.Contains(part, fault);
    }

    [Theory]
    [InlineData("x.jsonl")]
    [InlineData("x.txt")]
    [InlineData("x.csv")]
    public void Bytes_that_are_not_utf8_are_named_with_their_line(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, [.. "{\"a\": 1}\n{\"a\": \""u8, 0xe4, .. "\"}\n"u8]);
        Assert.StartsWith($"{path}:2: not UTF-8: byte 0xe4 at column 8; save the file as UTF-8", Fault(path));
    }

    [Fact]
    public void A_folder_is_read_in_the_order_of_names_and_holds_one_kind()
    {
        Write("f/b.jsonl", "{\"a\": 2}\n");
        Write("f/a.json", "[{\"a\": 1}]");
        Write("f/.hidden", "");
        string folder = Path.Combine(_folder, "f");
        Assert.Equal(["1", "2"], Field(folder, "a"));
        Assert.Equal([0L, 1L], Rows(folder).Select(r => r.Number));
        Write("f/c.csv", "a\n3\n");
        Assert.Contains("holds files of different kinds (a.json, c.csv)", Fault(folder));
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        Assert.Contains("has no files", Fault(Path.Combine(_folder, "empty")));
    }

    [Fact]
    public void Reading_is_lazy()
    {
        string path = Write("big.jsonl", string.Concat(Enumerable.Repeat("{\"a\": \"" + new string('x', 1000) + "\"}\n", 1000)) + "broken\n");
        Assert.Equal(1000, SourceFiles.Find(path, "d", "").Rows().Take(1000).Count());
        Assert.Contains(":1001: not JSON", Fault(path));
    }

    [Fact]
    public void Damaged_files_give_rows_or_one_clear_error()
    {
        (string Name, string Text)[] files =
        [
            ("a.json", "[{\"instruction\": \"a\", \"input\": \"\\ud83d\\ude00\", \"output\": \"c\", \"history\": [[\"x\", \"y\"]]},\n {\"instruction\": \"ü\", \"output\": null}]"),
            ("b.jsonl", "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", \"content\": \"q\", \"loss_spans\": [[0, 1]]}, {\"role\": \"assistant\", \"content\": \"a\", \"weight\": 1}]}\n{\"messages\": []}\n"),
            ("c.jsonl", "{\"conversations\": [{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\"}], \"tools\": \"[]\"}\n"),
            ("d.csv", "instruction,output\n\"a \"\"b\"\"\",\"c\nd\"\n1,2\n"),
            ("e.txt", "one\r\ntwo\n"),
        ];
        var random = new Random(7);
        byte[] marks = "{}[]\",:\\\n\r 0u-tfn"u8.ToArray();
        int good = 0, bad = 0;
        for (int round = 0; round < 3000; round++)
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
            File.WriteAllBytes(Path.Combine(_folder, name), [.. bytes]);
            try
            {
                DatasetLoader.Load(new Recipe { Dataset = [name], DatasetDir = _folder, Stage = name == "e.txt" ? "pt" : "sft" });
                good++;
            }
            catch (UsageException e)
            {
                Assert.Contains(name, e.Message);
                bad++;
            }
        }
        Assert.True(good > 300 && bad > 300, $"{good} good, {bad} bad");
    }

    [Fact]
    public void A_list_without_line_breaks_is_read_piece_by_piece()
    {
        string rows = string.Join(',', Enumerable.Repeat("{\"a\":\"" + new string('x', 50_000) + "\"}", 200));
        Assert.Equal(200, Rows(Write("long.json", "[" + rows + "]")).Count);
        Assert.Equal(100, SourceFiles.Find(Write("cut.json", "[" + rows), "d", "").Rows().Take(100).Count());
    }
}
