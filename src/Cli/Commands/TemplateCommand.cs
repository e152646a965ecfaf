namespace Pure.Tuner.Cli;

/// <summary><c>template</c>: the names that <c>template=NAME</c> takes.</summary>
internal static class TemplateCommand
{
    private const int Widest = 60;

    public static Command Command { get; } = new("template", "list the templates that turn messages into tokens", Run)
    {
        Help = """
            pure-tuner template list

            Every name with the system text that it brings along, if any.
            """,
    };

    private static int Run(CommandContext context)
    {
        context.Arguments.RejectUnknown(words: 1);
        if (context.Arguments.Words is [not "list" and var other]) throw new UsageException($"template: there is no '{other}'; did you mean 'list'?");
        foreach (string name in Template.Names)
        {
            string system = Template.Get(name).DefaultSystem.ReplaceLineEndings(" ").Trim();
            context.Output.WriteLine($"{name,-26} {(system.Length <= Widest ? system : system[..(Widest - 3)] + "...")}".TrimEnd());
        }
        return Shell.Done;
    }
}
