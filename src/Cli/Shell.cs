namespace Pure.Tuner.Cli;

/// <summary>From arguments to an exit code: finds the command, runs it, and puts what went wrong in a sentence.</summary>
internal static class Shell
{
    public const int Done = 0, Failed = 1, WrongUsage = 2, Interrupted = 130;

    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        bool debug = args.Contains("--debug") || args.Contains("debug=true");
        try
        {
            if (args is [] or ["--help"] or ["-h"]) args = ["help"];
            if (args is ["--version"] or ["-v"]) args = ["version"];
            Command command = CommandTable.Get(args[0]);
            var arguments = Arguments.Parse(command.Name, args.AsSpan(1), command.Flags);
            debug = arguments.Flag("debug");
            if (arguments.Flag("help")) return HelpCommand.Print(command, output);
            using var context = new CommandContext(arguments, output, error);
            context.BeginProfile(command);
            try { return command.Run(context); }
            finally { context.Profile?.Finish(error); }
        }
        catch (Exception e) when (e is UsageException or CheckpointException) { return Report(e, WrongUsage); }
        catch (OperationCanceledException e) { return Report(e, Interrupted); }
        catch (Exception e) { return Report(e, Failed); }

        int Report(Exception e, int code)
        {
            output.Flush();
            error.WriteLine(debug ? e.ToString() : code == Interrupted ? "stopped" : $"error: {e.Message}");
            if (!debug && code == Failed) error.WriteLine("(--debug shows where)");
            return code;
        }
    }
}
