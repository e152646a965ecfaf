using System.Diagnostics;

namespace Pure.Tuner.Cli;

/// <summary>Runs one measurement in a process of its own: a heap, a pool and a peak that nothing else has touched.</summary>
internal static class BenchProcess
{
    /// <summary>On a single core the runtime waits ten times as long before it compiles well what is called often; the steady state is the same.</summary>
    private static KeyValuePair<string, string?>[] Soon => [new("DOTNET_TC_DelaySingleProcMultiplier", "1")];

    /// <summary>This executable with other arguments: its lines on standard output.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="error">Where what it says on standard error goes though it succeeds; null for nowhere.</param>
    /// <exception cref="UsageException">It refused its options.</exception>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static IReadOnlyList<string> RunSelf(IEnumerable<string> arguments, CancellationToken cancel, TextWriter? error = null)
    {
        (string program, string[] before) = Self();
        return Run(program, [.. before, .. arguments], null, cancel, Soon, error);
    }

    /// <summary>How this program is started: the file, and what comes before its own arguments.</summary>
    public static (string Program, string[] Before) Self()
    {
        string folder = AppContext.BaseDirectory, name = typeof(BenchProcess).Assembly.GetName().Name!;
        string host = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name), library = Path.Combine(folder, name + ".dll");
        return File.Exists(host) ? (host, []) : File.Exists(library) ? ("dotnet", [library]) : (Environment.ProcessPath!, []);   // the last: one file, renamed
    }

    /// <summary>A program's lines on standard output; what it says on standard error is passed on when it fails.</summary>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where, or null for here.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="environment">Variables that it is given; null for one that it is not.</param>
    /// <param name="error">Where what it says on standard error goes though it succeeds; null for nowhere.</param>
    public static IReadOnlyList<string> Run(string program, IEnumerable<string> arguments, string? folder, CancellationToken cancel, IEnumerable<KeyValuePair<string, string?>>? environment = null, TextWriter? error = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder ?? "" };
        foreach ((string variable, string? value) in environment ?? [])
            if (value is null) start.Environment.Remove(variable);
            else start.Environment[variable] = value;
        Process process;
        try { process = Process.Start(start)!; }
        catch (System.ComponentModel.Win32Exception e) { throw new UsageException($"bench: {program} does not start: {e.Message}", e); }
        using (process)
        using (cancel.Register(() => { try { process.Kill(entireProcessTree: true); } catch (InvalidOperationException) { /* it has ended */ } }))
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var lines = new List<string>();
            while (process.StandardOutput.ReadLine() is { } line) lines.Add(line);
            process.WaitForExit();
            cancel.ThrowIfCancellationRequested();
            string said = errors.Result.Trim();
            if (process.ExitCode == 0)
            {
                error?.WriteLine(said);
                return lines;
            }
            if (process.ExitCode == Shell.WrongUsage && said.StartsWith("error: ", StringComparison.Ordinal)) throw new UsageException(said[7..]);
            throw new InvalidOperationException($"bench: {Path.GetFileName(program)} ended with code {process.ExitCode}: {said}");
        }
    }
}
