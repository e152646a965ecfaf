using System.Text.Json;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Alone: it gives every backend that is opened meanwhile a kernel for BF16.</summary>
[CollectionDefinition(nameof(MatrixUnitsCollection), DisableParallelization = true)]
public class MatrixUnitsCollection;

/// <summary><c>bf16: true</c> on the processor: computed by a matrix unit where there is one, told in one line, switched off by a key.</summary>
[Trait("Category", "Unit"), Collection(nameof(MatrixUnitsCollection))]
public sealed class MatrixUnitsRecipeTests : IDisposable
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "examples", "quickstart");
    private readonly string _temp = Directory.CreateTempSubdirectory("units").FullName;

    public void Dispose()
    {
        CpuBackend.PanelsForTests = null;
        Directory.Delete(_temp, recursive: true);
    }

    [SkippableFact]
    public void Bf16_is_computed_by_the_unit_and_off_is_f32_to_the_bit()
    {
        string? obstacle = (MatrixUnits.Here.BF16 ?? PanelKind.Narrow).Obstacle;
        Skip.If(obstacle is not null, $"no code of our own can be run here: {obstacle}");
        CpuBackend.PanelsForTests = MatrixUnits.Here.BF16 ?? PanelKind.Narrow;
        (double f32, List<string> said) = Train("f32");
        Assert.DoesNotContain(said, n => n.Contains("bf16: true", StringComparison.Ordinal));
        (double rounded, said) = Train("bf16", "bf16=true");
        Assert.Contains($"bf16: true: products of matrices take bf16 and add up in f32; norms, softmax, loss, trained tensors and optimizer are f32 ({CpuBackend.PanelsForTests.Name} multiplies bf16)", said);
        (double again, _) = Train("again", "bf16=true", "threads=1");
        (double without, _) = Train("without", "bf16=true", "pure_tuner.weight_panels=off");
        (double off, said) = Train("off", "bf16=true", "matrix_units=off");
        Assert.Contains("bf16: true: the frozen base stays stored as in the file; computation and trained tensors are f32 on this device (matrix units are switched off)", said);
        (_, said) = Train("pure", "bf16=true", "pure_bf16=true");
        Assert.Contains($"bf16: true: products of matrices take bf16 and add up in f32; norms, softmax, loss and optimizer are f32, trained tensors are stored in bf16 (pure_bf16) ({CpuBackend.PanelsForTests.Name} multiplies bf16)", said);
        (_, said) = Train("pure off", "bf16=true", "pure_bf16=true", "matrix_units=off");
        Assert.Contains("bf16: true: the frozen base stays stored as in the file and trained tensors in bf16 (pure_bf16); computation is f32 on this device (matrix units are switched off)", said);
        Assert.Equal(f32, off);
        Assert.Equal(rounded, again);
        Assert.Equal(rounded, without);
        Assert.NotEqual(f32, rounded);
        Assert.InRange(rounded / f32, 0.99, 1.01);
    }

    [SkippableFact]
    public void Without_a_unit_one_line_says_why()
    {
        Skip.If(MatrixUnits.Here.BF16 is not null, "this processor has a matrix unit");
        (_, List<string> said) = Train("none", "bf16=true");
        Assert.Contains($"bf16: true: the frozen base stays stored as in the file; computation and trained tensors are f32 on this device ({MatrixUnits.Here.BF16State})", said);
    }

    /// <summary>The processor has the unit and the system does not let its code be loaded: found out when it is first wanted, and no reason to end a run.</summary>
    [Fact]
    public void A_unit_that_cannot_be_loaded_leaves_f32()
    {
        (double f32, _) = Train("plain");
        CpuBackend.PanelsForTests = PanelKind.Narrow with { Emit = static _ => throw new NotSupportedException("the system does not let memory be executed: no") };
        const string Why = "no matrix unit is used: avx2: the system does not let memory be executed: no";
        (double loss, List<string> said) = Train("broken", "bf16=true");
        Assert.Contains($"bf16: true: the frozen base stays stored as in the file; computation and trained tensors are f32 on this device ({Why})", said);
        Assert.Equal(f32, loss);
        using var cpu = new CpuBackend(1);
        Assert.Equal(Why, cpu.MatrixUnitState);
        Assert.False(cpu.Multiplies(DType.BF16));
        Assert.Throws<NotSupportedException>(() => cpu.ProductType = DType.BF16);
    }

    [SkippableFact]
    public void Answers_take_the_unit_where_they_ask_for_it()
    {
        string model = Path.Combine(s_quickstart, "model");
        Recipe recipe = InferenceRecipe.Read(model, ["pure_tuner.bf16_products=true"]), off = InferenceRecipe.Read(model, ["pure_tuner.bf16_products=true", "matrix_units=off"]);
        Assert.Contains("pure_tuner.bf16_products: matrix units are switched off; leave the key out", Assert.Throws<UsageException>(() => InferenceRecipe.LoadToAnswer(off)).Message);
        using (LanguageModel plain = InferenceRecipe.LoadToAnswer(InferenceRecipe.Read(model, []))) Assert.Equal(DType.F32, plain.Backend.ProductType);
        string? obstacle = (MatrixUnits.Here.BF16 ?? PanelKind.Narrow).Obstacle;
        Skip.If(obstacle is not null, $"no code of our own can be run here: {obstacle}");
        CpuBackend.PanelsForTests = MatrixUnits.Here.BF16 ?? PanelKind.Narrow;
        using LanguageModel rounded = InferenceRecipe.LoadToAnswer(recipe);
        Assert.Equal(DType.BF16, rounded.Backend.ProductType);
        Assert.NotEmpty(string.Concat(rounded.Stream("Who are you?", InferenceRecipe.Options(recipe with { MaxNewTokens = 3, DoSample = false }, []), default)));
    }

    [Theory]
    [InlineData("pure_tuner:\n  matrix_units: off", "off")]
    [InlineData("pure_tuner: {matrix_units: 'off'}", "off")]
    [InlineData("lora_rank: 4", "auto")]
    [InlineData("pure_tuner:\n  matrix_units: auto", "auto")]
    public void The_key_is_read(string yaml, string expected) => Assert.Equal(expected, RecipeReader.Parse(yaml, "r.yaml", []).PureTuner.MatrixUnits);

    [Fact]
    public void The_option_is_the_key()
    {
        Assert.Equal("off", RecipeReader.Parse("lora_rank: 4", "r.yaml", ["matrix_units=off"]).PureTuner.MatrixUnits);
        UsageException e = Assert.Throws<UsageException>(() => RecipeReader.Parse("pure_tuner:\n  matrix_units: of", "r.yaml", []));
        Assert.Equal("r.yaml:2: matrix_units: expected one of auto, off, found 'of'; did you mean 'off'?", e.Message);
    }

    private (double Loss, List<string> Said) Train(string name, params string[] more)
    {
        Recipe recipe = RecipeReader.Read(Path.Combine(s_quickstart, "lora_sft.yaml"),
        [
            $"model_name_or_path={Path.Combine(s_quickstart, "model")}", $"dataset_dir={Path.Combine(s_quickstart, "data")}", $"output_dir={Path.Combine(_temp, name)}", "plot_loss=false", "bf16=false", "lora_rank=2", "max_samples=4", "cutoff_len=24",
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
