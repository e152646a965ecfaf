using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class OutputTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(0.0005, "0.0005")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(1.70370868554659e-05, "1.70370868554659e-05")]
    [InlineData(21680652288.0, "21680652288.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(0.2727272727272727, "0.2727272727272727")]
    [InlineData(-100.0, "-100.0")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(5e-324, "5e-324")]
    public void Numbers_are_written_as_python_does(double x, string text) => Assert.Equal(text, PythonFloat.Format(x));

    [Fact, Trait("Category", "Property")]
    public void Written_numbers_read_back() =>
        Prop.ForAll<NormalFloat>(x => double.Parse(PythonFloat.Format(x.Get), CultureInfo.InvariantCulture).Equals(x.Get)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(3.125, 2, 3.12)]
    [InlineData(9.375, 2, 9.38)]
    [InlineData(2.675, 2, 2.67)]
    [InlineData(7.04325, 4, 7.0432)]
    [InlineData(0.00005, 4, 0.0001)]
    public void Rounding_is_half_to_even_on_the_binary_value(double x, int digits, double y) => Assert.Equal(y, PythonFloat.Round(x, digits));

    [Fact]
    public void Times_have_hours_and_days()
    {
        Assert.Equal("0:00:59", TrainerLog.Clock(TimeSpan.FromSeconds(59.9)));
        Assert.Equal("1 day, 1:01:01", TrainerLog.Clock(new TimeSpan(1, 1, 1, 1)));
    }

    [Fact]
    public void Json_escapes_what_is_not_ascii() => Assert.Equal("{\"a\": [1, \"\\u00e9\\ud83d\\ude00\\n\\\"\"], \"b\": {}}",
        PythonJson.Write(new Dictionary<string, object?> { ["b"] = new Dictionary<string, object?>(), ["a"] = new object[] { 1, "é😀\n\"" } }, 0, sorted: true));

    [Fact]
    public void Adapter_configs_match_modules()
    {
        string folder = Directory.CreateTempSubdirectory("adapter").FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "layers.1.mlp.up_proj"], "layers_to_transform": [0, 1], "rank_pattern": {"q_proj": 4, "layers\\.0\\..*": 2}, "alpha_pattern": {"up_proj": 32}, "use_rslora": false, "unknown": 1}""");
        AdapterConfig c = AdapterConfig.Load(folder);
        Assert.True(c.Targets("model.layers.0.self_attn.q_proj"));
        Assert.False(c.Targets("model.layers.2.self_attn.q_proj"));
        Assert.True(c.Targets("model.layers.1.mlp.up_proj"));
        Assert.False(c.Targets("model.layers.0.mlp.up_proj"));
        Assert.Equal((4, 4.0), (c.RankOf("model.layers.0.self_attn.q_proj"), c.ScaleOf("model.layers.0.self_attn.q_proj")));
        Assert.Equal((8, 4.0), (c.RankOf("model.layers.1.mlp.up_proj"), c.ScaleOf("model.layers.1.mlp.up_proj")));
        AdapterConfig pattern = c with { TargetModules = null, TargetPattern = @".*\.(q|k)_proj", LayersToTransform = null };
        Assert.True(pattern.Targets("model.layers.0.self_attn.k_proj"));
        Assert.False(pattern.Targets("model.layers.0.self_attn.k_proj_norm"));
        pattern.Save(folder);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "adapter_config.json")), AdapterConfigJson.Write(AdapterConfig.Load(folder)));
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type": "LOHA"}""");
        Assert.Contains("'LOHA' is not supported", Assert.Throws<UsageException>(() => AdapterConfig.Load(folder)).Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_file_is_whole_or_absent()
    {
        string folder = Directory.CreateTempSubdirectory("atomic").FullName, file = Path.Combine(folder, "a");
        AtomicFile.WriteText(file, "one");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(file, s => { s.WriteByte(0); throw new InvalidOperationException(); }));
        Assert.Equal("one", File.ReadAllText(file));
        string place = Path.Combine(folder, "checkpoint-1");
        using (var f = new AtomicFolder(place)) File.WriteAllText(Path.Combine(f.Folder, "x"), "1");
        Assert.False(Directory.Exists(place));
        for (int i = 0; i < 2; i++)
        {
            using var f = new AtomicFolder(place);
            File.WriteAllText(Path.Combine(f.Folder, "x"), $"{i}");
            f.Commit();
        }
        Assert.Equal("1", File.ReadAllText(Path.Combine(place, "x")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public void The_curve_is_drawn(int points)
    {
        var random = new Mt19937(1);
        var plot = new LossPlot("loss", Enumerable.Range(1, points).Select(i => (i * 10, 1.2 + 2.5 * Math.Exp(-i / 40.0) + 0.4 * (random.NextFloat() - 0.5))).Append((points * 10 + 10, double.NaN)));
        string svg = plot.ToSvg();
        System.Xml.Linq.XDocument.Parse(svg);
        byte[] png = plot.ToPng();
        Assert.Equal("IHDR"u8.ToArray(), png[12..16]);
        Assert.True(png.Length < 200_000);
        using var zlib = new ZLibStream(new MemoryStream(png, 41, png.Length - 41 - 16), CompressionMode.Decompress);
        var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        Assert.Equal(960 * (1600 * 3 + 1), pixels.Length);
        if (Environment.GetEnvironmentVariable("PLOT_OUT") is { } folder && points == 200) plot.Save(folder);
    }

    [Fact]
    public void Smoothing_follows_the_formula()
    {
        double w = 1.8 * (1 / (1 + Math.Exp(-0.15)) - 0.5);
        Assert.Equal([1.0, w + (1 - w) * 2, w * (w + (1 - w) * 2) + (1 - w) * 3], LossPlot.Smooth([1, 2, 3]));
    }

    [Fact]
    public void A_state_can_be_read_back()
    {
        string folder = Directory.CreateTempSubdirectory("state").FullName;
        var state = new TrainerState { GlobalStep = 2, Epoch = 0.5, MaxSteps = 4, TotalFlos = 1e9 };
        state.Log(1, 0.25, 2.34567, 1.5, 0.0);
        state.Log(2, 0.5, 1.5, null, 1e-4);
        state.Save(folder);
        var again = new TrainerState { MaxSteps = 4 };
        again.Resume(folder);
        Assert.Equal(state.ToJson(), again.ToJson());
        Assert.Equal([(1, 2.3457), (2, 1.5)], again.Losses());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Evaluations_tokens_and_the_best_checkpoint_are_kept()
    {
        string folder = Directory.CreateTempSubdirectory("state").FullName;
        var state = new TrainerState { GlobalStep = 2, Epoch = 0.5, MaxSteps = 4, NumInputTokensSeen = 100 };
        IReadOnlyDictionary<string, object?> entry = state.Log(2, 0.5, 2.5, null, 0.1, new Dictionary<string, double> { ["rewards/accuracies"] = 0.75 });
        Assert.Equal(["epoch", "learning_rate", "loss", "num_input_tokens_seen", "rewards/accuracies", "step"], entry.Keys.Order(StringComparer.Ordinal));
        IReadOnlyDictionary<string, object?> evaluation = state.LogEvaluation(new Dictionary<string, object?> { ["eval_loss"] = 2.0, ["eval_accuracy"] = 0.5 });
        Assert.Equal((2, 0.5, 100L), ((int)evaluation["step"]!, (double)evaluation["epoch"]!, (long)evaluation["num_input_tokens_seen"]!));
        Assert.False(state.Consider(double.NaN, false));
        Assert.Null(state.BestMetric);
        Assert.True(state.Consider(2.0, greaterIsBetter: false));
        state.GlobalStep = 4;
        Assert.False(state.Consider(2.0, greaterIsBetter: false));
        Assert.False(state.Consider(3.0, greaterIsBetter: false));
        Assert.True(state.Consider(3.0, greaterIsBetter: true));
        state.BestModelCheckpoint = "saves/checkpoint-4";
        state.Save(folder);
        var again = new TrainerState { MaxSteps = 4 };
        again.Resume(folder);
        Assert.Equal(state.ToJson(), again.ToJson());
        Assert.Equal((3.0, 4, "saves/checkpoint-4", 100), (again.BestMetric, again.BestGlobalStep, again.BestModelCheckpoint, again.NumInputTokensSeen));
        Assert.Equal([(2, 2.0)], again.Points("eval_loss"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Log_lines_keep_the_order_of_their_keys()
    {
        var line = new TrainerLogLine(5, 20, TimeSpan.FromSeconds(10)) { Loss = 1.23456, EvalLoss = 1.23456, PredictLoss = 1, Reward = 2, Accuracy = 0.5, LearningRate = 1e-4, Epoch = 0.5, TotalTokens = 1234 };
        Assert.Equal("{\"current_steps\": 5, \"total_steps\": 20, \"loss\": 1.2346, \"eval_loss\": 1.23456, \"predict_loss\": 1.0, \"reward\": 2.0, \"accuracy\": 0.5, \"lr\": 0.0001, \"epoch\": 0.5, "
            + "\"percentage\": 25.0, \"elapsed_time\": \"0:00:10\", \"remaining_time\": \"0:00:30\", \"throughput\": 123.4, \"total_tokens\": 1234}", line.ToJson());
        string folder = Directory.CreateTempSubdirectory("log").FullName;
        var log = new TrainerLog(folder, 12);
        Assert.Equal([5, 10], Enumerable.Range(1, 12).Where(batch => log.AddProgress(batch, TimeSpan.FromSeconds(batch))));
        Assert.Equal("{\"current_steps\": 5, \"total_steps\": 12, \"percentage\": 41.67, \"elapsed_time\": \"0:00:05\", \"remaining_time\": \"0:00:07\"}", File.ReadLines(Path.Combine(folder, "trainer_log.jsonl")).First());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Results_of_all_phases_are_joined()
    {
        string folder = Directory.CreateTempSubdirectory("results").FullName, all = Path.Combine(folder, "all_results.json");
        new TrainResults(1.5, 1e9, 2.25, TimeSpan.FromSeconds(2), 10, 4) { NumInputTokensSeen = 7, EffectiveTokensPerSecond = 12.5 }.Save(folder);
        var values = new Dictionary<string, object?> { ["epoch"] = 1.5, ["eval_loss"] = 2.0 };
        ResultFiles.AddSpeed(values, "eval", TimeSpan.FromSeconds(0.5), 7, 4);
        ResultFiles.Save(folder, "eval", values);
        Assert.Equal("{\n    \"epoch\": 1.5,\n    \"eval_loss\": 2.0,\n    \"eval_runtime\": 0.5,\n    \"eval_samples_per_second\": 14.0,\n    \"eval_steps_per_second\": 8.0\n}", File.ReadAllText(Path.Combine(folder, "eval_results.json")));
        ResultFiles.Save(folder, "eval", new Dictionary<string, object?> { ["eval_loss"] = 1.0 });
        Dictionary<string, JsonElement> joined = JsonDocument.Parse(File.ReadAllText(all)).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        Assert.Equal(["effective_tokens_per_sec", "epoch", "eval_loss", "eval_runtime", "eval_samples_per_second", "eval_steps_per_second", "num_input_tokens_seen", "total_flos", "train_loss", "train_runtime", "train_samples_per_second", "train_steps_per_second"], joined.Keys);
        Assert.Equal(("1.0", "7", "2.25"), (joined["eval_loss"].GetRawText(), joined["num_input_tokens_seen"].GetRawText(), joined["train_loss"].GetRawText()));
        File.WriteAllText(all, "no");
        Assert.Contains("all_results.json: not a file of results", Assert.Throws<UsageException>(() => ResultFiles.Save(folder, "eval", values)).Message);
        Assert.Equal(5.0, TrainResults.TokensPerSecond(10, 1.5, TimeSpan.FromSeconds(3)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Predictions_are_written_as_they_are()
    {
        string folder = Directory.CreateTempSubdirectory("predictions").FullName;
        GeneratedPredictions.Save(folder, [("问\n", "a\"\u001f\u007f", "é😀"), ("", "", "")]);
        Assert.Equal("{\"prompt\": \"问\\n\", \"predict\": \"a\\\"\\u001f\u007f\", \"label\": \"é😀\"}\n{\"prompt\": \"\", \"predict\": \"\", \"label\": \"\"}\n", File.ReadAllText(Path.Combine(folder, "generated_predictions.jsonl")));
        Dictionary<string, object?> classes = GeneratedPredictions.Results([("yes", "yes"), ("no", "no"), ("yes", "no"), ("yes", "yes")]);
        Assert.Equal(["predict_accuracy", "predict_bleu-4", "predict_macro_f1", "predict_rouge-1", "predict_rouge-2", "predict_rouge-l"], classes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0.75, classes["predict_accuracy"]);
        Assert.Equal(4, GeneratedPredictions.Results([("yes", "a text")]).Count);
        Assert.Empty(GeneratedPredictions.Results([]));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_metric_of_a_run_is_drawn()
    {
        string folder = Directory.CreateTempSubdirectory("plots").FullName;
        var state = new TrainerState();
        for (int step = 1; step <= 60; step++)
        {
            (state.GlobalStep, state.Epoch) = (step, step / 20.0);
            state.Log(step, state.Epoch, 3 / Math.Sqrt(step), 1, 5e-5 * Math.Min(step / 10.0, (60 - step) / 50.0));
            if (step % 10 == 0) state.LogEvaluation(new Dictionary<string, object?> { ["eval_loss"] = 3.2 / Math.Sqrt(step), ["eval_accuracy"] = 1 - 1 / Math.Sqrt(step), ["eval_runtime"] = 1.0, ["eval_my<set_loss"] = 1.0, ["eval_rewards/accuracies"] = step == 30 ? 0.5 : 0.75 });
        }
        Assert.Equal(["eval_accuracy", "eval_loss", "eval_my<set_loss", "eval_rewards/accuracies", "learning_rate", "loss"], LossPlot.SaveAll(folder, state));
        string[] names = ["training_eval_accuracy", "training_eval_loss", "training_eval_my<set_loss", "training_eval_rewards_accuracies", "training_learning_rate", "training_loss"];
        Assert.Equal(names.SelectMany(n => new[] { n + ".png", n + ".svg" }), Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string svg = File.ReadAllText(Path.Combine(folder, "training_eval_accuracy.svg"));
        Assert.Equal(6, System.Text.RegularExpressions.Regex.Count(svg, "<circle"));         // few points are shown one by one
        Assert.Contains(">training eval accuracy<", svg);
        Assert.Contains(">smoothed<", svg);
        string rate = File.ReadAllText(Path.Combine(folder, "training_learning_rate.svg"));
        Assert.Contains(">5e-5<", rate);
        Assert.DoesNotContain("smoothed", rate);                                             // a schedule does not scatter
        foreach (string file in Directory.GetFiles(folder, "*.svg")) System.Xml.Linq.XDocument.Load(file);
        if (Environment.GetEnvironmentVariable("PLOT_OUT") is { } place)
            foreach (string file in Directory.GetFiles(folder)) File.Copy(file, Path.Combine(place, Path.GetFileName(file)), overwrite: true);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_model_card_has_a_head_that_hubs_can_read()
    {
        Recipe r = RecipeReader.Parse("model_name_or_path: C:\\m\noutput_dir: saves/x\ndataset: a\ntemplate: llama3\nmax_steps: 3");
        string card = ModelCard.Write(r, new TrainingPlan(8, r), null);
        string[] parts = card.Split("---\n");
        Assert.Equal("", parts[0]);
        Assert.Contains("base_model: \"C:\\\\m\"", parts[1]);
        var yaml = new YamlDotNet.RepresentationModel.YamlStream();
        yaml.Load(new StringReader(parts[1]));
        Assert.DoesNotContain("evaluation", card, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_model_card_lists_evaluations()
    {
        Recipe r = RecipeReader.Parse("model_name_or_path: m\noutput_dir: saves/x\ndataset: a\ntemplate: llama3\nmax_steps: 3");
        var state = new TrainerState { GlobalStep = 1, Epoch = 1 / 3.0 };
        state.LogEvaluation(new Dictionary<string, object?> { ["eval_loss"] = 2.123456, ["eval_accuracy"] = 0.25, ["eval_runtime"] = 1.0, ["eval_samples_per_second"] = 9.0 });
        (state.GlobalStep, state.Epoch) = (2, 2 / 3.0);
        state.Log(2, state.Epoch, 1.98771, 1, 0.1);
        state.LogEvaluation(new Dictionary<string, object?> { ["eval_loss"] = 1.5, ["eval_accuracy"] = 0.5 });
        string card = ModelCard.Write(r, new TrainingPlan(8, r), null, state);
        Assert.Contains("On the evaluation set it reaches:\n- Loss: 1.5\n- Accuracy: 0.5\n\n", card);
        Assert.Contains("| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n|:---:|:---:|:---:|:---:|:---:|\n| No log | 0.3333 | 1 | 2.1235 | 0.25 |\n| 1.9877 | 0.6667 | 2 | 1.5 | 0.5 |\n", card);
    }

    [Theory]
    [InlineData("trainer_log.csv", true)]
    [InlineData("training_eval_loss.png", true)]
    [InlineData("generated_predictions.jsonl", true)]
    [InlineData("model-00001-of-00002.safetensors", true)]
    [InlineData("training_data.json", false)]
    [InlineData("notes.txt", false)]
    public void Files_of_a_run_are_known_by_name(string name, bool known) => Assert.Equal(known, OutputFiles.IsOfARun(name));
}

/// <summary>The text files of the reference's runs, made again from their numbers.</summary>
[Trait("Category", "Golden")]
public class GoldenOutputTests
{
    public static TheoryData<string> Runs => GoldenRunTests.Runs();

    private static string Folder(string name)
    {
        Skip.If(name.Length == 0, $"no golden cases in {Repository.GoldenRoot} (set GOLDEN_ROOT)");
        return Path.Combine(Repository.GoldenRoot, name, "output");
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void The_state_is_the_same_text(string name)
    {
        foreach (string file in Directory.GetFiles(Folder(name), "trainer_state.json", SearchOption.AllDirectories))
        {
            JsonElement e = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
            var state = new TrainerState
            {
                MaxSteps = e.GetProperty("max_steps").GetInt32(),
                NumTrainEpochs = e.GetProperty("num_train_epochs").GetInt32(),
                LoggingSteps = e.GetProperty("logging_steps").GetInt32(),
                SaveSteps = e.GetProperty("save_steps").GetInt32(),
                EvalSteps = e.GetProperty("eval_steps").GetInt32(),
                TrainBatchSize = e.GetProperty("train_batch_size").GetInt32(),
            };
            state.Resume(Path.GetDirectoryName(file)!);
            Assert.Equal(File.ReadAllText(file), state.ToJson());
        }
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void The_log_has_the_same_lines(string name)
    {
        foreach (string line in File.ReadAllLines(Path.Combine(Folder(name), "trainer_log.jsonl")))
        {
            JsonElement e = JsonDocument.Parse(line).RootElement;
            double? Get(string key) => e.TryGetProperty(key, out JsonElement v) ? v.GetDouble() : null;
            string ours = new TrainerLogLine(e.GetProperty("current_steps").GetInt32(), e.GetProperty("total_steps").GetInt32(), TimeSpan.Zero)
            {
                Loss = Get("loss"),
                EvalLoss = Get("eval_loss"),
                PredictLoss = Get("predict_loss"),
                Reward = Get("reward"),
                Accuracy = Get("accuracy"),
                LearningRate = Get("lr"),
                Epoch = Get("epoch"),
            }.ToJson();
            Assert.Equal(Timeless(line), Timeless(ours));
        }

        static string Timeless(string line) => System.Text.RegularExpressions.Regex.Replace(line, "\"\\d+:\\d\\d:\\d\\d\"", "\"\"");
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Schedule_and_epochs_give_the_logged_numbers(string name)
    {
        GoldenCase golden = GoldenCase.Load(Path.GetDirectoryName(Folder(name))!);
        Skip.IfNot(golden.Settings.GetProperty("stage").GetString() is "sft" or "pt", "other stages are refused");
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"));
        var plan = new TrainingPlan(golden.Json.TryGetProperty("train_rows", out JsonElement rows) ? rows.GetInt32() : r.MaxSamples!.Value, r);
        LearningRateSchedule schedule = LearningRateSchedule.For(r, plan);
        int step = 0;
        foreach (string line in File.ReadAllLines(golden.Path("output/trainer_log.jsonl")))
        {
            JsonElement e = JsonDocument.Parse(line).RootElement;
            if (!e.TryGetProperty("lr", out JsonElement lr)) continue;
            // Equal, not near: the log shows every digit.
            Assert.Equal(lr.GetDouble(), schedule.LearningRate(step++));
            Assert.Equal(e.GetProperty("epoch").GetDouble(), plan.EpochAt(step));
        }
        Assert.Equal(plan.TotalSteps, step);
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Results_are_the_same_text(string name)
    {
        string file = Path.Combine(Folder(name), "train_results.json");
        JsonElement e = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
        double runtime = e.GetProperty("train_runtime").GetDouble(), samples = e.GetProperty("train_samples_per_second").GetDouble();
        var results = new TrainResults(e.GetProperty("epoch").GetDouble(), e.GetProperty("total_flos").GetDouble(), e.GetProperty("train_loss").GetDouble(), TimeSpan.FromSeconds(runtime), Math.Round(samples * runtime), (int)Math.Round(e.GetProperty("train_steps_per_second").GetDouble() * runtime));
        static string Timeless(string text) => System.Text.RegularExpressions.Regex.Replace(text, "(per_second\": )[0-9.]+", "$1");
        Assert.Equal(Timeless(File.ReadAllText(file)), Timeless(results.ToJson()));
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void The_adapter_config_is_the_same_text(string name)
    {
        string file = Path.Combine(Folder(name), "adapter_config.json");
        Skip.IfNot(File.Exists(file), "this run has no adapter");
        Assert.Equal(File.ReadAllText(file), AdapterConfigJson.Write(AdapterConfig.Load(Folder(name))));
        GoldenCase golden = GoldenCase.Load(Path.GetDirectoryName(Folder(name))!);
        if (golden.Settings.GetProperty("stage").GetString() is not ("sft" or "pt")) return;
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"));
        Assert.Equal(File.ReadAllText(file), AdapterConfigJson.Write(AdapterConfig.For(r, AdapterConfig.Load(Folder(name)).TargetModules!)));
    }
}
