using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Property")]
public class SamplingFilterProperties
{
    // Few values, so that ties are common, and far ones.
    private static readonly Arbitrary<float[]> s_logits =
        Gen.OneOf(Gen.Choose(-40, 40).Select(i => i / 8f), Gen.Choose(-4, 4).Select(i => i * 50f), Gen.Constant(float.NegativeInfinity)).NonEmptyListOf()
            .Select(x => x.ToArray()).Where(x => x.Any(float.IsFinite)).ToArbitrary();

    private static readonly Arbitrary<double> s_shares = Gen.Choose(1, 99).Select(i => i / 100.0 + 1e-4).ToArbitrary();

    private static void Check(Func<float[], double, bool> holds) =>
        Prop.ForAll(s_logits, s_shares, (x, share) => holds(x, share)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static float[] After(float[] x, Action<float[]> filter)
    {
        float[] y = [.. x];
        filter(y);
        return y;
    }

    private static double[] P(float[] x)
    {
        var p = new double[x.Length];
        Probabilities.Into(x, p);
        return p;
    }

    [Fact]
    public void Every_filter_keeps_a_token_and_changes_none_that_stays() => Check((x, share) =>
        ((Action<float[]>[])[
            v => SamplingFilters.TopK(v, 1 + (int)(share * 10)), v => SamplingFilters.TopP(v, share), v => SamplingFilters.MinP(v, share), v => SamplingFilters.TypicalP(v, share),
            v => SamplingFilters.EpsilonCutoff(v, share), v => SamplingFilters.EtaCutoff(v, share)])
        .All(filter => After(x, filter) is var y && y.Any(float.IsFinite) && y.Zip(x).All(v => v.First == v.Second || float.IsNegativeInfinity(v.First))));

    [Fact]
    public void All_filters_but_typical_keep_the_best_and_cut_from_below() => Check((x, share) =>
        ((Action<float[]>[])[
            v => SamplingFilters.TopK(v, 1 + (int)(share * 10)), v => SamplingFilters.TopP(v, share), v => SamplingFilters.MinP(v, share),
            v => SamplingFilters.EpsilonCutoff(v, share), v => SamplingFilters.EtaCutoff(v, share)])
        .All(filter =>
        {
            float[] y = After(x, filter);
            float least = y.Where(float.IsFinite).Min();
            return y.Max() == x.Max() && !x.Where((v, i) => v > least && !float.IsFinite(y[i])).Any();
        }));

    [Fact]
    public void Top_p_keeps_the_fewest_that_have_the_share() => Check((x, share) =>
    {
        double[] p = P(x);
        float[] y = After(x, v => SamplingFilters.TopP(v, share));
        double kept = p.Where((_, i) => float.IsFinite(y[i])).Sum(), least = p.Where((_, i) => float.IsFinite(y[i])).Min();
        int count = y.Count(float.IsFinite);
        return kept >= share - 1e-9 && (count == 1 || kept - least < share + 1e-9);
    });

    [Fact]
    public void Kth_largest_is_that_of_the_sorted_list() => Check((x, share) =>
    {
        int k = 1 + (int)(share * x.Length);
        return k > x.Length || SamplingFilters.KthLargest(x, k).Equals(x.OrderDescending().ElementAt(k - 1));
    });

    [Fact]
    public void Min_p_is_its_definition() => Check((x, share) =>
    {
        double[] p = P(x);
        float[] y = After(x, v => SamplingFilters.MinP(v, share));
        return Enumerable.Range(0, x.Length).All(i => Math.Abs(p[i] - share * p.Max()) < 1e-9 || float.IsFinite(y[i]) == (p[i] > 0 && p[i] >= share * p.Max()));
    });

    [Fact]
    public void Draw_never_takes_what_was_removed() => Check((x, u) => float.IsFinite(x[LogitPipeline.Draw(x, u)]));

    [Fact]
    public void Stop_strings_cut_the_same_however_the_text_comes()
    {
        Arbitrary<string> texts = Gen.Elements("a", "b", "ab", "ba", "c").ListOf().Select(p => string.Concat(p)).ToArbitrary();
        Arbitrary<string[]> stops = Gen.Elements("aba", "bb", "ab", "cab", "bca", "ca").ArrayOf().ToArbitrary();
        Prop.ForAll(texts, stops, (text, list) =>
        {
            string[] hits = [.. list.Where(text.Contains)];
            int end = hits.Length == 0 ? -1 : hits.Min(s => text.IndexOf(s, StringComparison.Ordinal) + s.Length);
            string? stop = list.FirstOrDefault(s => text.IndexOf(s, StringComparison.Ordinal) is >= 0 and int at && at + s.Length == end);
            string expected = stop is null ? text : text[..(end - stop.Length)];
            return Enumerable.Range(1, 4).All(size =>
            {
                var filter = new StopStringFilter(list);
                string shown = string.Concat(text.Chunk(size).Select(part => filter.Push(new string(part)))) + filter.Flush();
                return shown == expected && (filter.Met is null) == (stop is null);
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
