using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary><c>train</c>: a LLaMA-Factory recipe from its file and overrides.</summary>
internal static class TrainCommand
{
    public static Command Command { get; } = new("train", "fine-tune a model by a recipe", Run)
    {
        Help = """
            pure-tuner train RECIPE.yaml [key=value ...]

            Runs a LLaMA-Factory recipe (stage sft; finetuning_type lora or full). Every key can be
            given or overridden as key=value, for example learning_rate=1e-4 output_dir=saves/second.
            Ctrl-C finishes the step, saves it and stops.
            """,
    };

    private static int Run(CommandContext context)
    {
        string? file = context.Arguments.OneWordOrNone("which recipe? give a YAML file, for example examples/quickstart/lora_sft.yaml");
        Recipe recipe = RecipeReader.Read(file, Overrides.Of(context.Arguments));
        var report = new TerminalReport(context);
        try
        {
            new TrainingRun(recipe, report).Run(context.Cancellation);
            return Shell.Done;
        }
        catch (TrainingStoppedException e)
        {
            report.EndLine();
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{e.Message}"));
            return Shell.Interrupted;
        }
    }
}
