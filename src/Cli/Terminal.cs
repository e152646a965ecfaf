namespace Pure.Tuner.Cli;

/// <summary>Whether people watch: a line may then move, and text may have colours.</summary>
internal static class Terminal
{
    /// <summary>Whether a writer is the console itself and not a pipe.</summary>
    public static bool IsLive(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether colours are wanted there (https://no-color.org).</summary>
    public static bool HasColour(TextWriter output) => IsLive(output) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
