namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class SamplingFilterTests
{
    private const float Gone = float.NegativeInfinity;

    [Fact]
    public void Top_k_keeps_ties_and_everything_when_wide()
    {
        Assert.Equal([3, Gone, 2, 2, Gone], After([3, 1, 2, 2, 0], x => SamplingFilters.TopK(x, 2)));
        Assert.Equal([3, 1, 2], After([3, 1, 2], x => SamplingFilters.TopK(x, 1000)));
        Assert.Equal([3, Gone, 2], After([3, 1, 2], x => SamplingFilters.TopK(x, 1, keep: 2)));
    }

    [Fact]
    public void Top_p_removes_the_tail_and_keeps_one()
    {
        float[] p = [0.5f, 0.3f, 0.15f, 0.05f];
        Assert.Equal([true, true, false, false], Kept(p, x => SamplingFilters.TopP(x, 0.79)));
        Assert.Equal([true, true, true, false], Kept(p, x => SamplingFilters.TopP(x, 0.81)));
        Assert.Equal([true, false, false, false], Kept(p, x => SamplingFilters.TopP(x, 0)));
        Assert.Equal([true, true, true, true], Kept(p, x => SamplingFilters.TopP(x, 1)));
        Assert.Equal([true, true, true, false], Kept(p, x => SamplingFilters.TopP(x, 0.1, keep: 3)));
        Assert.Equal([Gone, Gone, 1], After([1, 1, 1], x => SamplingFilters.TopP(x, 0.01)));
    }

    [Fact]
    public void Cutoffs_keep_the_best()
    {
        float[] p = [0.4f, 0.4f, 0.15f, 0.05f];
        Assert.Equal([true, true, true, false], Kept(p, x => SamplingFilters.MinP(x, 0.2)));
        Assert.Equal([true, true, false, false], Kept(p, x => SamplingFilters.MinP(x, 1)));
        Assert.Equal([true, true, true, false], Kept(p, x => SamplingFilters.EpsilonCutoff(x, 0.1)));
        Assert.Equal([true, true, false, false], Kept(p, x => SamplingFilters.EpsilonCutoff(x, 0.9)));
        Assert.Equal([true, true, true, false], Kept(p, x => SamplingFilters.EtaCutoff(x, 0.1)));
        Assert.Equal([true, true, true, true], Kept(p, x => SamplingFilters.EtaCutoff(x, 0.001)));
    }

    [Fact]
    public void Typical_p_may_drop_the_best()
    {
        // Entropy 0.94: of -ln p = 0.51, 1.61, 1.61 ... the first is nearest; with more weight on the tail it is the tail that is typical.
        Assert.Equal([true, false, false], Kept([0.6f, 0.2f, 0.2f], x => SamplingFilters.TypicalP(x, 0.5)));
        float[] flat = [0.3f, .. Enumerable.Repeat(0.035f, 20)];
        Assert.False(Kept(flat, x => SamplingFilters.TypicalP(x, 0.2))[0]);
    }

    [Fact]
    public void Extreme_logits_stay_finite()
    {
        float[] x = [float.MaxValue, -float.MaxValue, 0, 200, -200, Gone];
        foreach (Action<float[]> filter in (Action<float[]>[])[
            v => SamplingFilters.Temperature(v, 1e-30), v => SamplingFilters.TopP(v, 0.9), v => SamplingFilters.MinP(v, 0.1), v => SamplingFilters.TypicalP(v, 0.9),
            v => SamplingFilters.EpsilonCutoff(v, 0.1), v => SamplingFilters.EtaCutoff(v, 0.1), v => LogitProcessors.RepetitionPenalty(v, [0, 1], 0.5), v => LogitProcessors.RepetitionPenalty(v, [0, 1], 2)])
        {
            float[] y = [.. x];
            filter(y);
            Assert.DoesNotContain(y, float.IsNaN);
            Assert.DoesNotContain(y, float.IsPositiveInfinity);
            Assert.True(float.IsFinite(y[0]));
            Assert.Equal(Gone, y[5]);
            Assert.Equal(0, LogitPipeline.Draw(y, 0.99));
        }
        Assert.Throws<InvalidOperationException>(() => LogitPipeline.Best([1, float.NaN]));
        Assert.Throws<InvalidOperationException>(() => LogitPipeline.Best([Gone, Gone]));
    }

    [Fact]
    public void Processors_read_the_row()
    {
        Assert.Equal([2, -2, 3], After([4, -1, 3], x => LogitProcessors.RepetitionPenalty(x, [0, 1, 0, 1], 2)));
        Assert.Equal([1, -1, 1], After([4, -1, 3], x => LogitProcessors.PresenceAndFrequency(x, [0, 2, 0], 1, 1)));
        Assert.Equal([1, 1, Gone, 1], After([1, 1, 1, 1], x => LogitProcessors.NoRepeatNgram(x, [3, 2, 0, 3], 2)));
        Assert.Equal([Gone, 1, Gone, Gone], After([1, 1, 1, 1], x => LogitProcessors.NoRepeatNgram(x, [3, 2, 0, 3], 1)));
        Assert.Equal([1, 1, 1, 1], After([1, 1, 1, 1], x => LogitProcessors.NoRepeatNgram(x, [3, 3], 3)));
        Assert.Equal([1, Gone, 1, Gone], After([1, 1, 1, 1], x => LogitProcessors.BadWords(x, [3, 2], [[1], [3, 2, 0], [2, 3], [0, 2]], [])));
        Assert.Equal([1, 1, 1, 1], After([1, 1, 1, 1], x => LogitProcessors.BadWords(x, [3, 2], [[1]], [1])));
        Assert.Equal([Gone, 0, Gone], After([4, -1, 3], x => LogitProcessors.Force(x, [1])));
        Assert.Equal([4, -1, Gone], After([4, -1, 3], x => LogitProcessors.Suppress(x, [2, 77])));
    }

    [Fact]
    public void Draws_follow_the_distribution()
    {
        float[] logits = [1, Gone, 0, -1, 2.5f, -3];
        var p = new double[6];
        Probabilities.Into(logits, p);
        const int Draws = 40000;
        var seen = new int[6];
        for (int i = 0; i < Draws; i++) seen[LogitPipeline.Draw(logits, LogitPipeline.Uniform(Kernels.CounterRandom.Key(5, i % 200, 0, "sample"), i / 200))]++;
        Assert.Equal(0, seen[1]);
        double chi = 0;
        for (int i = 0; i < 6; i++)
            if (p[i] > 0) chi += Math.Pow(seen[i] - Draws * p[i], 2) / (Draws * p[i]);
        Assert.True(chi < 18.5, $"chi square with 4 degrees of freedom is {chi}");      // one seed in a thousand is above
        Assert.Equal(0, LogitPipeline.Draw(logits, 0));
        Assert.Equal(5, LogitPipeline.Draw(logits, 1 - 1e-16));
    }

    private static float[] After(float[] x, Action<float[]> filter)
    {
        filter(x);
        return x;
    }

    private static bool[] Kept(float[] p, Action<float[]> filter) => [.. After([.. p.Select(v => MathF.Log(v))], filter).Select(float.IsFinite)];
}
