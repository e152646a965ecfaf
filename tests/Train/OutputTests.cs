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
    public void A_model_card_has_a_head_that_hubs_can_read()
    {
        Recipe r = RecipeReader.Parse("model_name_or_path: C:\\m\noutput_dir: saves/x\ndataset: a\ntemplate: llama3\nmax_steps: 3");
        string card = ModelCard.Write(r, new TrainingPlan(8, r), null);
        string[] parts = card.Split("---\n");
        Assert.Equal("", parts[0]);
        Assert.Contains("base_model: \"C:\\\\m\"", parts[1]);
        var yaml = new YamlDotNet.RepresentationModel.YamlStream();
        yaml.Load(new StringReader(parts[1]));
    }
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
            if (e.TryGetProperty("eval_loss", out _) || e.TryGetProperty("accuracy", out _)) continue;
            double? Get(string key) => e.TryGetProperty(key, out JsonElement v) ? v.GetDouble() : null;
            string ours = TrainerLog.Line(e.GetProperty("current_steps").GetInt32(), e.GetProperty("total_steps").GetInt32(), Get("epoch")!.Value, TimeSpan.Zero, Get("loss"), Get("lr"));
            Assert.Equal(Timeless(line), Timeless(ours));
        }

        static string Timeless(string line) => System.Text.RegularExpressions.Regex.Replace(line, "\"\\d+:\\d\\d:\\d\\d\"", "\"\"");
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Schedule_and_epochs_give_the_logged_numbers(string name)
    {
        GoldenCase golden = GoldenCase.Load(Path.GetDirectoryName(Folder(name))!);
        Skip.IfNot(golden.Settings.GetProperty("stage").GetString() == "sft", "other stages are refused");
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"), null, [.. GoldenRunTests.Later, "finetuning_type", "neat_packing", "packing"]);
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
        if (golden.Settings.GetProperty("stage").GetString() != "sft") return;
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"), null, [.. GoldenRunTests.Later, "neat_packing", "packing"]);
        Assert.Equal(File.ReadAllText(file), AdapterConfigJson.Write(AdapterConfig.For(r, AdapterConfig.Load(Folder(name)).TargetModules!)));
    }
}
