namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class PackedTrainingTests : IDisposable
{
    private readonly TinyCheckpoint _checkpoint = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("packed").FullName;

    public void Dispose()
    {
        _checkpoint.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Neat_pieces_learn_as_if_each_were_alone_and_plain_ones_see_each_other()
    {
        using LanguageModel model = LanguageModel.Load(_checkpoint.Folder, "reference");
        EncodedRow[] alone = [new([5, 6, 7, 8], [-100, 6, 7, 8]), new([9, 10, 11], [-100, 10, 11])];
        var packed = new EncodedRow([5, 6, 7, 8, 9, 10, 11, 0], [-100, 6, 7, 8, -100, 10, 11, -100]) { Pieces = [1, 1, 1, 1, 2, 2, 2, 0], Positions = [0, 1, 2, 3, 0, 1, 2, 0], Padding = 1 };
        float[] expected = Loss(Batch.Pack(alone)), neat = Loss(Batch.Pack(packed)), plain = Loss(Batch.Pack(packed with { Pieces = null }));
        Assert.Equal(expected, neat);
        Assert.Equal(expected[..3], plain[..3]);
        Assert.All(expected[3..].Zip(plain[3..]), p => Assert.NotEqual(p.First, p.Second));

        float[] Loss(Batch batch)
        {
            using var scope = TensorScope.Begin();
            return model.NegativeLogLikelihood(batch).ToArray<float>();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("neat_packing: true\n")]
    public void A_run_from_stored_rows_is_the_run_that_stored_them(string more)
    {
        string data = Path.Combine(_folder, "data"), rows = Path.Combine(_folder, "rows");
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "dataset_info.json"), """{"d": {"file_name": "d.json"}}""");
        File.WriteAllText(Path.Combine(data, "d.json"), "[" + string.Join(",", Enumerable.Range(0, 9).Select(i => $$"""{"instruction": "What colour is {{i}}?", "output": "Blue {{i}}."}""")) + "]");
        List<string> notices = [];
        double[] first = Train("first"), second;
        Assert.Contains(notices, n => n.Contains("are stored in", StringComparison.Ordinal));
        Directory.Delete(data, recursive: true);
        second = Train("second");
        Assert.Equal(first, second);
        Assert.Contains(notices, n => n.Contains("are not read", StringComparison.Ordinal));

        double[] Train(string name)
        {
            string yaml = $"model_name_or_path: {_checkpoint.Folder}\ndataset: d\ndataset_dir: {data}\ntemplate: default\ncutoff_len: 60\noutput_dir: {Path.Combine(_folder, name)}\ntokenized_path: {rows}\n"
                + $"do_train: true\nmax_steps: 3\nper_device_train_batch_size: 2\nlora_rank: 2\nsave_strategy: 'no'\ndevice: cpu\nthreads: 1\npure_tuner: {{answers: 0}}\n{more}";
            var losses = new List<double>();
            notices.Clear();
            new TrainingRun(RecipeReader.Parse(yaml, "r.yaml"), new Listening(notices)) { OnStep = (_, result, _, _) => losses.Add(result.Loss) }.Run();
            Assert.Equal(3, losses.Count);
            return [.. losses];
        }
    }

    private sealed class Listening(List<string> notices) : ITrainingReport
    {
        public void Notice(string line) => notices.Add(line);
        public void Begin(TrainingSummary summary) { }
        public void Step(TrainingProgress progress) { }
        public void End(RunEnd end) { }
    }
}
