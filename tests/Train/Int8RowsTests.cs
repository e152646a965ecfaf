using System.Text.Json;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary><c>pure_tuner.int8_activations</c>: by itself in answers where there is a unit, in training only where it is asked for, refused by name where nothing can.</summary>
[Trait("Category", "Unit"), Collection(nameof(MatrixUnitsCollection))]
public sealed class Int8RowsTests : IDisposable
{
    private const string Prompt = "Who are you, and where do you live? Tell me about the place and its people.";
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "examples", "quickstart");
    private readonly string _temp = Directory.CreateTempSubdirectory("int8-rows").FullName;
    private readonly string _gguf;

    public Int8RowsTests()
    {
        _gguf = Path.Combine(_temp, "model.gguf");
        using LanguageModel model = LanguageModel.Load(Path.Combine(s_quickstart, "model"));
        GgufExport.Write(_gguf, model.Decoder, model.Tokenizer, GgufType.Find("Q8_0")!);
    }

    public void Dispose()
    {
        CpuBackend.IntegersForTests = null;
        Directory.Delete(_temp, recursive: true);
    }

    [SkippableFact]
    public void Answers_are_rounded_where_there_is_a_unit()
    {
        StandIn();
        (float[] rounded, List<string> said) = Logits("pure_tuner.int8_activations=auto");
        string line = Assert.Single(said);
        Assert.Equal($"int8_activations: rows of prompts and batches are rounded to 8 bits before they meet weights in Q8_0 ({CpuBackend.IntegersForTests!.Name} multiplies int8); pure_tuner.int8_activations=false computes in f32", line);
        (float[] asked, said) = Logits("pure_tuner.int8_activations=true", "threads=1");
        Assert.Equal(rounded, asked);
        Assert.Single(said);
        (float[] plain, said) = Logits("pure_tuner.int8_activations=false");
        Assert.Empty(said);
        Assert.Equal(plain, Logits("matrix_units=off").Logits);
        double off = Math.Sqrt(plain.Zip(rounded, (x, y) => (double)(x - y) * (x - y)).Sum() / plain.Sum(x => (double)x * x));
        Assert.InRange(off, 1e-5, 0.05);
    }

    [Fact]
    public void Without_a_unit_answers_are_those_of_f32_and_asking_says_why()
    {
        CpuBackend.IntegersForTests = Int8Kinds.Narrow with { Emit = static _ => throw new NotSupportedException("the system does not let memory be executed: no") };
        (float[] auto, List<string> said) = Logits();
        Assert.Empty(said);
        Assert.Equal(Logits("pure_tuner.int8_activations=false").Logits, auto);
        Refused("no matrix unit is used: avx2-int8: the system does not let memory be executed: no; leave the key out", _gguf);
        Refused("matrix units are switched off; leave the key out", _gguf, "matrix_units=off");
        Refused("is stored in Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or IQ4_NL, so nothing would be rounded; leave the key out", Path.Combine(s_quickstart, "model"));

        static void Refused(string why, string model, params string[] more)
        {
            UsageException e = Assert.Throws<UsageException>(() => InferenceRecipe.LoadToAnswer(InferenceRecipe.Read(model, ["pure_tuner.int8_activations=true", .. more])));
            Assert.Contains("pure_tuner.int8_activations: ", e.Message);
            Assert.EndsWith(why, e.Message);
        }
    }

    /// <summary>Products in bf16, asked for by name, are not taken away by what nobody asked for.</summary>
    [SkippableFact]
    public void Asking_for_bf16_is_heard()
    {
        StandIn();
        CpuBackend.PanelsForTests = PanelKind.Narrow;
        try
        {
            (float[] bf16, List<string> said) = Logits("pure_tuner.bf16_products=true");
            Assert.Empty(said);
            (float[] both, said) = Logits("pure_tuner.bf16_products=true", "pure_tuner.int8_activations=true");
            Assert.Single(said);
            Assert.NotEqual(bf16, both);
        }
        finally
        {
            CpuBackend.PanelsForTests = null;
        }
    }

    [SkippableFact]
    public void Training_is_rounded_only_where_that_is_asked_for()
    {
        StandIn();
        (double auto, List<string> said) = Train("auto");
        Assert.DoesNotContain(said, n => n.Contains("int8_activations", StringComparison.Ordinal));
        (double off, _) = Train("off", "pure_tuner.int8_activations=false");
        (double rounded, said) = Train("true", "pure_tuner.int8_activations=true");
        Assert.Contains(said, n => n.StartsWith("int8_activations: rows of prompts and batches are rounded to 8 bits before they meet weights in Q8_0 (", StringComparison.Ordinal));
        (double again, _) = Train("again", "pure_tuner.int8_activations=true", "threads=1");
        Assert.Equal(off, auto);
        Assert.Equal(rounded, again);
        Assert.NotEqual(off, rounded);
        Assert.InRange(rounded / off, 0.98, 1.02);
        CpuBackend.IntegersForTests = Int8Kinds.Narrow with { Emit = static _ => throw new NotSupportedException("no") };
        Assert.Contains("pure_tuner.int8_activations: no matrix unit is used", Assert.Throws<UsageException>(() => Train("none", "pure_tuner.int8_activations=true")).Message);
    }

    /// <summary>A run that goes on otherwise than it began says so.</summary>
    [Fact]
    public void The_setting_is_kept_with_a_checkpoint()
    {
        Assert.Equal("false", ResumePoint.SettingsOf(RecipeReader.Parse("lora_rank: 4", "r.yaml", []))["pure_tuner.int8_activations"]);
        Assert.Equal("true", ResumePoint.SettingsOf(RecipeReader.Parse("pure_tuner:\n  int8_activations: true", "r.yaml", []))["pure_tuner.int8_activations"]);
    }

    [Fact]
    public void The_key_is_read()
    {
        Assert.Equal("auto", RecipeReader.Parse("lora_rank: 4", "r.yaml", []).PureTuner.Int8Activations);
        Assert.Equal("false", RecipeReader.Parse("pure_tuner: {int8_activations: false}", "r.yaml", []).PureTuner.Int8Activations);
        UsageException e = Assert.Throws<UsageException>(() => RecipeReader.Parse("pure_tuner:\n  int8_activations: tru", "r.yaml", []));
        Assert.Equal("r.yaml:2: int8_activations: expected one of auto, true, false, found 'tru'; did you mean 'true'?", e.Message);
    }

    private static void StandIn()
    {
        PanelKind kind = MatrixUnits.Here.Int8 ?? Int8Kinds.Narrow;
        Skip.If(kind.Obstacle is not null, $"no code of our own can be run here: {kind.Obstacle}");
        CpuBackend.IntegersForTests = kind;
    }

    private (float[] Logits, List<string> Said) Logits(params string[] settings)
    {
        var said = new List<string>();
        using LanguageModel model = InferenceRecipe.LoadToAnswer(InferenceRecipe.Read(_gguf, settings), said.Add);
        int[] ids = model.Tokenizer.Encode(Prompt);
        Assert.True(ids.Length > 8);
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(ids.Length);
        return (model.Decoder.Logits(model.Decoder.Hidden(ids, context), context).ToArray<float>(), said);
    }

    private (double Loss, List<string> Said) Train(string name, params string[] more)
    {
        Recipe recipe = RecipeReader.Read(Path.Combine(s_quickstart, "lora_sft.yaml"),
        [
            $"model_name_or_path={_gguf}", $"dataset_dir={Path.Combine(s_quickstart, "data")}", $"output_dir={Path.Combine(_temp, name)}", "plot_loss=false", "bf16=false", "lora_rank=2", "max_samples=4", "cutoff_len=24",
            "per_device_train_batch_size=2", "gradient_accumulation_steps=1", "max_steps=2", "save_strategy=no", "pure_tuner.answers=0", .. more,
        ]);
        var report = new Listener();
        new TrainingRun(recipe, report).Run();
        return (JsonDocument.Parse(File.ReadAllText(Path.Combine(recipe.OutputDir!, "all_results.json"))).RootElement.GetProperty("train_loss").GetDouble(), report.Notices);
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
