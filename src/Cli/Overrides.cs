namespace Pure.Tuner.Cli;

/// <summary>The settings of a command line as recipe overrides.</summary>
internal static class Overrides
{
    /// <summary>All settings but those that the command has asked for itself.</summary>
    public static IEnumerable<string> Of(Arguments arguments) => arguments.Unasked.Select(s => $"{s.Key}={s.Value}");
}
