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
