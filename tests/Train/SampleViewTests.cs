namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class SampleViewTests
{
    private static (EncodedRow Row, TemplateTokens Tokens) Encode(string question, string answer)
    {
        var chat = new ChatEncoder(Template.Get("chatml"), new EstimatedTokens());
        return (new SupervisedEncoder(chat, 10_000).Encode(TrainingRow.Of(question, answer)), chat.Tokens);
    }

    [Fact]
    public void Learned_parts_stand_in_brackets_or_green()
    {
        (EncodedRow row, TemplateTokens tokens) = Encode("Größe? 😀", "Two metres.");
        Assert.Equal("<|im_start|>user\nGröße? 😀<|im_end|>\n<|im_start|>assistant\n⟦Two metres.<|im_end|>\n⟧", SampleView.Text(row, tokens, colour: false));
        Assert.EndsWith("\u001b[32mTwo metres.<|im_end|>\n\u001b[0m", SampleView.Text(row, tokens, colour: true));
        Assert.Equal(row.Labels.Count(l => l != -100), SampleView.Learned(row));
    }

    [Fact]
    public void Every_template_renders_without_a_model()
    {
        foreach (string name in Template.Names)
        {
            var chat = new ChatEncoder(Template.Get(name), new EstimatedTokens());
            EncodedRow row = new SupervisedEncoder(chat, 10_000).Encode(TrainingRow.Of("Who asks?", "Nobody knows."));
            string text = SampleView.Text(row, chat.Tokens, colour: false), learned = string.Concat(text.Split(SampleView.Open).Skip(1).Select(p => p.Split(SampleView.Close)[0]));
            Assert.True(text.Contains("Who asks?") && learned.Contains("Nobody knows.") && !learned.Contains("Who asks?"), $"{name}: {text}");
        }
    }

    [Fact]
    public void Padding_is_not_shown_and_a_long_row_loses_its_middle()
    {
        (EncodedRow row, TemplateTokens tokens) = Encode("q", string.Concat(Enumerable.Range(0, 500).Select(i => $"w{i} ")));
        string text = SampleView.Text(row, tokens, colour: false, most: 60);
        Assert.Contains($"… {row.Ids.Length - 60:N0} tokens are not shown …", text);
        Assert.StartsWith("<|im_start|>user\nq", text);
        Assert.EndsWith("w499 <|im_end|>\n⟧", text);
        EncodedRow padded = row with { Ids = [.. row.Ids, 0, 0], Labels = [.. row.Labels, -100, -100], Padding = 2 };
        Assert.Equal(text, SampleView.Text(padded, tokens, colour: false, most: 60));
    }

    [Fact]
    public void Data_cannot_steer_a_terminal()
    {
        (EncodedRow row, TemplateTokens tokens) = Encode("a\u001b[2Jb\u009bc", "x\ty");
        string text = SampleView.Text(row, tokens, colour: false);
        Assert.Contains("a\\x1b[2Jb\\x9bc", text);
        Assert.Contains("x\ty", text);
    }

    [Theory]
    [InlineData("Hello, world!", 4)]
    [InlineData("internationalisation", 4)]
    [InlineData("你好世界", 4)]
    [InlineData("2024", 4)]
    [InlineData("", 0)]
    public void Estimated_tokens_cover_the_text(string text, int count)
    {
        var tokens = new EstimatedTokens();
        (int[] ids, (int Start, int End)[] spans) = tokens.EncodeSpans(text);
        Assert.Equal(count, ids.Length);
        Assert.Equal(text, string.Concat(ids.Select(tokens.TokenOf)));
        Assert.Equal(text.EnumerateRunes().Count(), spans.Length == 0 ? 0 : spans[^1].End);
    }

    [Fact]
    public void A_histogram_counts_every_row_once()
    {
        var lengths = new LengthHistogram([.. Enumerable.Range(1, 990), .. Enumerable.Repeat(50_000, 10)]);
        Assert.Equal((500, 900, 990, 50_000), (lengths.Percentile(0.5), lengths.Percentile(0.9), lengths.Percentile(0.99), lengths.Max));
        IReadOnlyList<(int From, int To, int Count)> steps = lengths.Steps();
        Assert.InRange(steps.Count, 5, 13);
        Assert.Equal(1000, steps.Sum(s => s.Count));
        Assert.Equal((1000, 50_000, 10), steps[^1]);
        Assert.Equal((10, 0), (lengths.Over(990), lengths.Over(50_000)));
        Assert.Empty(new LengthHistogram([]).Steps());
        Assert.Equal(1, new LengthHistogram([0]).Steps().Sum(s => s.Count));
    }
}
