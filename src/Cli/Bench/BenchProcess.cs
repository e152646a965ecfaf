using System.Diagnostics;

namespace Pure.Tuner.Cli;

/// <summary>Runs one measurement in a process of its own: a heap, a pool and a peak that nothing else has touched.</summary>
internal static class BenchProcess
{
    /// <summary>This executable with other arguments: its lines on standard output.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="error">Where what it says on standard error goes though it succeeds; null for nowhere.</param>
    /// <exception cref="UsageException">It refused its options.</exception>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static IReadOnlyList<string> RunSelf(IEnumerable<string> arguments, CancellationToken cancel, TextWriter? error = null)
    {
        string library = typeof(BenchProcess).Assembly.Location;             // empty in a single file
        string host = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? "exe" : null);
        return library.Length == 0 ? Run(Environment.ProcessPath!, arguments, null, cancel, error)
            : File.Exists(host) ? Run(host, arguments, null, cancel, error)
            : Run("dotnet", [library, .. arguments], null, cancel, error);
    }

    /// <summary>A program's lines on standard output; what it says on standard error is passed on when it fails.</summary>
    public static IReadOnlyList<string> Run(string program, IEnumerable<string> arguments, string? folder, CancellationToken cancel, TextWriter? error = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder ?? "" };
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
