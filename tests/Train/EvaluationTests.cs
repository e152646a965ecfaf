using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>When a run evaluates and saves, and what an evaluation measures.</summary>
[Trait("Category", "Unit")]
public class EvaluationTests
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "examples", "quickstart");

    [Theory]
    [InlineData("eval_strategy: steps, eval_steps: 3, max_steps: 10", "3 6 9", "10")]
    [InlineData("eval_strategy: steps, eval_steps: 3, eval_delay: 6, max_steps: 10, save_steps: 4", "6 9", "4 8 10")]      // the delay's own step is measured
    [InlineData("eval_strategy: steps, eval_steps: 0.3, max_steps: 10, save_steps: 0.25", "3 6 9", "3 6 9 10")]
    [InlineData("eval_strategy: steps, logging_steps: 4, max_steps: 10, save_strategy: 'no'", "4 8", "")]
    [InlineData("eval_strategy: epoch, save_strategy: epoch, num_train_epochs: 3", "4 8 12", "4 8 12")]
    [InlineData("eval_strategy: epoch, save_strategy: epoch, max_steps: 10", "4 8 10", "4 8 10")]                         // an epoch that max_steps cuts short ends too
    [InlineData("eval_strategy: epoch, eval_delay: 1.5, num_train_epochs: 2.5", "8 10", "10")]
    public void Updates_after_which_a_run_evaluates_and_saves(string settings, string evaluations, string saves)
    {
        Recipe recipe = RecipeReader.Parse($"{{per_device_train_batch_size: 2, gradient_accumulation_steps: 2, {settings}}}", "recipe");
        var plan = new TrainingPlan(15, recipe);                       // 8 batches, 4 updates an epoch
        var calendar = new Calendar(recipe, plan);
        IEnumerable<int> steps = Enumerable.Range(1, plan.TotalSteps);
        Assert.Equal(evaluations, string.Join(' ', steps.Where(calendar.Evaluates)));
        Assert.Equal(saves, string.Join(' ', steps.Where(calendar.Saves)));
    }

    [Fact]
    public void A_state_tells_the_usual_interval_where_nothing_is_evaluated()
    {
        Assert.Equal(500, new TrainingPlan(15, RecipeReader.Parse("{logging_steps: 1}", "recipe")).EvalSteps);
        Assert.Equal(1, new TrainingPlan(15, RecipeReader.Parse("{logging_steps: 1, eval_strategy: steps}", "recipe")).EvalSteps);
    }

    [Fact]
    public void A_last_batch_that_is_not_full_weighs_as_much_or_is_left_out()
    {
        using LanguageModel model = LanguageModel.Load(Path.Combine(s_quickstart, "model"));
        EncodedRow[] rows = Rows(5);
        double Loss(EncodedRow[] of, bool dropLast, bool accuracy = false) => new EvaluationLoop(model.Decoder, 2, accuracy) { DropLast = dropLast }.Run(of).Loss;
        Assert.Equal(Loss(rows[..4], false), Loss(rows, true), 12);
        Assert.Equal((Loss(rows[..2], false) + Loss(rows[2..4], false) + Loss(rows[4..], false)) / 3, Loss(rows, false), 6);
        Assert.Equal(Loss(rows[4..], false), Loss(rows[4..], true), 12);       // the only one stays
        Assert.Equal(2, new EvaluationLoop(model.Decoder, 2, true) { DropLast = true }.Run(rows).Batches);
    }

    [Fact]
    public void Label_smoothing_holds_for_evaluations_too()
    {
        using LanguageModel model = LanguageModel.Load(Path.Combine(s_quickstart, "model"));
        EncodedRow[] rows = Rows(3);
        double Loss(double e, bool accuracy) => new EvaluationLoop(model.Decoder, 2, accuracy) { LabelSmoothing = e }.Run(rows).Loss;
        double plain = Loss(0, false), some = Loss(0.1, false), more = Loss(0.2, false);
        Assert.True(Math.Abs(some - plain) > 1e-3, $"{plain} and {some}");
        Assert.Equal(2 * (some - plain), more - plain, 4);
        Assert.Equal(some, Loss(0.1, true), 5);
    }

    [Fact]
    public void What_is_measured_before_the_first_update_is_told_and_never_the_best()
    {
        string output = Directory.CreateTempSubdirectory("evaluation").FullName;
        try
        {
            // Without a learning rate no later evaluation is better than the first.
            Recipe recipe = RecipeReader.Read(Path.Combine(s_quickstart, "lora_sft.yaml"),
            [
                $"model_name_or_path={Path.Combine(s_quickstart, "model")}", $"dataset_dir={Path.Combine(s_quickstart, "data")}", $"output_dir={Path.Combine(output, "run")}", "plot_loss=false", "pure_tuner.answers=0",
                "lora_rank=2", "lora_dropout=0", "max_samples=8", "cutoff_len=40", "per_device_train_batch_size=1", "gradient_accumulation_steps=1", "max_steps=2", "save_strategy=no", "learning_rate=1e-30",
                "val_size=2", "eval_strategy=steps", "eval_steps=1", "eval_on_start=true", "metric_for_best_model=loss",
            ]);
            new TrainingRun(recipe, new SilentReport()).Run();
            JsonElement state = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "run", "trainer_state.json"))).RootElement;
            Assert.Equal([0, 1, 2], state.GetProperty("log_history").EnumerateArray().Where(e => e.TryGetProperty("eval_loss", out _)).Select(e => e.GetProperty("step").GetInt32()));
            Assert.Equal(1, state.GetProperty("best_global_step").GetInt32());
        }
        finally { Directory.Delete(output, recursive: true); }
    }

    private static EncodedRow[] Rows(int count) =>
        [.. Enumerable.Range(0, count).Select(r => new EncodedRow([.. Enumerable.Range(0, 6 + r).Select(i => 5 + 3 * i + r)], [.. Enumerable.Range(0, 6 + r).Select(i => i < 2 ? SupervisedEncoder.Ignored : 5 + 3 * i + r)]))];
}
