namespace Pure.Tuner.Tests;

/// <summary>What a recipe wants of its checkpoint: positions, dtype, adapters inside folders.</summary>
[Trait("Category", "Unit")]
public sealed class ModelWishesTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wishes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Recipe Answering(string text) => RecipeReader.Parse($"model_name_or_path: '{checkpoint.Folder}'\nthreads: 1\n{text}");

    [Fact]
    public void Answers_reach_twice_as_far_with_rope_scaling()
    {
        using LanguageModel plain = InferenceRecipe.Load(Answering("")), scaled = InferenceRecipe.Load(Answering("rope_scaling: linear"));
        Assert.Equal((128, 256), (plain.ContextLength, scaled.ContextLength));
        // Position 2 of the scaled model turns as position 1 of the plain one.
        Assert.Equal(plain.Decoder.Config.Rope.Frequencies(10).Inverse[1] / 2, scaled.Decoder.Config.Rope.Frequencies(10).Inverse[1]);
        scaled.Save(Path.Combine(_folder, "saved"));
        using LanguageModel again = LanguageModel.Load(Path.Combine(_folder, "saved"), threads: 1);
        Assert.Equal(scaled.Decoder.Config.Rope, again.Decoder.Config.Rope);
    }

    [Theory]
    [InlineData("float16")]
    [InlineData("bfloat16")]
    [InlineData("float32")]
    public void An_export_is_stored_in_the_dtype_that_is_wished_for(string dtype)
    {
        string made = Path.Combine(_folder, dtype);
        ModelExport.Run(Answering($"infer_dtype: {dtype}\nexport_dir: '{made}'"));
        Assert.Contains($"\"dtype\": \"{dtype}\"", File.ReadAllText(Path.Combine(made, "config.json")));
        using LanguageModel model = LanguageModel.Load(made, threads: 1);
        Assert.NotEmpty(model.Generate("Hello", new GenerationOptions { MaxNewTokens = 2, MinNewTokens = 2 }));
    }

    [Fact]
    public void A_fresh_model_needs_a_configuration_and_a_tokenizer_alone()
    {
        string bare = Path.Combine(_folder, "bare");
        Directory.CreateDirectory(bare);
        foreach (string file in Directory.GetFiles(checkpoint.Folder).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal))) File.Copy(file, Path.Combine(bare, Path.GetFileName(file)));
        ModelWishes Wishes(string text) => ModelWishes.Of(RecipeReader.Parse("finetuning_type: full\ndo_train: true\ntrain_from_scratch: true\n" + text), 64, _ => { });
        float[] First(string text)
        {
            using LanguageModel model = LanguageModel.Load(bare, "reference", 1, Wishes(text));
            return model.Decoder.Parameters[0].Value.ToArray<float>();
        }
        Assert.Equal(First("seed: 1"), First("seed: 1"));
        Assert.NotEqual(First("seed: 1"), First("seed: 2"));
        Assert.Equal(0.02, Math.Sqrt(First("").Average(x => (double)x * x)), 3);
        Assert.Null(ModelWishes.Of(RecipeReader.Parse("finetuning_type: full\ntrain_from_scratch: true"), null, _ => { }).FreshSeed);
        Assert.Throws<CheckpointException>(() => LanguageModel.Load(bare, threads: 1));
    }

    [Fact]
    public void An_adapter_may_lie_inside_the_folder_that_is_named()
    {
        using (var model = LanguageModel.Load(checkpoint.Folder, threads: 1))
        {
            model.AddLora(new LoraOptions { Rank = 2 });
            model.SaveAdapter(Path.Combine(_folder, "run", "inner"));
        }
        using LanguageModel loaded = InferenceRecipe.Load(Answering($"adapter_name_or_path: '{Path.Combine(_folder, "run")}'\nadapter_folder: inner"));
        Assert.NotNull(loaded.Adapter);
    }
}
