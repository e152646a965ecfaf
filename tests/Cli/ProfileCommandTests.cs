using System.Diagnostics;
using System.Text.Json;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary><c>--profile</c> as a user gives it: where the trace goes, that it is complete, what is printed.</summary>
[Trait("Category", "Cli")]
public sealed class ProfileCommandTests : IDisposable
{
    private readonly string _temp = Directory.CreateTempSubdirectory("profile").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private static string Quickstart => Path.Combine(Repository.Root, "examples", "quickstart");

    private string Output => Path.Combine(_temp, "out");

    private string[] Train(int steps, params string[] more) =>
    [
        "train", Path.Combine(Quickstart, "lora_sft.yaml"), $"model_name_or_path={Path.Combine(Quickstart, "model")}", $"dataset_dir={Path.Combine(Quickstart, "data")}", $"output_dir={Output}",
        $"max_steps={steps}", "per_device_train_batch_size=1", "pure_tuner.answers=0", "plot_loss=false", "threads=1", .. more,
    ];

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static HashSet<string> Spans(string file) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X").Select(e => e.GetProperty("name").GetString()!)];

    [Fact]
    public void Of_training_it_lies_in_the_output_folder_and_the_table_on_standard_error()
    {
        (int code, string output, string error) = Run(Train(2, "--profile"));
        Assert.True(code == 0, error);
        Assert.Subset(Spans(Path.Combine(Output, "profile.json")), new HashSet<string> { "forward", "backward", "optimizer", "data", "save", "load", "lora_linear", "lora_linear backward", "model.layers.0", "product" });
        foreach (string part in (string[])["operator", "lora_linear", "backward", "optimizer", "rest", "total", "products inside", "profile.json"]) Assert.Contains(part, error);
        Assert.DoesNotContain("lora_linear", output);
        Assert.Null(Profile.Current);
        Assert.DoesNotContain(Directory.EnumerateFiles(Environment.CurrentDirectory, ".profile*"), f => f.EndsWith($".{Environment.ProcessId}.tmp", StringComparison.Ordinal));
    }

    [Theory, InlineData("--profile"), InlineData("profile=")]
    public void Of_an_answer_it_lies_where_it_is_told_with_a_span_for_each_token(string option)
    {
        string file = Path.Combine(_temp, "folder", "trace.json");
        string[] given = option.EndsWith('=') ? [option + file] : [option, file];
        (int code, string output, string error) = Run(["generate", Path.Combine(Quickstart, "model"), "--prompt", "Who are you?", "max_new_tokens=4", .. given]);
        Assert.True(code == 0 && output.Trim().Length > 0, error);
        Assert.Subset(Spans(file), new HashSet<string> { "prompt", "token", "sampling", "tokenizing", "linear", "attention" });
        Assert.Equal([file], Directory.EnumerateFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void Of_a_measurement_it_is_made_by_the_process_that_measures()
    {
        string file = Path.Combine(_temp, "bench.json");
        (int code, string output, string error) = Run("bench", "lora", "shape=smollm2-135m", "hidden=32", "intermediate=48", "layers=2", "heads=2", "kv_heads=1", "vocab=64", "seq=8", "runs=1", "threads=1", "warmup_ms=0", "--json", "--profile", file);
        Assert.True(code == 0, error);
        Assert.StartsWith("{", output);
        Assert.Contains("lora_linear", error);
        Assert.Contains("backward", Spans(file));
    }

    [Fact]
    public void A_name_that_is_none_and_a_command_without_a_model_are_refused()
    {
        (int code, _, string error) = Run(Train(1, "profile=trace.txt"));
        Assert.Equal((Shell.WrongUsage, "error: train: profile: expected the name of a .json file, found 'trace.txt'"), (code, error.Trim()));
        (code, _, error) = Run("version", "--profile");
        Assert.Equal(Shell.WrongUsage, code);
        Assert.Contains("there is no option 'profile'", error);
    }

    [Fact]
    public void Nothing_is_written_when_nothing_was_done()
    {
        string file = Path.Combine(_temp, "none.json");
        (int code, _, string error) = Run("generate", Path.Combine(_temp, "nowhere"), "--prompt", "x", "--profile", file);
        Assert.Equal(Shell.WrongUsage, code);
        Assert.DoesNotContain("total", error);
        Assert.Empty(Directory.EnumerateFiles(_temp));
    }

    /// <summary>The first signal ends training after the step; a command that asks nobody is ended at once. Both complete the trace.</summary>
    [SkippableTheory, InlineData("train"), InlineData("bench")]
    public void Stopped_by_the_user_the_trace_is_complete(string command)
    {
        Skip.If(OperatingSystem.IsWindows(), "the test sends a signal with kill");
        string file = Path.Combine(_temp, "stopped.json");
        string[] args = command == "train" ? Train(100_000, "--profile", file) : ["bench", "lora", "shape=smollm2-135m", "hidden=64", "intermediate=96", "layers=2", "heads=2", "kv_heads=1", "vocab=64", "seq=64", "runs=100000000", "threads=1", "warmup_ms=0", "point=0", "--profile", file];
        (string program, string[] before) = BenchProcess.Self();
        using Process process = Process.Start(new ProcessStartInfo(program, [.. before, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            var clock = Stopwatch.StartNew();
            while (!process.HasExited && !Directory.EnumerateFiles(_temp, ".stopped.json.*").Any(f => new FileInfo(f).Length > 500_000) && clock.Elapsed.TotalMinutes < 3) Thread.Sleep(20);
            // SIGTERM, which takes the same way: a shell starts what runs in its background with SIGINT ignored.
            using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
            Assert.True(process.WaitForExit(180_000));
            Assert.True(process.ExitCode == (command == "train" ? Shell.Interrupted : 128 + 15), $"{process.ExitCode}: {output.Result}{error.Result}");
            Assert.Subset(Spans(file), new HashSet<string> { "forward", "backward", "lora_linear" });
            Assert.Contains("total", error.Result);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
