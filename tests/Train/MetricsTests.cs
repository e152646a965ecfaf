using System.Diagnostics;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class MetricsTests
{
    [Theory]
    [InlineData("我来到北京清华大学", "我/来到/北京/清华大学")]
    [InlineData("他来到了网易杭研大厦", "他/来到/了/网易/杭研/大厦")]                   // 杭研 is in no list: the states find it
    [InlineData("研究生命的起源", "研究/生命/的/起源")]
    [InlineData("C++和c#，3.14% x.5%", "C++/和/c#/，/3.14%/ /x.5%")]
    [InlineData("a\r\nb\u001c😀", "a/\r\n/b/\u001c/😀")]
    [InlineData("+-1.2.3%", "+-/1.2/./3%")]
    [InlineData("", "")]
    public void Text_is_cut_into_words(string text, string words)
    {
        List<string> cut = Jieba.Default.Cut(text);
        Assert.Equal(words, string.Join('/', cut));
        Assert.Equal(text, string.Concat(cut));
    }

    [Fact]
    public void The_word_list_is_read_quickly_and_knows_its_words()
    {
        var clock = Stopwatch.StartNew();
        JiebaWords words = JiebaWords.Read(JiebaWords.ReadResource(), out ReadOnlySpan<char> rest);
        clock.Stop();
        // Half a second is promised; the rest is room for a machine that does other things too.
        Assert.True(clock.ElapsedMilliseconds < 2000, $"{clock.ElapsedMilliseconds} ms");
        Assert.StartsWith("start B ", rest.ToString(), StringComparison.Ordinal);
        Assert.Equal(Math.Log(60101967), words.LogSum);
        Assert.Equal(34488, words.Frequency("北京"));
        Assert.Equal((3, 0, 0), (words.Frequency("AT&T"), words.Frequency("AT&"), words.Frequency("AT&T!")));
        Assert.Equal(0, words.Frequency("\uffff"));
        (int From, int To) range = words.Extend(default, 0, '清', out int frequency);
        Assert.True(range.To - range.From > 100);
        range = words.Extend(range, 1, '华', out frequency);
        Assert.Equal(words.Frequency("清华"), frequency);
    }

    [Fact]
    public void Similarity_is_100_for_the_same_text_and_0_without_a_common_character()
    {
        Assert.Equal(new TextSimilarity(100, 100, 100, 100), TextSimilarity.Score("今天天气很好", "今天天气很好"));
        Assert.Equal(new TextSimilarity(0, 0, 0, 0), TextSimilarity.Score("abc", "xyz"));
        Assert.Equal(new TextSimilarity(0, 0, 0, 0), TextSimilarity.Score("", ""));
        // One word: no pairs, and all but the first order of BLEU without a match: (1 · 1/2 · 1/4 · 1/8)^(1/4).
        TextSimilarity one = TextSimilarity.Score("a", "a");
        Assert.Equal((100.0, 0.0, 100.0), (one.Rouge1, one.Rouge2, one.RougeL));
        Assert.Equal(35.3553, one.Bleu4);
        IReadOnlyDictionary<string, double> mean = TextSimilarity.Mean([("今天天气很好", "今天天气很好"), ("abc", "xyz")]);
        Assert.Equal(["bleu-4", "rouge-1", "rouge-2", "rouge-l"], mean.Keys.Order(StringComparer.Ordinal));
        Assert.All(mean.Values, v => Assert.Equal(50, v));
        Assert.Empty(TextSimilarity.Mean([]));
    }

    [Fact]
    public void A_short_prediction_is_punished_for_its_length()
    {
        // Every n-gram matches, so only the penalty exp(1 - 8/6) is left.
        Assert.Equal(Math.Exp(1 - 8.0 / 6), Bleu.Sentence([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7, 8]), 12);
        Assert.Equal(0, Bleu.Sentence([], [1]));
    }

    [Fact]
    public void Lines_and_sentences_make_empty_words()
    {
        Assert.Equal(["你好", "。", "再见"], Rouge.Words("你好 。 再见"));
        Assert.Equal(["a", "", "b"], Rouge.Words("a \n \n b"));
        Assert.Equal(["你好", "。", "", "b"], Rouge.Words("你好 。 \n b"));
        Assert.Equal(["x", "......", "y"], Rouge.Words("x ...... y  "));
    }

    [Fact]
    public void Classes_are_averaged_three_ways()
    {
        var report = new ClassificationReport([0, 0, 0, 1], [0, 0, 1, 2]);
        Assert.Equal([0, 1, 2], report.Classes);
        Assert.Equal([3, 1, 0], report.Support);
        Assert.Equal(0.5, report.Accuracy);
        Assert.Equal(new ClassScore(1, 2 / 3.0, 0.8), report.ByClass[0]);
        Assert.Equal(new ClassScore(0, 0, 0), report.ByClass[1]);
        Assert.Equal(0.8 / 3, report.Macro.F1, 12);
        Assert.Equal(0.6, report.Weighted.F1, 12);
        Assert.Equal(0.5, report.Micro.F1, 12);
        Assert.Equal(1 / 3.0, report.BalancedAccuracy, 12);
        Assert.Throws<ArgumentException>(() => new ClassificationReport([0], []));
        Assert.Throws<ArgumentException>(() => new ClassificationReport([], []));
        var one = new ClassificationReport([5], [5]);
        Assert.Equal(0, one.Mcc);
        Assert.True(double.IsNaN(one.Kappa));
    }

    [Fact]
    public void Tokens_are_held_against_the_next_label()
    {
        Assert.Equal(0.5, TokenAccuracy.Row([7, 8, 9, 0], [-100, 7, -100, 1]));
        Assert.True(double.IsNaN(TokenAccuracy.Row([1, 2], [5, -100])));
        Assert.Equal(0.75, TokenAccuracy.Mean([1, 0.5]));
        Assert.Equal(0.25, RewardAccuracy.Of([1, 2, 3, 0], [1, 1, 4, 0]));
    }

    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_loss()
    {
        Assert.Equal(Math.Log(4), Perplexity.Loss([1, 1, 1, 1], 2), 12);
        (double sum, int count) = Perplexity.Row([3, 3, -5, -5, 0, 0], [0, 1, 0]);
        Assert.Equal((2 * Math.Log(2), 2), (sum, count), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-12 && a.Item2 == b.Item2);
        Assert.Equal(2.5, Perplexity.EvalLoss([(2, 3), (4, 1)]));
        Assert.Equal(double.PositiveInfinity, Perplexity.Of(800));
        Assert.True(double.IsNaN(Perplexity.EvalLoss([])));
    }

    [Fact]
    public void Labels_that_name_classes_are_scored_as_such()
    {
        (string, string)[] pairs = [(" yes\n", "yes"), ("no", "yes"), ("no", "no"), ("maybe", "no")];
        LabelScores scores = LabelScores.Of(pairs)!;
        Assert.Equal(0.5, scores.Accuracy);
        Assert.Equal((2.0 / 3 + 0.5) / 2, scores.MacroF1, 12);
        Assert.Null(LabelScores.Of([("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")]));                          // as many names as rows
        Assert.False(LabelScores.LooksLikeClasses(["yes", "yes", "yes"]));                                      // one class
        Assert.False(LabelScores.LooksLikeClasses(["one two three four five six seven eight nine", "a", "a", "a"]));
        Assert.False(LabelScores.LooksLikeClasses(["a\nb", "a", "a", "a", "a"]));
        Assert.False(LabelScores.LooksLikeClasses(["", "a", "a", "a"]));
        Assert.False(LabelScores.LooksLikeClasses(Enumerable.Range(0, 650).Select(i => $"{i / 10}")));          // 65 names
        Assert.True(LabelScores.LooksLikeClasses(Enumerable.Range(0, 640).Select(i => $"{i / 10}")));
        Assert.False(LabelScores.LooksLikeClasses([]));
    }

    [Fact]
    public void Choices_are_asked_with_examples_before()
    {
        var question = new ChoiceQuestion("1+1?", [("A", "1"), ("B", "2")], "B");
        List<TrainingMessage> messages = MultipleChoice.Messages("en", "sums", question, [question with { Question = "0+1?", Answer = "A" }]);
        Assert.Equal(["The following are multiple choice questions (with answers) about sums.\n\n0+1?\nA. 1\nB. 2\nAnswer:", "A", "1+1?\nA. 1\nB. 2\nAnswer:", "B"], messages.Select(m => m.Content));
        Assert.Contains("write 'lang: en'", Assert.Throws<UsageException>(() => MultipleChoice.Messages("fr", "", question, [])).Message);
        Assert.Equal("B", MultipleChoice.Answer([0, 2, 2, 1]));
        var scores = new ChoiceScores();
        scores.Add("b", "Other", ["A", "B"], ["A", "A"]);
        scores.Add("a", "STEM", ["C"], ["C"]);
        Assert.Equal("        Average: 66.67\n           STEM: 100.00\n          Other: 50.00", scores.Log());
        Assert.Equal("{\n  \"b\": {\n    \"0\": \"A\",\n    \"1\": \"B\"\n  },\n  \"a\": {\n    \"0\": \"C\"\n  }\n}", scores.ToJson());
    }
}
