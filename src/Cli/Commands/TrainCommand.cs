using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary><c>train</c>: a LLaMA-Factory recipe from its file and overrides.</summary>
internal static class TrainCommand
{
    public static Command Command { get; } = new("train", "fine-tune a model by a recipe", Run)
    {
        Profiles = static _ => true,
        Help = """
            pure-tuner train RECIPE.yaml [key=value ...]

            Runs a LLaMA-Factory recipe: stage pt (plain text) or sft (questions and answers);
            finetuning_type lora, freeze or full. Every key can be given or overridden as key=value,
            for example learning_rate=1e-4 output_dir=saves/second; key=null takes one back.

            Ctrl-C           finishes the step, saves it and stops; once more stops at once
            going on         from the last checkpoint in output_dir, unless overwrite_output_dir=true;
                             resume_from_checkpoint=FOLDER names one, =true takes the last, =false none
            evaluation       eval_dataset=NAME or val_size=0.1, with eval_strategy=steps eval_steps=50
            only measure     do_train=false do_eval=true (the loss), or do_predict=true
                             predict_with_generate=true (answers, BLEU and ROUGE)
            before and after pure_tuner.answers=N questions (5; 0 for none)

            docs/training.md tells a run from beginning to end, docs/recipes.md has every key.
            """,
        Flags = ["strict_device"],
    };

    private static int Run(CommandContext context)
    {
        string? file = context.Arguments.OneWordOrNone("which recipe? give a YAML file, for example examples/quickstart/lora_sft.yaml");
        Recipe recipe = RecipeReader.Read(file, Overrides.Of(context.Arguments));
        if (context.Profile is { } profile) profile.Folder = recipe.OutputDir;
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
