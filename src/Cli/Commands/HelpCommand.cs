namespace Pure.Tuner.Cli;

/// <summary><c>help [COMMAND]</c>.</summary>
internal static class HelpCommand
{
    public static Command Command { get; } = new("help", "print this list, or the options of a command", Run)
    {
        Help = """
            pure-tuner help [COMMAND]
            pure-tuner help compatibility

            The second prints docs/compatibility.md: what happens with each recipe key, format and name of LLaMA-Factory.
            """,
    };

    private const string Everywhere = "Everywhere: --debug shows where an error came from. Where a model runs: --device cpu|reference|null, --threads N,\n--matrix-units auto|off (AMX and AVX512-BF16 for bf16: true), --profile [FILE.json] for a trace of every operator and a table of where the time went.";

    private static int Run(CommandContext context)
    {
        context.Arguments.RejectUnknown(words: 1);
        if (context.Arguments.Words is ["compatibility"])
        {
            context.Output.Write(CompatibilityPage.Markdown());
            return Shell.Done;
        }
        if (context.Arguments.Words is [string name])
            return Print(CommandTable.Get(name, "help: "), context.Output);
        context.Output.WriteLine("pure-tuner COMMAND [FILE.yaml] [key=value ...]      --key value is the same as key=value\n");
        foreach (Command command in CommandTable.All) context.Output.WriteLine($"  {command.Name,-10} {command.Summary}");
        context.Output.WriteLine("\n" + Everywhere);
        return Shell.Done;
    }

    /// <summary>A command's own help.</summary>
    public static int Print(Command command, TextWriter output)
    {
        output.WriteLine($"{command.Name}: {command.Summary}\n\n{command.Help}\n\n{Everywhere}");
        return Shell.Done;
    }
}
