using Microsoft.Extensions.AI;

namespace Pure.Tuner.Tests;

/// <summary>The model behind the chat interface of Microsoft.Extensions.AI.</summary>
[Trait("Category", "Unit")]
public sealed class ModelChatClientTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>, IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(checkpoint.Folder, threads: 1);
    private static readonly ChatOptions s_short = new() { MaxOutputTokens = 12 };

    public void Dispose()
    {
        using (_model) Assert.True(_model.Turn.Wait(0), "a call kept its turn");
    }

    [Fact]
    public async Task An_answer_is_the_conversations_answer()
    {
        IChatClient chat = _model.AsChatClient();
        ChatResponse response = await chat.GetResponseAsync("Hello?", s_short);
        Assert.Equal(string.Concat(new Conversation(_model, "default").Ask("Hello?", new GenerationOptions { MaxNewTokens = 12 })), response.Text);
        Assert.Equal(12, response.Usage!.OutputTokenCount);
        Assert.Equal(response.Usage.InputTokenCount + 12, response.Usage.TotalTokenCount);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(_model.Source, response.ModelId);
    }

    [Fact]
    public async Task Pieces_join_to_the_answer()
    {
        IChatClient chat = _model.AsChatClient();
        List<ChatMessage> talk = [new(ChatRole.System, "Be short."), new(ChatRole.User, "Hello?"), new(ChatRole.Assistant, "Yes."), new(ChatRole.User, "And"), new(ChatRole.User, "now?")];
        ChatResponse whole = await chat.GetResponseAsync(talk, s_short);
        List<ChatResponseUpdate> pieces = [];
        await foreach (ChatResponseUpdate piece in chat.GetStreamingResponseAsync(talk, s_short)) pieces.Add(piece);
        ChatResponse joined = pieces.ToChatResponse();
        Assert.True(pieces.Count > 2);
        Assert.Equal(whole.Text, joined.Text);
        Assert.Single(joined.Messages);
        Assert.Equal(ChatFinishReason.Length, joined.FinishReason);
        Assert.Equal(whole.Usage!.TotalTokenCount, joined.Usage!.TotalTokenCount);
        // System words and earlier turns are read: another question alone is another answer.
        Assert.NotEqual(whole.Usage.InputTokenCount, (await chat.GetResponseAsync("now?", s_short)).Usage!.InputTokenCount);
    }

    [Fact]
    public async Task The_calls_options_win_and_a_seed_repeats()
    {
        IChatClient chat = _model.AsChatClient(options: new GenerationOptions { MaxNewTokens = 5 });
        Assert.Equal(5, (await chat.GetResponseAsync("Hello?")).Usage!.OutputTokenCount);
        ChatOptions drawn = new() { Temperature = 2, Seed = 3, MaxOutputTokens = 12, TopK = 0, TopP = 1 };
        string first = (await chat.GetResponseAsync("Hello?", drawn)).Text;
        Assert.Equal(first, (await chat.GetResponseAsync("Hello?", drawn)).Text);
        drawn.Seed = 4;
        Assert.NotEqual(first, (await chat.GetResponseAsync("Hello?", drawn)).Text);
    }

    [Fact]
    public async Task Calls_from_many_threads_wait_for_each_other()
    {
        IChatClient chat = _model.AsChatClient();
        string alone = (await chat.GetResponseAsync("Hello?", s_short)).Text;
        ChatResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => chat.GetResponseAsync("Hello?", s_short))));
        Assert.All(answers, a => Assert.Equal(alone, a.Text));
    }

    [Fact]
    public async Task A_cancelled_call_ends_and_a_reader_may_leave()
    {
        IChatClient chat = _model.AsChatClient();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat.GetResponseAsync("Hello?", s_short, new CancellationToken(canceled: true)));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in chat.GetStreamingResponseAsync("Hello?", new() { MaxOutputTokens = 100 }, stop.Token)) await stop.CancelAsync();
        });
        await foreach (ChatResponseUpdate _ in chat.GetStreamingResponseAsync("Hello?", new() { MaxOutputTokens = 100 })) break;
        Assert.Equal(12, (await chat.GetResponseAsync("Hello?", s_short)).Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task What_is_not_supported_is_refused_in_words()
    {
        IChatClient chat = _model.AsChatClient();
        Task Ask(ChatMessage message, ChatOptions? options = null) => chat.GetResponseAsync([message], options);
        Assert.Contains("tools are not supported", (await Assert.ThrowsAsync<NotSupportedException>(() => Ask(new(ChatRole.User, "x"), new() { Tools = [AIFunctionFactory.Create(() => 1)] }))).Message);
        Assert.Contains("JSON", (await Assert.ThrowsAsync<NotSupportedException>(() => Ask(new(ChatRole.User, "x"), new() { ResponseFormat = ChatResponseFormat.Json }))).Message);
        Assert.Contains("UriContent", (await Assert.ThrowsAsync<NotSupportedException>(() => Ask(new(ChatRole.User, [new UriContent("https://example.org/a.png", "image/png")])))).Message);
        Assert.Contains("end with words of the user", (await Assert.ThrowsAsync<ArgumentException>(() => Ask(new(ChatRole.Assistant, "x")))).Message);
        Assert.Contains("end with words of the user", (await Assert.ThrowsAsync<ArgumentException>(() => chat.GetResponseAsync([]))).Message);
        Assert.Throws<UsageException>(() => _model.AsChatClient("nonsense"));
    }

    [Fact]
    public void Services_are_the_client_the_model_and_the_metadata()
    {
        IChatClient chat = _model.AsChatClient();
        Assert.Same(chat, chat.GetService<ModelChatClient>());
        Assert.Same(_model, chat.GetService<LanguageModel>());
        Assert.Equal(_model.Source, chat.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Null(chat.GetService<string>());
    }
}
