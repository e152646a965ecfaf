namespace Pure.Tuner.Cli;

/// <summary>A command: a name, a line for the list, its own help, and what it does.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Summary">One line.</param>
/// <param name="Run">Reads its options from the context, calls, prints, returns an exit code.</param>
internal sealed record Command(string Name, string Summary, Func<CommandContext, int> Run)
{
    /// <summary>Usage and options, for <c>help COMMAND</c> and <c>COMMAND --help</c>.</summary>
    public string Help { get; init; } = "";

    /// <summary>Whether <c>--profile</c> is for this process; null where the command runs no model and there is no such option.</summary>
    public Func<Arguments, bool>? Profiles { get; init; }

    /// <summary>Options that stand alone: they take the next word only when it is true or false.</summary>
    public string[] Flags { get; init; } = [];
}
