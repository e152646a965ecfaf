using System.Diagnostics;

namespace Pure.Tuner.Tests;

/// <summary>The quickstart as a user runs it, in processes of its own.</summary>
[Trait("Category", "Cli")]
public sealed class QuickstartProcessTests : IDisposable
{
    private readonly string _temp = Directory.CreateTempSubdirectory("quickstart-cli").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private static (int Code, string Output) Run(string? input, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pure-tuner.dll"), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input ?? "");
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    [Fact]
    public void Train_then_chat_generate_and_export()
    {
        string run = Path.Combine(_temp, "run"), merged = Path.Combine(_temp, "merged");
        (int code, string output) = Run(null, "train", "examples/quickstart/lora_sft.yaml", "max_steps=3", $"output_dir={run}");
        Assert.True(code == 0, output);
        Assert.Contains("step    3/3", output);
        Assert.Equal(4, output.Split('\n').Count(l => l.StartsWith("  before    ", StringComparison.Ordinal) && l[12] != ' '));       // the memory plan may have a row of that name
        Assert.Contains($"saved in {run}", output);
        Assert.True(File.Exists(Path.Combine(run, "adapter_model.safetensors")));

        (code, output) = Run("Hello!\n/exit\n", "chat", run, "max_new_tokens=12", "do_sample=false");
        Assert.True(code == 0, output);
        Assert.Contains("Hello", output);

        (code, output) = Run(null, "generate", run, "--prompt", "What is 3 + 4?", "max_new_tokens=12", "do_sample=false");
        Assert.True(code == 0, output);
        Assert.Contains("3 + 4", output);

        (code, output) = Run(null, "export", run, $"export_dir={merged}");
        Assert.True(code == 0, output);
        (code, output) = Run(null, "generate", merged, "--prompt", "What is 3 + 4?", "template=chatml", "max_new_tokens=12", "do_sample=false");
        Assert.True(code == 0, output);
        Assert.Contains("3 + 4", output);
    }

    [Fact]
    public void An_unknown_key_is_wrong_usage()
    {
        (int code, string output) = Run(null, "train", "examples/quickstart/lora_sft.yaml", "lora_rnk=3");
        Assert.Equal(2, code);
        Assert.Contains("lora_rank", output);
    }
}
