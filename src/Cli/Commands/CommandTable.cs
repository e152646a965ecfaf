namespace Pure.Tuner.Cli;

/// <summary>All commands, in the order of the list that help prints. A new one is a file in this folder and a line here.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Command> All { get; } =
    [
        InitCommand.Command,
        TrainCommand.Command,
        ChatCommand.Command,
        GenerateCommand.Command,
        ExportCommand.Command,
        QuantizeCommand.Command,
        DataCommand.Command,
        TemplateCommand.Command,
        OpsCommand.Command,
        BenchCommand.Command,
        DoctorCommand.Command,
        EnvCommand.Command,
        VersionCommand.Command,
        HelpCommand.Command,
    ];

    /// <summary>Names that are known and will be commands.</summary>
    private static readonly string[] s_later = ["api", "webchat", "webui", "eval"];

    public static IEnumerable<string> Names => All.Select(c => c.Name);

    /// <summary>The command of a name.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="asker">What the message begins with.</param>
    /// <exception cref="UsageException">There is none, or not yet.</exception>
    public static Command Get(string name, string asker = "") => All.FirstOrDefault(c => c.Name == name) ?? throw new UsageException(s_later.Contains(name)
        ? $"{asker}the command '{name}' is not built yet ('pure-tuner help' lists what is)"
        : $"{asker}there is no command '{name}'; did you mean '{Nearest.Of(name, Names)}'? ('pure-tuner help' lists them)");
}
