using System.Reflection;

namespace Pure.Tuner.Cli;

/// <summary><c>version</c>: the version, and nothing else.</summary>
internal static class VersionCommand
{
    public static Command Command { get; } = new("version", "print the version", Run) { Help = "pure-tuner version" };

    /// <summary>As built: 0.1.0, and the commit where the build knows it.</summary>
    public static string Version => typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static int Run(CommandContext context)
    {
        context.Arguments.RejectUnknown();
        context.Output.WriteLine($"pure-tuner {Version}");
        return Shell.Done;
    }
}
