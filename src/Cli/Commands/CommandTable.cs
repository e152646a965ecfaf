namespace Pure.Tuner.Cli;

/// <summary>All commands, in the order of the list that help prints. A new one is a file in this folder and a line here.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Command> All { get; } =
    [
        TrainCommand.Command,
        ChatCommand.Command,
        GenerateCommand.Command,
        ExportCommand.Command,
        OpsCommand.Command,
        EnvCommand.Command,
        VersionCommand.Command,
        HelpCommand.Command,
    ];

    public static IEnumerable<string> Names => All.Select(c => c.Name);

    public static Command? Find(string name) => All.FirstOrDefault(c => c.Name == name);
}
