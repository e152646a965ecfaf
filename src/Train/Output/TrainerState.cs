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

    /// <summary>Tokens gone through, where they are counted (include_num_input_tokens_seen).</summary>
    public long NumInputTokensSeen { get; set; }

    /// <summary>The best value so far of metric_for_best_model; null before the first evaluation, or where nothing is chosen.</summary>
    public double? BestMetric { get; private set; }

    /// <summary>The update after which it was measured.</summary>
    public int? BestGlobalStep { get; private set; }

    /// <summary>The checkpoint with it.</summary>
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
    /// <param name="step">Updates done.</param>
    /// <param name="epoch">Epochs done, as a fraction.</param>
    /// <param name="loss">Mean loss since the last entry.</param>
    /// <param name="gradNorm">Length of the gradient before clipping.</param>
    /// <param name="learningRate">The rate that the update used.</param>
    /// <param name="more">What a stage adds, such as rewards/accuracies.</param>
    /// <returns>The entry.</returns>
    public IReadOnlyDictionary<string, object?> Log(int step, double epoch, double loss, double? gradNorm, double learningRate, IEnumerable<KeyValuePair<string, double>>? more = null)
    {
        var entry = new Dictionary<string, object?> { ["epoch"] = epoch, ["loss"] = PythonFloat.Round(loss, 4), ["learning_rate"] = learningRate, ["step"] = step };
        if (gradNorm is { } norm) entry["grad_norm"] = norm;
        if (NumInputTokensSeen > 0) entry["num_input_tokens_seen"] = NumInputTokensSeen;
        foreach ((string key, double value) in more ?? []) entry[key] = value;
        _history.Add(entry);
        return entry;
    }

    /// <summary>Adds an evaluation.</summary>
    /// <param name="values">eval_loss, eval_runtime and so on.</param>
    /// <returns>The entry, with step and epoch.</returns>
    public IReadOnlyDictionary<string, object?> LogEvaluation(IEnumerable<KeyValuePair<string, object?>> values)
    {
        var entry = new Dictionary<string, object?>(values) { ["epoch"] = Epoch, ["step"] = GlobalStep };
        if (NumInputTokensSeen > 0) entry["num_input_tokens_seen"] = NumInputTokensSeen;
        _history.Add(entry);
        return entry;
    }

    /// <summary>Takes note of an evaluation's value where it is the best so far.</summary>
    /// <param name="value">The value of metric_for_best_model.</param>
    /// <param name="greaterIsBetter">Whether a larger one is better.</param>
    /// <returns>Whether it is the best; one that equals the best, or is no number, is not.</returns>
    public bool Consider(double value, bool greaterIsBetter)
    {
        if (double.IsNaN(value) || BestMetric is { } best && !(greaterIsBetter ? value > best : value < best)) return false;
        (BestMetric, BestGlobalStep) = (value, GlobalStep);
        return true;
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
    public IEnumerable<(int Step, double Loss)> Losses() => Points("loss");

    /// <summary>The logged values of a name, with their steps.</summary>
    public IEnumerable<(int Step, double Value)> Points(string name) =>
        from e in _history where e.GetValueOrDefault(name) is int or long or float or double select (Convert.ToInt32(e["step"], null), Convert.ToDouble(e[name], null));

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
        ["num_input_tokens_seen"] = NumInputTokensSeen,
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
            using JsonDocument json = JsonText.Document(File.ReadAllBytes(path));
            GlobalStep = json.RootElement.GetProperty("global_step").GetInt32();
            Epoch = json.RootElement.GetProperty("epoch").GetDouble();
            TotalFlos = json.RootElement.GetProperty("total_flos").GetDouble();
            NumInputTokensSeen = Optional("num_input_tokens_seen")?.GetInt64() ?? 0;
            BestMetric = Optional("best_metric")?.GetDouble();
            BestGlobalStep = Optional("best_global_step")?.GetInt32();
            BestModelCheckpoint = Optional("best_model_checkpoint")?.GetString();
            _history.Clear();
            foreach (JsonElement entry in json.RootElement.GetProperty("log_history").EnumerateArray())
            {
                var line = new Dictionary<string, object?>();
                foreach (JsonProperty p in entry.EnumerateObject()) line[p.Name] = Value(p.Name, p.Value);
                if (line.GetValueOrDefault("step") is not int) throw new UsageException($"{path}: log_history[{_history.Count}]: expected a whole number under 'step'; name another checkpoint");
                _history.Add(line);
            }

            JsonElement? Optional(string name) => json.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{path}: not a trainer's state: {(e is JsonException ? $"not JSON: {e.Message.TrimEnd('.')}" : "global_step, epoch, total_flos or log_history is missing or of the wrong kind")}; name another checkpoint", e);
        }
    }

    /// <summary>A value as it is written again: whole numbers stay whole.</summary>
    internal static object? Value(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when name == "step" => value.GetInt32(),
        JsonValueKind.Number when value.TryGetInt64(out long whole) && !value.GetRawText().Contains('.', StringComparison.Ordinal) => whole,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Null => null,
        _ => value.ToString(),
    };
}
