namespace Pure.Tuner.Tests;

/// <summary>Training through the library's surface.</summary>
[Trait("Category", "Unit")]
public sealed class SftTrainerTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>
{
    private static readonly TrainingRow[] s_rows = [TrainingRow.Of("What colour is the sky?", "Blue."), TrainingRow.Of("What colour is grass?", "Green.", "Be short.")];
    private static readonly SftOptions s_options = new() { LearningRate = 5e-3, GradientAccumulationSteps = 2, MaxSteps = 3 };

    private async Task<List<TrainingProgress>> Train(SftOptions options, double dropout = 0)
    {
        using var model = LanguageModel.Load(checkpoint.Folder, threads: 1);
        model.AddLora(new LoraOptions { Rank = 4, Dropout = dropout });
        var steps = new Steps();
        await new SftTrainer(model, options).TrainAsync(s_rows, steps);
        return steps.All;
    }

    [Fact]
    public async Task The_default_loss_written_by_hand_trains_to_the_same_bits()
    {
        // With dropout and checkpoints: a loss of one's own is called as training calls the model.
        SftOptions options = s_options with { GradientCheckpointing = true };
        List<TrainingProgress> expected = await Train(options, dropout: 0.2);
        List<TrainingProgress> actual = await Train(options with { LossSum = (m, batch) => m.NegativeLogLikelihood(batch).Sum() }, dropout: 0.2);
        Assert.Equal(expected.Select(p => (p.Loss, p.GradNorm)), actual.Select(p => (p.Loss, p.GradNorm)));
    }

    [Fact]
    public async Task A_loss_of_ones_own_is_what_is_trained()
    {
        List<TrainingProgress> plain = await Train(s_options with { MaxSteps = 1 }), half = await Train(s_options with { MaxSteps = 1, LossSum = (m, batch) => m.NegativeLogLikelihood(batch).Sum() * 0.5 });
        Assert.Equal(plain[0].Loss / 2, half[0].Loss, 1e-6);
    }

    [Fact]
    public async Task A_loss_of_several_numbers_is_refused() =>
        Assert.Contains("end it in Sum()", (await Assert.ThrowsAsync<UsageException>(() => Train(s_options with { LossSum = (m, batch) => m.NegativeLogLikelihood(batch) }))).Message);

    [Fact]
    public void A_row_of_a_prompt_and_an_answer()
    {
        TrainingRow row = TrainingRow.Of("a", "b", "c");
        Assert.Equal([new TrainingMessage(MessageRole.User, "a"), new TrainingMessage(MessageRole.Assistant, "b")], row.Messages);
        Assert.Equal("c", row.System);
    }

    /// <summary>Told on the training thread, so in order.</summary>
    private sealed class Steps : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];
        public void Report(TrainingProgress value) => All.Add(value);
    }
}
