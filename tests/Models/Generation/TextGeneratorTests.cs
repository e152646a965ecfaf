namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class TextGeneratorTests : IDisposable
{
    private static readonly Tokenizer s_tokenizer = TestTokenizers.ByteLevel;
    private static readonly GenerationOptions s_options = new() { MaxNewTokens = 60, DoSample = true, TopK = 0, Seed = 4 };
    private readonly TinyModel _tiny = new(s_tokenizer.VocabularySize);
    private readonly TextGenerator _generator;

    public TextGeneratorTests() => _generator = new TextGenerator(_tiny.Model, s_tokenizer) { StopsAtEos = false };

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Pieces_put_together_are_the_text_and_never_half_a_character()
    {
        string[] prompts = ["the quick", "你好 🙂"];
        var pieces = new List<string>[] { [], [] };
        IReadOnlyList<TextResult> results = _generator.Generate(prompts, s_options, (row, piece) => pieces[row].Add(piece));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(results[i].Text, string.Concat(pieces[i]));
            Assert.Equal(s_tokenizer.Decode(results[i].Tokens, skipSpecialTokens: true), results[i].Text);
            Assert.DoesNotContain(pieces[i], p => char.IsLowSurrogate(p[0]) || char.IsHighSurrogate(p[^1]));
            Assert.Equal((s_tokenizer.Encode(prompts[i]).Length, 60), (results[i].Usage.PromptTokens, results[i].Usage.NewTokens));
            Assert.True(results[i].Usage.TokensPerSecond > 0 && results[i].Usage.FirstTokenMs <= results[i].Usage.TotalMs);
        }
        Assert.Equal(results[0].Text, string.Concat(_generator.Stream(prompts[0], s_options)));
    }

    [Fact]
    public void Stop_string_across_tokens_is_cut_and_no_part_of_it_shown()
    {
        TextResult whole = _generator.Generate(["the"], s_options)[0];
        string stop = whole.Text.Substring(whole.Text.Length / 2, 6);          // in a random text it lies across tokens
        int at = whole.Text.IndexOf(stop, StringComparison.Ordinal);
        GenerationOptions options = s_options with { StopStrings = ["never there", stop] };
        var pieces = new List<string>();
        TextResult cut = _generator.Generate(["the"], options, (_, piece) => pieces.Add(piece))[0];
        Assert.Equal(whole.Text[..at], cut.Text);
        Assert.Equal(cut.Text, string.Concat(pieces));
        Assert.Equal((stop, FinishReason.Stopped), (cut.StopString, cut.Finish));
        Assert.Equal(whole.Tokens[..cut.Tokens.Length], cut.Tokens);
        Assert.True(cut.Tokens.Length < whole.Tokens.Length && cut.Usage.NewTokens == cut.Tokens.Length);
        Assert.Equal(cut.Text, string.Concat(_generator.Stream("the", options)));
    }

    [Fact]
    public void Held_text_comes_out_at_the_end()
    {
        TextResult whole = _generator.Generate(["the"], s_options)[0];
        TextResult same = _generator.Generate(["the"], s_options with { StopStrings = [whole.Text[^2..] + "x"] })[0];
        Assert.Equal((whole.Text, FinishReason.Length, null), (same.Text, same.Finish, same.StopString));
    }

    [Fact]
    public void End_token_has_no_text()
    {
        TextResult whole = _generator.Generate(["the"], s_options)[0];
        int last = Array.FindIndex(whole.Tokens, 5, id => !whole.Tokens[..5].Contains(id));
        TextResult ended = _generator.Generate(["the"], s_options with { EosTokenIds = [whole.Tokens[last]] })[0];
        Assert.Equal(whole.Tokens[..(Array.IndexOf(whole.Tokens, whole.Tokens[last]) + 1)], ended.Tokens);
        Assert.Equal(s_tokenizer.Decode(ended.Tokens[..^1], skipSpecialTokens: true), ended.Text);
        Assert.Equal(FinishReason.Eos, ended.Finish);
    }

    [Fact]
    public void Beams_give_text_too()
    {
        IReadOnlyList<TextResult> results = _generator.Generate(["the"], new GenerationOptions { MaxNewTokens = 8, NumBeams = 3, NumReturnSequences = 2 });
        Assert.Equal(2, results.Count);
        foreach (TextResult result in results) Assert.Equal(s_tokenizer.Decode(result.Tokens, skipSpecialTokens: true), result.Text);
    }
}
