namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class TokenizedCacheTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("tokenized").FullName, "rows");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    private string Yaml(string more = "") => $"{{template: default, dataset: x, tokenized_path: {System.Text.Json.JsonSerializer.Serialize(_folder)}{more}}}";

    private static ChatEncoder Chat(Recipe recipe, string fingerprint = "letters") => RowEncoders.Chat(recipe, new LetterTokens("</s>") { EosId = 1000, Fingerprint = fingerprint });

    private EncodedRow[] Prepare(string more = "", List<string>? notices = null, string fingerprint = "letters", params string[] texts)
    {
        Recipe recipe = RecipeReader.Parse(Yaml(more), "r.yaml");
        TrainingRow[] rows = [.. texts.Select(t => TrainingRow.Of(t, t + t))];
        return [.. PreparedRows.Of(recipe, Chat(recipe, fingerprint), new LoadedData(new DatasetRows([.. rows], []), []), notices is null ? _ => { } : notices.Add).Train];
    }

    private static void Same(EncodedRow[] expected, EncodedRow[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Ids, actual[i].Ids);
            Assert.Equal(expected[i].Labels, actual[i].Labels);
            Assert.Equal(expected[i].Pieces, actual[i].Pieces);
            Assert.Equal(expected[i].Positions, actual[i].Positions);
            Assert.Equal((expected[i].Padding, expected[i].RoundTo), (actual[i].Padding, actual[i].RoundTo));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(", neat_packing: true, cutoff_len: 64")]
    [InlineData(", packing: true, cutoff_len: 64")]
    [InlineData(", stage: pt, cutoff_len: 5")]
    [InlineData(", stage: pt, packing: false")]
    public void Stored_rows_come_back_as_they_were_and_the_data_is_not_read(string more)
    {
        List<string> notices = [];
        EncodedRow[] rows = Prepare(more, notices, texts: ["abc", "de", "f"]);
        Assert.Contains("are stored in", Assert.Single(notices));
        notices.Clear();
        Same(rows, Prepare(more, notices, texts: ["something else"]));
        Assert.Contains("are not read", Assert.Single(notices));
    }

    [Fact]
    public void Several_sets_and_rows_to_answer_are_kept_apart()
    {
        Recipe recipe = RecipeReader.Parse(Yaml(), "r.yaml");
        TokenizedCache cache = TokenizedCache.For(recipe, Chat(recipe), generates: true)!;
        EncodedRow[] learned = [new([1, 2], [-100, 2]), new([], [])], asked = [new([1, 2, 3], [4])];
        cache.Save(new Dictionary<string, EncodedRow[]> { ["train"] = learned, ["validation_a"] = asked, ["validation_b"] = [] });
        IReadOnlyDictionary<string, EncodedRow[]> read = cache.Load();
        Assert.Equal(["train", "validation_a", "validation_b"], read.Keys);
        Same(learned, read["train"]);
        Same(asked, read["validation_a"]);
        Assert.Contains("predict_with_generate", Assert.Throws<UsageException>(() => Prepare()).Message);
    }

    [Theory]
    [InlineData(", cutoff_len: 99", "with 'cutoff_len: 2048' and the recipe has 'cutoff_len: 99'")]
    [InlineData(", mask_history: true", "with 'mask_history: false' and the recipe has 'mask_history: true'")]
    [InlineData(", packing: true", "cutoff_len")]
    [InlineData(", default_system: hello", "with 'default_system: null' and the recipe has 'default_system: \"hello\"'")]
    public void Rows_of_other_settings_are_refused_and_the_setting_is_named(string more, string expected)
    {
        Prepare(texts: ["abc"]);
        string message = Assert.Throws<UsageException>(() => Prepare(more)).Message;
        Assert.Contains(expected, message);
        Assert.StartsWith("r.yaml:1: tokenized_path: ", message);
        Assert.Contains("another tokenizer", Assert.Throws<UsageException>(() => Prepare(fingerprint: "others")).Message);
    }

    [Fact]
    public void A_preprocessing_batch_matters_only_where_rows_are_joined()
    {
        Same(Prepare(texts: ["abc"]), Prepare(", preprocessing_batch_size: 7, preprocessing_num_workers: 2"));
        Directory.Delete(_folder, recursive: true);
        Prepare(", neat_packing: true", texts: ["abc"]);
        Assert.Contains("preprocessing_batch_size: 1000", Assert.Throws<UsageException>(() => Prepare(", neat_packing: true, preprocessing_batch_size: 7")).Message);
    }

    [Fact]
    public void Another_content_or_a_damaged_file_is_told()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "dataset_dict.json"), "{}");
        Assert.Contains("holds dataset_dict.json but no rows.safetensors", Assert.Throws<UsageException>(() => Prepare(texts: ["abc"])).Message);
        File.Delete(Path.Combine(_folder, "dataset_dict.json"));
        Prepare(texts: ["abc", "de"]);
        string file = Path.Combine(_folder, "rows.safetensors");
        byte[] whole = File.ReadAllBytes(file);
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. whole];
            if (i % 3 == 0) bytes = bytes[..random.Next(bytes.Length)];
            else bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(file, bytes);
            try
            {
                Assert.All(Prepare(), r => Assert.All(r.Ids, id => Assert.InRange(id, 0, 0x10000)));
            }
            catch (UsageException e) { Assert.Contains("r.yaml:1: tokenized_path: ", e.Message); }
        }
    }

    [Fact]
    public void Many_writers_and_readers_meet_only_whole_files()
    {
        EncodedRow[] rows = Prepare(texts: [.. Enumerable.Range(0, 200).Select(i => new string('a', i))]);
        Recipe recipe = RecipeReader.Parse(Yaml(), "r.yaml");
        TokenizedCache cache = TokenizedCache.For(recipe, Chat(recipe))!;
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (i % 2 == 0) cache.Save(new Dictionary<string, EncodedRow[]> { ["train"] = rows });
            else Same(rows, cache.Load()["train"]);
        });
        Assert.Equal(["rows.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_run_that_only_stores_needs_no_training()
    {
        Recipe recipe = RecipeReader.Parse(Yaml(", do_train: false, model_name_or_path: m, output_dir: o"), "r.yaml");
        Assert.True(recipe.OnlyEncodes);
        RecipeChecks.ForTraining(recipe);
        Assert.False((recipe with { TokenizedPath = null }).OnlyEncodes);
        Assert.Throws<UsageException>(() => RecipeChecks.ForTraining(recipe with { TokenizedPath = null }));
    }

    [Fact]
    public void Nothing_to_learn_is_said()
    {
        Assert.Contains("packing: false", Assert.Throws<UsageException>(() => Prepare(", stage: pt", texts: ["a"])).Message);
        Assert.Contains("no row is left", Assert.Throws<UsageException>(() => Prepare()).Message);
    }
}
