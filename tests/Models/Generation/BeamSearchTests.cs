namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class BeamSearchTests
{
    [Fact]
    public void Beams_as_wide_as_the_tree_find_the_best_of_all_rows()
    {
        const int Vocab = 5, Length = 3;
        using var tiny = new TinyModel(Vocab);
        int[] prompt = TinyModel.Prompt(4, 5, Vocab);
        var all = new List<(double Score, int[] Tokens)>();
        for (int code = 0; code < Vocab * Vocab * Vocab; code++)
        {
            int[] tokens = [code / (Vocab * Vocab), code / Vocab % Vocab, code % Vocab];
            double score = 0;
            for (int i = 0; i < Length; i++)
            {
                float[] logits = tiny.NextLogits([.. prompt, .. tokens[..i]]);
                Probabilities.LogSoftmaxInPlace(logits);
                score += logits[tokens[i]];
            }
            all.Add((score / Length, tokens));
        }
        IReadOnlyList<GenerationResult> found = tiny.Generator.Generate([prompt], new() { MaxNewTokens = Length, NumBeams = 25, NumReturnSequences = 6 });
        foreach ((GenerationResult result, (double score, int[] tokens)) in found.Zip(all.OrderByDescending(a => a.Score)))
        {
            Assert.Equal(tokens, result.Tokens);
            Assert.Equal(score, result.Score!.Value, 1e-5);
        }
    }

    [Fact]
    public void Prompt_does_not_hang_on_its_batch()
    {
        using var tiny = new TinyModel();
        int[][] prompts = [TinyModel.Prompt(3, 1), TinyModel.Prompt(11, 2), TinyModel.Prompt(6, 3)];
        foreach (EarlyStopping early in Enum.GetValues<EarlyStopping>())
            foreach (bool sample in (bool[])[false, true])
            {
                var options = new GenerationOptions { MaxNewTokens = 10, NumBeams = 3, NumReturnSequences = 2, EosTokenIds = [4, 9, 31], EarlyStopping = early, DoSample = sample, Seed = 3 };
                IReadOnlyList<GenerationResult> together = tiny.Generator.Generate(prompts, options);
                Assert.Equal(6, together.Count);
                for (int p = 0; p < prompts.Length; p++)
                {
                    IReadOnlyList<GenerationResult> alone = tiny.Generator.Generate([prompts[p]], options, firstRow: p);
                    for (int i = 0; i < 2; i++)
                    {
                        Assert.Equal(alone[i].Tokens, together[2 * p + i].Tokens);
                        Assert.Equal(alone[i].Score!.Value, together[2 * p + i].Score!.Value, 1e-5);
                    }
                    Assert.True(alone[0].Score >= alone[1].Score);
                }
            }
    }

    [Fact]
    public void Tokens_are_reported_at_the_end()
    {
        using var tiny = new TinyModel();
        int[] prompt = TinyModel.Prompt(4, 8);
        var seen = new List<GeneratedToken>();
        GenerationResult result = tiny.Generator.Generate([prompt], new() { MaxNewTokens = 6, NumBeams = 4 }, t => { seen.Add(t); return true; })[0];
        Assert.Equal(result.Tokens, seen.Select(t => t.Id));
        Assert.Equal([null, null, null, null, null, FinishReason.Length], seen.Select(t => t.Finish));
        Assert.Throws<ArgumentException>(() => tiny.Generator.Stream(prompt, new() { NumBeams = 2 }));
    }
}
