namespace Pure.Tuner.Tests;

/// <summary>LoRA on a base that was rounded while it was loaded: the numbers of the same base dequantised, in a fraction of the memory.</summary>
[Trait("Category", "Unit")]
public sealed class QloraTests : IDisposable
{
    private static readonly string s_model = Path.Combine(Repository.Root, "examples", "quickstart", "model");
    private readonly string _temp = Directory.CreateTempSubdirectory("qlora").FullName;
    private readonly Backend _backend = Backends.Open("cpu", 2);

    public void Dispose()
    {
        Assert.Equal(0, _backend.LiveBlocks);
        _backend.Dispose();
        Directory.Delete(_temp, recursive: true);
    }

    private static Recipe Recipe(params string[] more) => RecipeReader.Parse(string.Join('\n', ["quantization_bit: 4", .. more]));

    private LanguageModel Rounded(params string[] more) => LanguageModel.Load(s_model, _backend, ModelWishes.Of(Recipe(more), null, _ => { }));

    private static double[] Losses(LanguageModel model, int steps)
    {
        IReadOnlyList<(string Name, Parameter Parameter)> trained = model.Trainables();
        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(trained, 1e-2, 0));
        var step = new SupervisedStep(model.Decoder, gradients, optimizer, new LearningRateSchedule("constant", 1e-2, 0, steps), 1) { Checkpoints = true };
        int[] ids = [.. Enumerable.Range(0, 40).Select(i => i * 37 % 1000)];
        return [.. Enumerable.Range(0, steps).Select(_ => step.Run([Batch.Pack(new EncodedRow(ids, [.. ids]))]).Loss)];
    }

    [Theory]
    [InlineData("quantization_type: nf4")]
    [InlineData("quantization_type: fp4\ndouble_quantization: false")]
    [InlineData("quantization_bit: 8")]
    public void It_learns_as_on_the_same_base_dequantised(string how)
    {
        string dense = Path.Combine(_temp, "dense");
        double[] packed, whole;
        using (LanguageModel model = LanguageModel.Load(s_model, _backend, ModelWishes.Of(RecipeReader.Parse(how.StartsWith("quantization_bit", StringComparison.Ordinal) ? how : "quantization_bit: 4\n" + how), null, _ => { })))
        {
            Assert.All(model.Decoder.Linears, l => Assert.IsType<QuantizedTensor>(l.Weight));
            Assert.IsType<Parameter>(model.Decoder.Embedding.Weight);
            model.StoreIn(DType.F32);
            model.Save(dense);
            model.AddLora(new LoraOptions { Rank = 4 });
            packed = Losses(model, 6);
        }
        using (LanguageModel model = LanguageModel.Load(dense, _backend))
        {
            model.AddLora(new LoraOptions { Rank = 4 });
            whole = Losses(model, 6);
        }
        Assert.True(packed[^1] < packed[0] - 0.1, $"{packed[0]} to {packed[^1]}");
        // The same sums in the same order: more than eight rows.
        Assert.Equal(whole, packed);
    }

    [Fact]
    public void Embedding_and_head_are_rounded_by_wish()
    {
        using LanguageModel model = Rounded("pure_tuner:", "  quantize_embedding: true");
        Assert.IsType<QuantizedTensor>(model.Decoder.Embedding.Weight);
        Assert.Same(model.Decoder.Embedding.Weight, model.Decoder.Head.Weight);
        model.AddLora(new LoraOptions { Rank = 4 });
        double[] losses = Losses(model, 4);
        Assert.True(losses[^1] < losses[0]);
    }

    [Fact]
    public void Loftq_starts_nearer_to_the_weights_than_rounding_does()
    {
        using LanguageModel model = Rounded();
        using Checkpoint file = Checkpoint.Open(s_model);
        foreach (Linear layer in model.Decoder.Linears.Take(7))
        {
            var packed = (QuantizedTensor)layer.Weight;
            LoftqStart start = LoftqStart.Of(packed, (row, y) => file.ReadRows(packed.Name, row, y), 8, 2);
            // Of noise without direction the leading eight of 64 to 256 directions hold more than their even share.
            int least = Math.Min(layer.In, layer.Out);
            Assert.InRange(start.After / start.Before, 0.5, Math.Sqrt(1 - 8.0 / least));
        }
        model.AddAdapter(new LoraOptions { Rank = 8 }.ToConfig(model), 42, loftq: true);
        Assert.Contains(model.Adapter!.Parameters, p => p.Name.EndsWith("lora_B.weight", StringComparison.Ordinal) && p.Value.ToArray<float>().Any(v => v != 0));
    }

    [Fact]
    public void Loftq_of_a_base_that_was_never_whole_is_refused()
    {
        using LanguageModel model = LanguageModel.Load(s_model, _backend);
        UsageException e = Assert.Throws<UsageException>(() => model.AddAdapter(new LoraOptions().ToConfig(model), 42, loftq: true));
        Assert.Contains("pure_tuner.loftq_init: needs the weights as they were before rounding", e.Message);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Merged_for_a_file_it_is_the_merged_model(bool dora)
    {
        float[] whole, read;
        using (LanguageModel model = Adapted())
        {
            model.MergeAdapter();
            Assert.False(model.IsQuantized);
            whole = Values(model);
        }
        using (LanguageModel model = Adapted())
        {
            model.MergeAdapterForFiles();
            Assert.Contains(model.Decoder.Weights, w => w is MergedWeight);
            read = Values(model);
        }
        for (int i = 0; i < whole.Length; i++) Assert.Equal(whole[i], read[i], 2e-6f);

        LanguageModel Adapted()
        {
            LanguageModel model = Rounded();
            model.AddLora(new LoraOptions { Rank = 4, UseDora = dora });
            Losses(model, 2);
            return model;
        }

        static float[] Values(LanguageModel model) => [.. model.Decoder.Linears.Take(4).SelectMany(l => Matrices.Read(l.Weight))];
    }

    [Theory]
    [InlineData("packed", 4.25)]
    [InlineData("nf4", 4.25)]
    [InlineData("int8", 8.2)]
    [InlineData("q8_0", 8.6)]
    [InlineData("f16", 16)]
    [InlineData(null, 32)]
    public void Written_in_any_format_it_answers_as_before(string? format, double bits)
    {
        string run = Path.Combine(_temp, "run"), output = Path.Combine(_temp, "out");
        using (LanguageModel model = Rounded())
        {
            model.AddLora(new LoraOptions { Rank = 4 });
            Losses(model, 3);
            model.SaveAdapter(run);
        }
        Recipe recipe = Recipe($"model_name_or_path: {s_model}", $"adapter_name_or_path: {run}", $"export_dir: {output}", format is "q8_0" or "f16" ? "template: alpaca" : "stage: sft", "pure_tuner:", "  verify_export: true");
        ExportVerdict verdict;
        if (format is null) verdict = ModelExport.Run(recipe)!;
        else
        {
            recipe = recipe with { PureTuner = recipe.PureTuner with { ExportFormat = format } };
            QuantizationReport report = QuantizedExport.Run(recipe, QuantizedExport.OptionsOf(format), _ => { }, default);
            Assert.InRange(report.BitsPerWeight, 0, bits);
            verdict = report.Verdict!;
        }
        Assert.False(verdict.IsFault, verdict.ToString());
        Assert.True(verdict.Tokens > 0);
        string? gguf = Directory.EnumerateFiles(output, "*.gguf").Select(Path.GetFileName).SingleOrDefault();
        if (format is not ("q8_0" or "f16")) Assert.Null(gguf);
        else Assert.Contains($"FROM ./{gguf}", File.ReadAllText(Path.Combine(output, "Modelfile")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_model_that_answers_otherwise_is_found()
    {
        string output = Path.Combine(_temp, "out");
        Recipe recipe = Recipe($"model_name_or_path: {s_model}", $"export_dir: {output}");
        ModelExport.Run(recipe);
        // Two heads' rows change places, as a wrong rope order would have it.
        using (LanguageModel made = LanguageModel.Load(output, _backend))
        using (LanguageModel before = LanguageModel.Load(s_model, _backend))
        {
            ExportCheck check = ExportCheck.Of(recipe, before);
            made.StoreIn(DType.F32);
            var q = (Parameter)made.Decoder.Linears.First().Weight;
            float[] values = q.Value.ToArray<float>();
            int half = values.Length / 2;
            using (TensorScope.Suspend()) q.Replace(Tensor.From<float>(_backend, [.. values[half..], .. values[..half]], q.Shape));
            made.Save(Path.Combine(_temp, "wrong"));
            ExportVerdict verdict = check.Compare(Path.Combine(_temp, "wrong"), 16);
            Assert.True(verdict.IsFault, verdict.ToString());
            Assert.Contains("first difference at token", verdict.ToString(), StringComparison.Ordinal);
        }
    }
}
