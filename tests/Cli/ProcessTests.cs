using System.Diagnostics;

namespace Pure.Tuner.Tests;

/// <summary>The executable itself: what only a process of its own shows.</summary>
[Trait("Category", "Cli")]
public class ProcessTests
{
    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pure-tuner.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LANG"] = start.Environment["LC_ALL"] = "de_DE.UTF-8";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    [Fact]
    public void Exit_codes_reach_the_caller()
    {
        Assert.Equal(0, Run("version").Code);
        Assert.Equal(2, Run("nonsense").Code);
    }

    /// <summary>PURE_TUNER_PUBLISHED names the file that <c>dotnet publish -c Release -r RID src/Cli</c> made.</summary>
    [SkippableFact]
    public void The_published_file_stands_alone()
    {
        string? published = Environment.GetEnvironmentVariable("PURE_TUNER_PUBLISHED");
        Skip.If(published is null, "PURE_TUNER_PUBLISHED is not set: the file that dotnet publish made");
        string folder = Directory.CreateTempSubdirectory("pure-tuner-").FullName, alone = Path.Combine(folder, Path.GetFileName(published));
        try
        {
            File.Copy(published, alone);
            using Process process = Process.Start(new ProcessStartInfo(alone, ["version"]) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            Assert.StartsWith("pure-tuner ", output, StringComparison.Ordinal);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void Numbers_are_invariant_culture()
    {
        (int code, string output, _) = Run("ops", "check", "op=neg", "backend=reference");
        Assert.Equal(0, code);
        Assert.Contains("worst error 0.00", output);
    }

    [Fact]
    public void An_assembly_that_registers_nothing_is_an_error()
    {
        (int code, _, string error) = Run("ops", "list", "--kernels", Path.Combine(AppContext.BaseDirectory, "xunit.assert.dll"));
        Assert.Equal(2, code);
        Assert.Contains("registers nothing: it needs a public class that implements IKernelPlugin or IOpCaseSource", error);
    }

    [Fact]
    public void A_file_that_is_no_assembly_is_an_error()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "text");
            (int code, _, string error) = Run("ops", "list", "--kernels", file);
            Assert.Equal(2, code);
            Assert.Contains("cannot be loaded", error);
        }
        finally { File.Delete(file); }
    }
}
