using System.Text.Json;

namespace Pure.Tuner;

/// <summary>trainer_state.json: where a run is, and everything it logged.</summary>
public sealed class TrainerState
{
    private readonly List<Dictionary<string, object?>> _history = [];

    /// <summary>Updates done.</summary>
    public int GlobalStep { get; set; }

    /// <summary>Epochs done, as a fraction.</summary>
    public double Epoch { get; set; }

    /// <summary>Updates of the whole run.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Epochs begun by the end of the run.</summary>
    public int NumTrainEpochs { get; init; }

    /// <summary>Updates between two log lines.</summary>
    public int LoggingSteps { get; init; } = 500;

    /// <summary>Updates between two checkpoints.</summary>
    public int SaveSteps { get; init; } = 500;

    /// <summary>Updates between two evaluations.</summary>
    public int EvalSteps { get; init; } = 500;

    /// <summary>Rows of a micro-batch.</summary>
    public int TrainBatchSize { get; init; }

    /// <summary>Floating-point operations done, see <see cref="TrainResults.TotalFlos"/>.</summary>
    public double TotalFlos { get; set; }

    /// <summary>The best value of the evaluations, or null.</summary>
    public double? BestMetric { get; set; }

    /// <summary>The update after which it was found, or null.</summary>
    public int? BestGlobalStep { get; set; }

    /// <summary>The checkpoint that was saved there, or null.</summary>
    public string? BestModelCheckpoint { get; set; }

    /// <summary>What was logged, in order.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> LogHistory => _history;

    /// <summary>The state at the start of a run.</summary>
    public static TrainerState Begin(Recipe recipe, TrainingPlan plan) => new()
    {
        MaxSteps = plan.TotalSteps,
        NumTrainEpochs = plan.Epochs,
        LoggingSteps = plan.LoggingSteps,
        SaveSteps = plan.SaveSteps,
        EvalSteps = plan.EvalSteps,
        TrainBatchSize = recipe.PerDeviceTrainBatchSize,
    };

    /// <summary>Adds a logged update; the gradient's length is left out where it was not computed.</summary>
    public void Log(int step, double epoch, double loss, double? gradNorm, double learningRate)
    {
        var entry = new Dictionary<string, object?> { ["epoch"] = epoch, ["loss"] = PythonFloat.Round(loss, 4), ["learning_rate"] = learningRate, ["step"] = step };
        if (gradNorm is { } norm) entry["grad_norm"] = norm;
        _history.Add(entry);
    }

    /// <summary>Adds an evaluation.</summary>
    public void LogEvaluation(IReadOnlyDictionary<string, double> metrics)
    {
        var entry = new Dictionary<string, object?> { ["epoch"] = Epoch, ["step"] = GlobalStep };
        foreach ((string key, double value) in metrics) entry[key] = value;
        _history.Add(entry);
    }

    /// <summary>Whether an evaluation stands in the history for that update.</summary>
    public bool WasEvaluated(int step) => _history.Exists(e => Equals(e.GetValueOrDefault("step"), step) && e.Keys.Any(k => k.StartsWith("eval_", StringComparison.Ordinal)));

    /// <summary>Adds the results of the finished run.</summary>
    public void Finish(TrainResults results)
    {
        Dictionary<string, object?> entry = results.Values();
        entry["step"] = GlobalStep;
        _history.Add(entry);
    }

    /// <summary>The logged losses with their steps.</summary>
    public IEnumerable<(int Step, double Loss)> Losses() =>
        from e in _history where e.ContainsKey("loss") select (Convert.ToInt32(e["step"], null), Convert.ToDouble(e["loss"], null));

    /// <summary>The text of trainer_state.json.</summary>
    public string ToJson() => PythonJson.Write(new Dictionary<string, object?>
    {
        ["best_global_step"] = BestGlobalStep,
        ["best_metric"] = BestMetric,
        ["best_model_checkpoint"] = BestModelCheckpoint,
        ["epoch"] = Epoch,
        ["eval_steps"] = EvalSteps,
        ["global_step"] = GlobalStep,
        ["is_hyper_param_search"] = false,
        ["is_local_process_zero"] = true,
        ["is_world_process_zero"] = true,
        ["log_history"] = _history,
        ["logging_steps"] = LoggingSteps,
        ["max_steps"] = MaxSteps,
        ["num_input_tokens_seen"] = 0,
        ["num_train_epochs"] = NumTrainEpochs,
        ["save_steps"] = SaveSteps,
        ["stateful_callbacks"] = new Dictionary<string, object?>
        {
            ["TrainerControl"] = new Dictionary<string, object?>
            {
                ["args"] = new Dictionary<string, object?>
                {
                    ["should_epoch_stop"] = false,
                    ["should_evaluate"] = false,
                    ["should_log"] = false,
                    ["should_save"] = true,
                    ["should_training_stop"] = GlobalStep >= MaxSteps,
                },
                ["attributes"] = new Dictionary<string, object?>(),
            },
        },
        ["total_flos"] = TotalFlos,
        ["train_batch_size"] = TrainBatchSize,
        ["trial_name"] = null,
        ["trial_params"] = null,
    }, 2, sorted: true) + "\n";

    /// <summary>Writes trainer_state.json into a folder.</summary>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, "trainer_state.json"), ToJson());

    /// <summary>Takes place, epoch, history and operations from the trainer_state.json of a checkpoint; lengths and intervals stay.</summary>
    /// <exception cref="UsageException">The file is missing or not one of a trainer.</exception>
    public void Resume(string folder)
    {
        string path = Path.Combine(folder, "trainer_state.json");
        if (!File.Exists(path)) throw new UsageException($"{path}: is not there; name a checkpoint folder that was saved without save_only_model");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            GlobalStep = json.RootElement.GetProperty("global_step").GetInt32();
            Epoch = json.RootElement.GetProperty("epoch").GetDouble();
            TotalFlos = json.RootElement.GetProperty("total_flos").GetDouble();
            BestMetric = json.RootElement.GetProperty("best_metric") is { ValueKind: JsonValueKind.Number } metric ? metric.GetDouble() : null;
            BestGlobalStep = json.RootElement.GetProperty("best_global_step") is { ValueKind: JsonValueKind.Number } best ? best.GetInt32() : null;
            BestModelCheckpoint = json.RootElement.GetProperty("best_model_checkpoint").GetString();
            _history.Clear();
            foreach (JsonElement entry in json.RootElement.GetProperty("log_history").EnumerateArray())
                _history.Add(entry.EnumerateObject().ToDictionary(p => p.Name, p => Value(p.Name, p.Value)));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{path}: not a trainer's state; name another checkpoint", e);
        }
    }

    private static object? Value(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when name == "step" => value.GetInt32(),
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Null => null,
        _ => value.ToString(),
    };
}
