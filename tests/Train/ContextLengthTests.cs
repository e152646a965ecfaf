namespace Pure.Tuner.Tests;

/// <summary>A model answers within the positions that it was made for, and says when they are used up.</summary>
[Trait("Category", "Unit")]
public sealed class ContextLengthTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>, IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(checkpoint.Folder, threads: 1);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_prompt_that_leaves_no_room_is_refused_with_both_numbers()
    {
        string prompt = string.Concat(Enumerable.Repeat("z!", 100));
        int tokens = _model.Tokenizer.Encode(prompt).Length;
        string message = Assert.Throws<UsageException>(() => _model.Generate(prompt)).Message;
        Assert.StartsWith($"prompt: {tokens} tokens leave no room in the 128", message);
        var talk = new Conversation(_model, "default");
        Assert.Throws<UsageException>(() => talk.Ask(prompt, new GenerationOptions()).Count());
        Assert.Empty(talk.Messages);
    }

    [Fact]
    public void An_empty_prompt_is_refused() => Assert.StartsWith("prompt: it is empty", Assert.Throws<UsageException>(() => _model.Generate("")).Message);

    [Fact]
    public void A_length_that_the_prompt_fills_is_refused() =>
        Assert.StartsWith("max_length: 1 leaves no room after a prompt", Assert.Throws<UsageException>(() => _model.Generate("Hello", new GenerationOptions { MaxLength = 1 })).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_answer_ends_at_the_limit_and_says_so(int beams)
    {
        var options = new GenerationOptions { MaxNewTokens = 1000, MinNewTokens = 1000, EosTokenIds = [0], NumBeams = beams };
        string cut = _model.Generate("Hello", options);
        Assert.True(_model.ReachedContextLength);
        int room = 128 - _model.Tokenizer.Encode("Hello").Length;
        Assert.Equal(cut, _model.Generate("Hello", options with { MaxNewTokens = room, MinNewTokens = room }));
        Assert.False(_model.ReachedContextLength);
    }
}
