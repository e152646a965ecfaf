using System.Security.Cryptography;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Runs that are stopped and go on, that are evaluated, that choose the best, and what they say when something is wrong with where they go on from.</summary>
[Trait("Category", "Unit")]
public sealed class TrainingRunTests : IDisposable
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "examples", "quickstart");
    private readonly string _temp = Directory.CreateTempSubdirectory("runs").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private Recipe Recipe(string output, params string[] overrides) => RecipeReader.Read(Path.Combine(s_quickstart, "lora_sft.yaml"),
    [
        $"model_name_or_path={Path.Combine(s_quickstart, "model")}", $"dataset_dir={Path.Combine(s_quickstart, "data")}", $"output_dir={Path.Combine(_temp, output)}", "overwrite_output_dir=false", "plot_loss=false",
        "lora_rank=2", "lora_dropout=0.1", "max_samples=7", "cutoff_len=40", "per_device_train_batch_size=1", "gradient_accumulation_steps=2", "max_steps=10", "logging_steps=3", "save_strategy=steps", "save_steps=100", "pure_tuner.answers=1", "pure_tuner.answer_tokens=3",
        .. overrides,
    ]);

    /// <summary>Runs; stops after an update where one is given.</summary>
    private static List<string> Run(Recipe recipe, int? stopAfter = null, Action<int>? onStep = null, LossScaler.State? scale = null)
    {
        using var cancel = new CancellationTokenSource();
        var report = new Listener();
        Backend? backend = null;
        var run = new TrainingRun(recipe, report)
        {
            OnBegin = (m, _) => backend = m.Backend,
            LossScale = scale,
            OnEnd = m => backend = m.Backend,
            OnStep = (s, _, _, _) =>
            {
                onStep?.Invoke(s + 1);
                if (s + 1 == stopAfter) cancel.Cancel();
            },
        };
        if (stopAfter is null) run.Run();
        else Assert.Contains($"saved in {recipe.OutputDir}", Assert.Throws<TrainingStoppedException>(() => run.Run(cancel.Token)).Message);
        Assert.Equal((0, 0L), (backend!.LiveBlocks, backend.ForgottenBlocks));
        return report.Notices;
    }

    /// <summary>Weights, moments and history: everything but times.</summary>
    private static string Result(string output, int step)
    {
        string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, file))));
        string weights = File.Exists(Path.Combine(output, "adapter_model.safetensors")) ? "adapter_model.safetensors" : "model.safetensors";
        JsonElement state = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "trainer_state.json"))).RootElement;
        IEnumerable<string> history = state.GetProperty("log_history").EnumerateArray().Select(e => string.Join(' ', e.EnumerateObject().Where(p => !p.Name.EndsWith("_runtime") && !p.Name.EndsWith("_per_second")).Select(p => p.ToString())));
        string[] log = [.. File.ReadLines(Path.Combine(output, "trainer_log.jsonl")).Select(l => l[..l.IndexOf("\"elapsed", StringComparison.Ordinal)])];
        return string.Join('\n', [Hash(weights), Hash($"checkpoint-{step}/optimizer.safetensors"), .. history, .. log]);
    }

    [Theory]
    [InlineData(3, "")]                                                       // inside an epoch, with losses not logged yet
    [InlineData(4, "")]                                                       // at the end of one
    [InlineData(5, "streaming=true max_samples=null buffer_size=5 max_steps=8")]
    [InlineData(5, "streaming=true max_samples=null buffer_size=5 max_steps=8 neat_packing=true preprocessing_batch_size=20")]
    [InlineData(3, "finetuning_type=full optim=adafactor learning_rate=1e-4 max_steps=5")]
    [InlineData(3, "finetuning_type=full optim=adamw_8bit learning_rate=1e-4 max_steps=5")]
    [InlineData(3, "finetuning_type=full optim=paged_adamw_8bit learning_rate=1e-4 max_steps=5")]
    [InlineData(3, "finetuning_type=freeze freeze_trainable_layers=1 optim=lion_32bit learning_rate=1e-5 max_steps=5")]
    [InlineData(2, "packing=true label_smoothing_factor=0.1 neftune_noise_alpha=5 max_steps=4")]
    [InlineData(3, "lr_scheduler_type=reduce_lr_on_plateau eval_strategy=steps eval_steps=2 val_size=2 max_steps=6")]
    [InlineData(3, "pure_bf16=true use_dora=true max_steps=5")]
    [InlineData(3, "stage=pt packing=false max_steps=5")]
    [InlineData(2, "fp16=true device=reference max_steps=4 cutoff_len=12 max_samples=3 gradient_accumulation_steps=1 pure_tuner.answers=0")]
    public void A_stopped_run_goes_on_to_the_same_bytes(int stopAfter, string settings)
    {
        string[] more = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Recipe whole = Recipe("whole", more), broken = Recipe("broken", more);
        Run(whole);
        Run(broken, stopAfter);
        Assert.Contains(Run(broken), n => n.Contains($"checkpoint-{stopAfter}, step {stopAfter} of {whole.MaxSteps}", StringComparison.Ordinal));
        Assert.Equal(Result(whole.OutputDir!, whole.MaxSteps), Result(broken.OutputDir!, whole.MaxSteps));
    }

    /// <summary>A run whose gradients overflow at first: what is left out is said, does not move the rate, and going on knows the factor.</summary>
    [Fact]
    public void Updates_that_overflow_are_left_out_and_a_stopped_run_goes_on_with_its_loss_scale()
    {
        string[] small = ["fp16=true", "device=reference", "max_steps=4", "max_samples=2", "cutoff_len=12", "gradient_accumulation_steps=1", "pure_tuner.answers=0", "logging_steps=1"];
        Recipe whole = Recipe("whole", small), broken = Recipe("broken", small);
        var high = new LossScaler.State(1L << 36, 0, 0, null);
        List<string> said = Run(whole, scale: high);
        int skipped = said.Count(n => n.StartsWith("fp16        update ", StringComparison.Ordinal));
        Assert.InRange(skipped, 1, 4);
        Run(broken, 1, scale: high);
        RunSnapshot snapshot = RunSnapshot.Load(Path.Combine(broken.OutputDir!, "checkpoint-1"));
        Assert.Equal((new LossScaler.State(1L << 35, 0, 1, snapshot.LossScale!.LastLoss), 1), (snapshot.LossScale, snapshot.UpdatesLeftOut));
        Run(broken);
        Assert.Equal(Result(whole.OutputDir!, 4), Result(broken.OutputDir!, 4));
        JsonElement log = JsonDocument.Parse(File.ReadAllText(Path.Combine(whole.OutputDir!, "trainer_state.json"))).RootElement.GetProperty("log_history");
        Assert.False(log[0].TryGetProperty("grad_norm", out _));
        Assert.Equal(log[0].GetProperty("learning_rate").GetDouble(), log[1].GetProperty("learning_rate").GetDouble());
    }

    /// <summary>Other products from a checkpoint on: it is said, the rate goes on from where it was, and the factor is kept for a return.</summary>
    [Fact]
    public void A_run_that_goes_on_in_other_products_forgets_no_update_that_was_left_out()
    {
        string[] small = ["device=reference", "max_steps=4", "max_samples=2", "cutoff_len=12", "gradient_accumulation_steps=1", "pure_tuner.answers=0", "logging_steps=1", "lr_scheduler_type=linear", "warmup_ratio=0", "warmup_steps=0", "learning_rate=1e-3"];
        Recipe half = Recipe("broken", ["fp16=true", .. small]), full = Recipe("broken", ["fp16=false", "bf16=false", .. small]);
        Run(half, 2, scale: new LossScaler.State(1L << 40, 0, 0, null));
        Assert.Contains(Run(full, 3), n => n.Contains("fp16: was true when checkpoint-2 was saved, is false from here on", StringComparison.Ordinal));
        RunSnapshot snapshot = RunSnapshot.Load(Path.Combine(full.OutputDir!, "checkpoint-3"));
        Assert.Equal((2, 0, (double)(1L << 38)), (snapshot.UpdatesLeftOut, snapshot.UpdatesWithoutLoss, snapshot.LossScale!.Scale));
        JsonElement log = JsonDocument.Parse(File.ReadAllText(Path.Combine(full.OutputDir!, "checkpoint-3", "trainer_state.json"))).RootElement.GetProperty("log_history");
        Assert.Equal([1e-3, 1e-3, 1e-3], log.EnumerateArray().Take(3).Select(e => e.GetProperty("learning_rate").GetDouble()));
    }

    [Fact]
    public void Sixteen_bits_are_asked_of_the_device_and_the_answer_is_said()
    {
        string[] small = ["max_steps=1", "max_samples=2", "cutoff_len=12", "gradient_accumulation_steps=1", "pure_tuner.answers=0", "save_strategy=no", "device=reference"];
        var losses = new List<double>();
        foreach (string more in (string[])["bf16=false", "bf16=true", "fp16=true"])
        {
            Recipe recipe = Recipe($"products-{more}", [.. small, more]);
            List<string> said = Run(recipe);
            Assert.Equal(more == "bf16=false" ? 0 : 1, said.Count(n => n.Contains($"products of matrices take {(more[0] == 'b' ? "bf16" : "f16")} and add up in f32", StringComparison.Ordinal)));
            losses.Add(JsonDocument.Parse(File.ReadAllText(Path.Combine(recipe.OutputDir!, "all_results.json"))).RootElement.GetProperty("train_loss").GetDouble());
        }
        Assert.Equal(3, losses.Distinct().Count());
        foreach (double loss in losses) Assert.InRange(loss / losses[0], 0.99, 1.01);
    }

    [Fact]
    public void The_best_checkpoint_is_kept_and_taken_and_a_run_without_gain_ends()
    {
        // With the wrong sense of better every evaluation after the first is worse.
        Recipe recipe = Recipe("best", "val_size=2", "eval_strategy=steps", "eval_steps=2", "save_steps=2", "save_total_limit=1", "load_best_model_at_end=true", "early_stopping_steps=2", "greater_is_better=true", "compute_accuracy=true");
        List<string> notices = Run(recipe);
        JsonElement state = JsonDocument.Parse(File.ReadAllText(Path.Combine(recipe.OutputDir!, "trainer_state.json"))).RootElement;
        int best = state.GetProperty("best_global_step").GetInt32(), last = state.GetProperty("global_step").GetInt32();
        double[] losses = [.. state.GetProperty("log_history").EnumerateArray().Where(e => e.TryGetProperty("eval_loss", out _)).Select(e => e.GetProperty("eval_loss").GetDouble())];
        Assert.Equal(losses.Max(), state.GetProperty("best_metric").GetDouble());
        Assert.Equal(last, best + 4);
        Assert.Contains(notices, n => n.StartsWith("early stop", StringComparison.Ordinal));
        Assert.Equal([best, last], CheckpointStore.All(recipe.OutputDir!).Select(CheckpointStore.StepOf));
        Assert.Equal(File.ReadAllBytes(Path.Combine(recipe.OutputDir!, $"checkpoint-{best}", "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(recipe.OutputDir!, "adapter_model.safetensors")));
        JsonElement evaluated = JsonDocument.Parse(File.ReadAllText(Path.Combine(recipe.OutputDir!, "eval_results.json"))).RootElement;
        Assert.Equal(losses.Max(), evaluated.GetProperty("eval_loss").GetDouble(), 1e-6);
        Assert.InRange(evaluated.GetProperty("eval_accuracy").GetDouble(), 0, 1);
    }

    [Fact]
    public void A_trained_model_answers_the_rows_of_another_run()
    {
        Recipe trained = Recipe("first", "max_steps=2", "save_strategy=no"), asked = Recipe("asked", "do_train=false", "do_predict=true", "predict_with_generate=true", "eval_dataset=quickstart", "max_samples=3", "per_device_eval_batch_size=2", "max_new_tokens=4", "do_sample=false", $"adapter_name_or_path={Path.Combine(_temp, "first")}");
        Run(trained);
        Run(asked);
        string[] lines = File.ReadAllLines(Path.Combine(asked.OutputDir!, "generated_predictions.jsonl"));
        Assert.Equal(3, lines.Length);
        Assert.All(lines, l => Assert.Equal(["prompt", "predict", "label"], JsonDocument.Parse(l).RootElement.EnumerateObject().Select(p => p.Name)));
        string results = File.ReadAllText(Path.Combine(asked.OutputDir!, "predict_results.json"));
        foreach (string key in (string[])["predict_bleu-4", "predict_rouge-1", "predict_rouge-2", "predict_rouge-l", "predict_runtime", "predict_model_preparation_time", "predict_samples_per_second", "predict_steps_per_second"]) Assert.Contains($"\"{key}\"", results);
        Assert.False(File.Exists(Path.Combine(asked.OutputDir!, "adapter_model.safetensors")));
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_and_the_one_before_it_named()
    {
        Recipe recipe = Recipe("damaged", "save_steps=2", "max_steps=6");
        Run(recipe);
        string newest = Path.Combine(recipe.OutputDir!, "checkpoint-6"), before = Path.Combine(recipe.OutputDir!, "checkpoint-4");
        string weights = Path.Combine(newest, "adapter_model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(weights, bytes);
        string said = Assert.Throws<UsageException>(() => new TrainingRun(Recipe("damaged", "resume_from_checkpoint=true"), new SilentReport()).Run()).Message;
        Assert.Contains($"{weights}: is damaged", said);
        Assert.Contains($"resume_from_checkpoint={before}", said);
        File.Delete(Path.Combine(before, "optimizer.safetensors"));
        said = Assert.Throws<UsageException>(() => new TrainingRun(Recipe("damaged"), new SilentReport()).Run()).Message;
        Assert.Contains($"resume_from_checkpoint={Path.Combine(recipe.OutputDir!, "checkpoint-2")}", said);
    }

    [Fact]
    public void What_a_run_goes_on_with_must_be_what_it_began_with()
    {
        Run(Recipe("changed", "max_steps=6"), stopAfter: 2);
        string Refused(params string[] more) => Assert.Throws<UsageException>(() => new TrainingRun(Recipe("changed", ["max_steps=6", .. more]), new SilentReport()).Run()).Message;
        Assert.Contains("the rows are not those", Refused("max_samples=6"));
        Assert.Contains("gradient_accumulation_steps: ", Refused("gradient_accumulation_steps=3"));
        Assert.Contains("was made with 2, not 4", Refused("lora_rank=4"));
        Assert.Contains("holds no checkpoint-N", Assert.Throws<UsageException>(() => new TrainingRun(Recipe("new", "resume_from_checkpoint=true"), new SilentReport()).Run()).Message);
        Assert.Contains("its folder holds checkpoint-2", Refused($"resume_from_checkpoint={Path.Combine(_temp, "changed", "checkpoint-3")}"));
        Assert.Contains("is not empty", Refused("resume_from_checkpoint=false"));
        // A rate may change; it is told.
        Assert.Contains(Run(Recipe("changed", "max_steps=6", "learning_rate=1e-5")), n => n.Contains("learning_rate: was 0.004", StringComparison.Ordinal));
    }

    [Fact]
    public void Data_that_vanishes_under_a_stream_costs_no_update()
    {
        string data = Path.Combine(_temp, "data");
        Directory.CreateDirectory(data);
        string file = Path.Combine(data, "rows.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 6).Select(i => $$"""{"instruction": "Say {{i}}.", "output": "{{i}}"}"""));
        Recipe recipe = Recipe("stream", $"dataset={file}", "streaming=true", "max_samples=null", "buffer_size=1", "pure_tuner.answers=0");
        var fault = Assert.ThrowsAny<Exception>(() => Run(recipe, onStep: s => { if (s == 2) File.Delete(file); }));
        Assert.Contains("rows.jsonl", fault.Message);
        Assert.Matches("step [0-9]+ is saved as checkpoint-[0-9]+", fault.Message);
        Assert.Single(CheckpointStore.All(recipe.OutputDir!));
    }

    [Fact]
    public void Two_runs_do_not_write_into_one_folder()
    {
        Recipe recipe = Recipe("shared");
        using (Folders.Lock(recipe.OutputDir!))
            Assert.Contains("another run is writing", Assert.Throws<UsageException>(() => new TrainingRun(recipe, new SilentReport()).Run()).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(recipe.OutputDir!));
    }

    private sealed class Listener : ITrainingReport
    {
        public List<string> Notices { get; } = [];
        public void Notice(string line) => Notices.Add(line);
        public void Begin(TrainingSummary summary) { }
        public void Step(TrainingProgress progress) { }
        public void End(RunEnd end) { }
    }
}
