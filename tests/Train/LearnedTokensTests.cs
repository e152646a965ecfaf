namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class LearnedTokensTests
{
    private static readonly string[] s_words = ["<|im_start|>", "<|im_end|>", "</s>"];

    private static TrainingMessage User(string text) => new(MessageRole.User, text);

    private static TrainingMessage Assistant(string text) => new(MessageRole.Assistant, text);

    private static string Labels(string template, TrainingMessage[] messages, bool prompt = false, bool mask = false, bool? thinking = true, string? system = null)
    {
        var chat = new ChatEncoder(Template.Get(template), new LetterTokens(s_words) { EosId = 1001 }, enableThinking: thinking);
        EncodedRow row = new SupervisedEncoder(chat, 1000, prompt, mask).Encode(new TrainingRow(messages, system));
        Assert.All(row.Labels.Zip(row.Ids), p => Assert.True(p.First == p.Second || p.First is -100 or 1001));
        return LetterTokens.Text(row.Labels, s_words).Replace("~", "");
    }

    [Fact]
    public void An_answer_that_is_not_to_be_learned_is_not()
    {
        TrainingMessage[] row = [User("a"), Assistant("b") with { Learn = false }, User("c"), Assistant("d")];
        Assert.Equal("d<|im_end|>\n", Labels("smollm2", row));
        Assert.Equal("b<|im_end|>\nd<|im_end|>\n", Labels("smollm2", [.. row.Select(m => m with { Learn = null })]));
    }

    [Fact]
    public void A_question_may_be_learned_without_the_words_around_it() =>
        Assert.Equal("ab<|im_end|>\n", Labels("smollm2", [User("a") with { Learn = true }, Assistant("b")], system: "s"));

    [Fact]
    public void A_flag_goes_before_the_options_of_the_recipe()
    {
        Assert.Equal("b<|im_end|>\nd<|im_end|>\n", Labels("smollm2", [User("a"), Assistant("b") with { Learn = true }, User("c"), Assistant("d")], mask: true));
        Assert.Equal("b<|im_end|>\n", Labels("smollm2", [User("a") with { Learn = false }, Assistant("b")], prompt: true, system: "s"));
    }

    [Fact]
    public void Spans_are_learned_exactly_and_count_code_points()
    {
        Assert.Equal("bcf", Labels("smollm2", [User("x"), Assistant("abcdef") with { Spans = [(1, 3), (5, 6)] }]));
        Assert.Equal("😀c", Labels("smollm2", [User("x"), Assistant("😁😀c") with { Spans = [(1, 3)] }]));
        Assert.Equal("yb<|im_end|>\n", Labels("smollm2", [User("xyz") with { Spans = [(1, 2)] }, Assistant("b")]));
    }

    [Fact]
    public void Spans_follow_the_content_through_placeholders_systems_and_thoughts()
    {
        foreach (string template in (string[])["llama2", "alpaca", "vicuna", "default", "smollm2", "empty"])
            Assert.Equal("bd", Labels(template, [User("abc") with { Spans = [(1, 2)] }, Assistant("def") with { Spans = [(0, 1)] }], system: "abc"));
        Assert.Equal("q", Labels("qwen3", [User("x"), Assistant("<think>\nabc\n</think>\n\nq r") with { Spans = [(0, 3), (22, 23)] }], thinking: false));
    }

    [Fact]
    public void The_end_of_an_answer_that_is_not_learned_is_not_learned_either()
    {
        TrainingMessage[] row = [User("ab"), Assistant("c") with { Learn = false }, User("de"), Assistant("f")];
        Assert.Equal("f\n\n<|im_end|>", Labels("fewshot", row));
        Assert.Equal("c\n\n<|im_end|>", Labels("fewshot", [row[0], row[1] with { Learn = null }, row[2], row[3] with { Learn = false }]));
    }

    [Fact]
    public void A_cut_row_is_cut_with_its_flags()
    {
        var chat = new ChatEncoder(Template.Get("empty"), new LetterTokens());
        EncodedRow row = new SupervisedEncoder(chat, 6).Encode(new TrainingRow([User("abcdefgh"), Assistant("ijklmnop") with { Spans = [(2, 8)] }]));
        Assert.Equal(("abcijk", "~~~~~k"), (LetterTokens.Text(row.Ids), LetterTokens.Text(row.Labels)));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(-1, 2)]
    [InlineData(0, 4)]
    public void A_span_outside_the_content_is_refused(int start, int end) =>
        Assert.Contains("message 2: expected spans inside the 3 characters", Assert.Throws<UsageException>(() => Labels("smollm2", [User("x"), Assistant("abc") with { Spans = [(start, end)] }])).Message);

    [Fact]
    public void Words_of_a_real_tokenizer_are_learned_when_a_span_touches_them()
    {
        using var checkpoint = new TinyCheckpoint();
        var source = new TokenizerSource(Tokenizer.Load(checkpoint.Folder));
        const string Text = "the sky is Blue.";
        (int[] ids, (int Start, int End)[] spans) = source.EncodeSpans(Text);
        Assert.Equal(source.Encode(Text), ids);
        EncodedRow row = new SupervisedEncoder(new ChatEncoder(Template.Get("empty"), source), 100).Encode(new TrainingRow([User("q"), Assistant(Text) with { Spans = [(5, 7)] }]));
        int first = row.Ids.Length - ids.Length;
        for (int i = 0; i < ids.Length; i++) Assert.Equal(spans[i].Start < 7 && spans[i].End > 5, row.Labels[first + i] != -100);
        Assert.Contains(row.Labels, l => l != -100);
    }
}
