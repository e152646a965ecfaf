using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Pure.Tuner.Tests;

/// <summary>Runs that are killed, or whose disk is full, at random moments: each goes on and ends in the bytes of an unbroken one.</summary>
/// <remarks>PURE_TUNER_KILLS sets how many; a handful by default, 200 for a release.</remarks>
[Trait("Category", "Fault")]
public sealed class BrokenRunTests : IDisposable
{
    private static readonly int s_kills = Environment.GetEnvironmentVariable("PURE_TUNER_KILLS") is { Length: > 0 } n ? int.Parse(n, CultureInfo.InvariantCulture) : 6;

    private readonly string _temp = Directory.CreateTempSubdirectory("broken").FullName;
    private readonly Random _random = new(7);

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private static Process Start(string output, string? temp, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pure-tuner.dll"), "train", Path.Combine("examples", "quickstart", "lora_sft.yaml"),
            $"output_dir={output}", "overwrite_output_dir=false", "lora_target=q_proj,v_proj", "lora_rank=4", "lora_dropout=0.1", "per_device_train_batch_size=1", "gradient_accumulation_steps=2", "max_samples=70", "cutoff_len=48",
            "max_steps=60", "save_strategy=steps", "save_steps=4", "save_total_limit=3", "logging_steps=3", "plot_loss=false", "pure_tuner.answers=1", "pure_tuner.answer_tokens=4", .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        if (temp is not null) start.Environment["TMPDIR"] = temp;
        return Process.Start(start)!;
    }

    /// <summary>Runs to its end.</summary>
    private static (int Code, string Output) Finish(string output, string? temp = null, params string[] more)
    {
        using Process process = Start(output, temp, more);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }

    /// <summary>Everything that a run leaves and that does not tell the time.</summary>
    private static string Bytes(string output)
    {
        string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, file))));
        string log = Regex.Replace(File.ReadAllText(Path.Combine(output, "trainer_log.jsonl")), "\"(elapsed|remaining)_time\": \"[^\"]*\"", "");
        string state = Regex.Replace(File.ReadAllText(Path.Combine(output, "trainer_state.json")), "\"train_(runtime|samples_per_second|steps_per_second)\": [0-9.]+", "");
        state = Regex.Replace(state, "\"best_model_checkpoint\": \"[^\"]*\"", "");
        return string.Join('\n', Hash("adapter_model.safetensors"), Hash("checkpoint-60/adapter_model.safetensors"), Hash("checkpoint-60/optimizer.safetensors"), Hash("tokenizer.json"), log, state);
    }

    private string Unbroken()
    {
        string output = Path.Combine(_temp, "unbroken");
        (int code, string text) = Finish(output);
        Assert.True(code == 0, text);
        return Bytes(output);
    }

    [Fact]
    public void Killed_runs_go_on_to_the_same_bytes()
    {
        var clock = Stopwatch.StartNew();
        string expected = Unbroken();
        double whole = clock.Elapsed.TotalMilliseconds;
        int kills = 0, finished = 0;
        for (int round = 0; kills < s_kills || finished == 0; round++)
        {
            string output = Path.Combine(_temp, $"killed{finished}");
            using Process process = Start(output, null);
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            bool last = kills >= s_kills, isWhole = !Directory.Exists(output);
            var run = Stopwatch.StartNew();
            bool ended = last ? process.WaitForExit(600_000) : round % 3 == 2 ? WaitForSaving(process, output, _random.Next(0, 12)) : process.WaitForExit((int)(whole * (0.15 + _random.NextDouble() * 0.6)));
            if (!ended)
            {
                process.Kill();
                process.WaitForExit();
                kills++;
                // Complete or absent: whatever has the name of a checkpoint can be gone on from.
                foreach (string checkpoint in CheckpointStore.All(output)) Assert.True(RunSnapshot.Load(checkpoint).GlobalStep > 0);
                continue;
            }
            // The first run is the slowest; a machine that was busy then must not make the waits too long.
            if (isWhole) whole = Math.Min(whole, run.Elapsed.TotalMilliseconds);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal(expected, Bytes(output));
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(output), e => Path.GetFileName(e).StartsWith('.'));
            Directory.Delete(output, recursive: true);
            finished++;
        }
        Assert.True(finished > 0);
    }

    /// <summary>Waits until a checkpoint is being written, and a little more.</summary>
    private static bool WaitForSaving(Process process, string output, int more)
    {
        while (!process.HasExited)
        {
            if (Directory.Exists(output) && Directory.EnumerateDirectories(output, ".checkpoint-*").Any()) return process.WaitForExit(more);
            Thread.Sleep(1);
        }
        return true;
    }

    [SkippableFact]
    public void A_full_disk_loses_nothing()
    {
        string disk = Path.Combine(_temp, "disk");
        Directory.CreateDirectory(disk);
        Skip.IfNot(OperatingSystem.IsLinux() && Shell("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk), "a small disk cannot be mounted here (needs Linux and the right to mount)");
        try
        {
            string expected = Unbroken(), output = Path.Combine(disk, "run"), filler = Path.Combine(disk, "filler");
            int faults = 0;
            while (faults < s_kills)
            {
                string[] goOn = [];
                while (true)
                {
                    // Every second time there is no other place either.
                    string temp = faults % 2 == 0 ? disk : Directory.CreateDirectory(Path.Combine(_temp, "rescue")).FullName;
                    using Process process = Start(output, temp, goOn);
                    Task<string> error = process.StandardError.ReadToEndAsync(), text = process.StandardOutput.ReadToEndAsync();
                    if (faults < s_kills && !process.WaitForExit(_random.Next(700, 2500))) Fill(filler);
                    process.WaitForExit();
                    File.Delete(filler);
                    if (process.ExitCode == 0) break;
                    Assert.Equal(1, process.ExitCode);
                    string sentence = Assert.Single(error.Result.Split('\n'), l => l.StartsWith("error: ", StringComparison.Ordinal));
                    Assert.Contains("No space left on device", sentence);
                    Assert.DoesNotContain("   at ", error.Result);
                    // Where there is another place the step is saved there; what had not begun has nothing to save.
                    bool hadBegun = text.Result.Contains("step ", StringComparison.Ordinal) && text.Result.Contains("  loss ", StringComparison.Ordinal);
                    Assert.True(temp == disk || !hadBegun || Regex.IsMatch(sentence, "pure-tuner-rescue|it is in checkpoint|nothing is lost"), sentence);
                    goOn = Regex.Match(sentence, "resume_from_checkpoint=(\\S+)") is { Success: true } m ? [$"resume_from_checkpoint={m.Groups[1].Value}"] : [];
                    faults++;
                }
                Assert.Equal(expected, Bytes(output));
                Directory.Delete(output, recursive: true);
            }
        }
        finally { Shell("umount", "-l", disk); }
    }

    private static void Fill(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
            byte[] block = new byte[4096];
            while (true) file.Write(block);
        }
        catch (IOException) { }
    }

    private static bool Shell(string command, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, args) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception) { return false; }
    }
}
