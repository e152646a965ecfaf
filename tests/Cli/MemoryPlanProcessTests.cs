using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests;

/// <summary>The memory plan that <c>train</c> prints, against what the system counted of the process: VmHWM.</summary>
[Trait("Category", "Cli")]
public sealed partial class MemoryPlanProcessTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _temp = Directory.CreateTempSubdirectory("memory-plan").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    [SkippableTheory]
    [InlineData("lora", false, true)]
    [InlineData("lora", true, false)]
    [InlineData("full", false, false)]
    [InlineData("full", true, true)]
    [InlineData("freeze", false, true)]
    public void The_plan_is_within_a_tenth_of_the_measured_peak(string method, bool checkpoints, bool answers)
    {
        Skip.IfNot(File.Exists("/proc/self/status"), "only Linux tells the peak of a process");
        string model = Path.Combine(_temp, "model");
        RandomCheckpoint.Write(model, 384, 1024, 6, 6, 2, 8192);
        WriteRows(Path.Combine(_temp, "data"));
        Compare($"{method}{(checkpoints ? ", recomputed" : "")}", $"model_name_or_path={model}", $"dataset_dir={Path.Combine(_temp, "data")}", "dataset=rows", "template=default", "cutoff_len=384",
            $"finetuning_type={method}", $"gradient_checkpointing={(checkpoints ? "true" : "false")}", $"pure_tuner.answers={(answers ? 2 : 0)}", "pure_tuner.answer_tokens=8",
            "per_device_train_batch_size=3", "gradient_accumulation_steps=2", "max_steps=2", "save_steps=1");
    }

    /// <summary>PURE_TUNER_MEMORY names a model and settings, separated by spaces: for the larger runs of docs/memory.md.</summary>
    [SkippableFact]
    public void The_plan_of_a_run_of_ones_own()
    {
        string? settings = Environment.GetEnvironmentVariable("PURE_TUNER_MEMORY");
        Skip.If(string.IsNullOrEmpty(settings), "PURE_TUNER_MEMORY is not set: the settings of a run, as for train");
        Compare(settings!, settings!.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private void Compare(string name, params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pure-tuner.dll"), "train", "stage=sft", "do_train=true", $"output_dir={Path.Combine(_temp, "run")}", "logging_steps=1", .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, text + error.Result);
        double planned = Number(Planned().Match(text)), measured = Number(Measured().Match(text)), off = planned / measured - 1;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: planned {planned:N0} MiB, measured {measured:N0} MiB, {off:+0.0 %;-0.0 %}"));
        output.WriteLine(string.Join('\n', text.Split('\n').SkipWhile(l => !l.StartsWith("memory ", StringComparison.Ordinal)).TakeWhile(l => l.EndsWith("MiB", StringComparison.Ordinal) || l.StartsWith("memory ", StringComparison.Ordinal))));
        Assert.True(Math.Abs(off) <= 0.1, $"{name}: planned {planned} MiB, measured {measured} MiB\n{text}");

        static double Number(System.Text.RegularExpressions.Match match) => double.Parse(match.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture) * (match.Groups[2].Value == "GiB" ? 1024 : 1);
    }

    /// <summary>Rows of many lengths, some longer than the cut.</summary>
    private static void WriteRows(string folder)
    {
        Directory.CreateDirectory(folder);
        var rows = Enumerable.Range(0, 30).Select(i => new { instruction = $"What colour is the sky on day {i}?", output = string.Join(' ', Enumerable.Repeat("Blue and grey.", 1 + i * i % 41)) });
        File.WriteAllText(Path.Combine(folder, "rows.json"), JsonSerializer.Serialize(rows));
        File.WriteAllText(Path.Combine(folder, "dataset_info.json"), """{"rows":{"file_name":"rows.json"}}""");
    }

    [GeneratedRegex(@"^memory +([\d.,]+) (MiB|GiB) at most", RegexOptions.Multiline)]
    private static partial Regex Planned();

    [GeneratedRegex(@"peak memory ([\d.,]+) (MiB|GiB)")]
    private static partial Regex Measured();
}
