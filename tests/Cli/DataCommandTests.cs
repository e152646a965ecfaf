using System.Text.Json;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary><c>data</c> as a user calls it.</summary>
[Trait("Category", "Cli")]
public sealed class DataCommandTests : IDisposable
{
    private const string Good = "{\"instruction\": \"q?\", \"output\": \"fine\"}\n", Bad = "{\"instruction\": \"r?\", \"output\": \"\"}\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("data").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        return (Shell.Run(args, output, error), output.ToString(), error.ToString());
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void Clean_data_is_0_and_shows_numbers_and_the_first_row()
    {
        (int code, string output, string error) = Run("data", "check", Write("a.jsonl", Good));
        Assert.Equal((0, ""), (code, error));
        foreach (string part in (string[])["read as alpaca", "rows                 1", "usable               1", "estimated from the characters", "p50", "longer than cutoff_len 2,048: 0 rows", "⟦fine<|im_end|>", "0 errors, 0 warnings"]) Assert.Contains(part, output);
        Assert.DoesNotContain("\u001b", output);
    }

    [Fact]
    public void Faults_are_1_with_row_line_field_and_cure()
    {
        (int code, string output, _) = Run("data", "check", Write("a.jsonl", Good + "\n" + Bad), "rows=0");
        Assert.Equal(1, code);
        Assert.Contains("error   a.jsonl: row 2, line 3: output: the answer is empty: the model would learn to say nothing; write the answer, or take the row out\n", output);
        Assert.Contains("1 error, 0 warnings", output);
        Assert.DoesNotContain("⟦", output);
    }

    [Fact]
    public void Many_faults_of_a_kind_are_cut_short_unless_all_are_asked_for()
    {
        string file = Write("a.jsonl", string.Concat(Enumerable.Repeat(Bad, 30)));
        string some = Run("data", "check", file).Output, all = Run("data", "check", file, "--all").Output;
        Assert.Equal((20, 30), (some.Split("the answer is empty").Length - 1, all.Split("the answer is empty").Length - 1));
        Assert.Contains("error   … and 10 more like these (empty; 'all=true' shows them)", some);
    }

    [Fact]
    public void Json_holds_everything()
    {
        (int code, string output, _) = Run("data", "check", Write("a.jsonl", Good + Bad), "--json");
        Assert.Equal(1, code);
        JsonElement json = JsonDocument.Parse(output).RootElement, set = json.GetProperty("datasets")[0], fault = set.GetProperty("findings")[0];
        Assert.Equal((1, 2, 1), (json.GetProperty("errors").GetInt32(), set.GetProperty("rows").GetInt32(), set.GetProperty("usable").GetInt32()));
        Assert.Equal(("error", 2, 2, "output"), (fault.GetProperty("level").GetString(), fault.GetProperty("row").GetInt32(), fault.GetProperty("line").GetInt32(), fault.GetProperty("field").GetString()));
        Assert.StartsWith("write the answer", fault.GetProperty("cure").GetString());
        Assert.Equal(1, set.GetProperty("tokens").GetProperty("steps").EnumerateArray().Sum(s => s.GetProperty("count").GetInt32()));
        Assert.Contains("⟦fine", set.GetProperty("samples")[0].GetProperty("text").GetString());
    }

    [Fact]
    public void Names_folders_and_recipes_are_checked_too()
    {
        Write("a.jsonl", Good);
        Write("b.jsonl", Bad);
        Write("dataset_info.json", "{\"mine\": {\"file_name\": \"a.jsonl\", \"columns\": {\"prompt\": \"instruction\", \"response\": \"output\"}}, \"other\": {\"file_name\": \"b.jsonl\"}}");
        Directory.CreateDirectory(Path.Combine(_folder, "set"));
        Write(Path.Combine("set", "1.jsonl"), Good);
        Write(Path.Combine("set", "2.jsonl"), Good);
        Assert.Equal(0, Run("data", "check", "mine", $"dataset_dir={_folder}").Code);
        Assert.Contains("warning 2.jsonl: row 1, line 1: the same as row 1 of 1.jsonl", Run("data", "check", Path.Combine(_folder, "set")).Output);
        string recipe = Write("r.yaml", $"model_name_or_path: {Path.Combine(Repository.Root, "examples", "quickstart", "model")}\ndataset: mine,other\ndataset_dir: {_folder}\ncutoff_len: 20\n");
        (int code, string output, _) = Run("data", "check", recipe, "rows=1");
        Assert.Equal(1, code);
        Assert.Contains("longer than cutoff_len 20", output);
        Assert.Contains("b.jsonl: row 1, line 1: output: the answer is empty", output);
        Assert.DoesNotContain("estimated", output);
        Assert.Contains("0 errors", Run("data", "check", recipe, "dataset=mine", "train_on_prompt=true").Output);
    }

    [Theory]
    [InlineData("error: data: what is to be done?", "data")]
    [InlineData("error: data: there is no 'chek'; did you mean 'check'?", "data", "chek", "x")]
    [InlineData("error: data check: of what?", "data", "check")]
    [InlineData("error: dataset: 'none.jsonl' is not there", "data", "check", "none.jsonl")]
    [InlineData("error: command line: ctoff_len: there is no such key; did you mean 'cutoff_len'?", "data", "check", "x.jsonl", "ctoff_len=3")]
    [InlineData("error: model_name_or_path: nowhere: no such folder or file", "data", "check", "x.jsonl", "model=nowhere")]
    [InlineData("error: data identity: name: not given", "data", "identity", "x.json")]
    public void Wrong_usage_is_2(string message, params string[] args)
    {
        (int code, _, string error) = Run(args);
        Assert.Equal(2, code);
        Assert.StartsWith(message, error);
    }

    [Fact]
    public void Identity_is_filled_in_as_json_and_nothing_is_overwritten()
    {
        string file = Write("identity.json", "[{\"instruction\": \"who?\", \"output\": \"I am {{name}}, made by {{author}}.\"}]"), filled = Path.Combine(_folder, "identity_filled.json");
        (int code, string output, string error) = Run("data", "identity", file, "name=Pim \"the\" \\ ü", "author=us");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 places", output);
        Assert.Equal("I am Pim \"the\" \\ ü, made by us.", JsonDocument.Parse(File.ReadAllText(filled)).RootElement[0].GetProperty("output").GetString());
        Assert.Equal(0, Run("data", "check", filled).Code);
        Assert.Contains("is there already", Run("data", "identity", file, "name=a", "author=b").Error);
        Assert.Equal(0, Run("data", "identity", file, "name=a", "author=b", "--overwrite").Code);
        Assert.Contains("there is nothing to fill in", Run("data", "identity", filled, "name=a", "author=b").Error);
    }

    [SkippableFact]
    public void The_english_demo_has_no_errors()
    {
        string file = Path.Combine(Repository.Root, "..", "shared", "data", "alpaca_en_demo.json");
        Skip.IfNot(File.Exists(file), $"no {file}");
        (int code, string output, _) = Run("data", "check", file);
        Assert.Equal(0, code);
        Assert.Contains("usable             999", output);
        Assert.Contains("duplicates          14", output);
    }
}
