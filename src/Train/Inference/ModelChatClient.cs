using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace Pure.Tuner;

/// <summary>A model behind the chat interface of Microsoft.Extensions.AI: whoever writes against that can be given a model in this process.</summary>
/// <remarks>
/// Each answer is computed on a thread of its own; calls from any thread wait for each other and for a trainer of the same model.
/// The client holds no state: every call carries the whole talk.
/// </remarks>
public sealed class ModelChatClient : IChatClient
{
    /// <summary>Most tokens of an answer when nobody says otherwise; fewer where the model's context ends before.</summary>
    public const int DefaultNewTokens = 1024;

    private readonly LanguageModel _model;
    private readonly IPromptEncoder _encoder;
    private readonly GenerationOptions _defaults;

    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="template">Name of the template that fits the model; null takes the checkpoint's own chat template.</param>
    /// <param name="options">How to generate where a call says nothing; null is greedy.</param>
    /// <exception cref="UsageException">There is no such template, or the model's vocabulary lacks its tokens.</exception>
    public ModelChatClient(LanguageModel model, string? template, GenerationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _defaults) = (model, options ?? new GenerationOptions());
        _encoder = IPromptEncoder.For(template, model, null);
        _encoder.RequireVocabulary();
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The call asks for tools, a form of the answer, or holds more than text.</exception>
    /// <exception cref="ArgumentException">The talk does not end with words of the user, or an option is out of range.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        (int[] prompt, GenerationOptions how) = Prepare(messages, options);
        string id = NewId();
        TextResult result = await RunAsync(prompt, how, null, cancellationToken).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, result.Text) { MessageId = id })
        {
            ResponseId = id,
            ModelId = _model.Source,
            CreatedAt = DateTimeOffset.UtcNow,
            FinishReason = Finish(result),
            Usage = Usage(result),
        };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The call asks for tools, a form of the answer, or holds more than text.</exception>
    /// <exception cref="ArgumentException">The talk does not end with words of the user, or an option is out of range.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        (int[] prompt, GenerationOptions how) = Prepare(messages, options);
        string id = NewId();
        var pieces = Channel.CreateUnbounded<string>(new() { SingleReader = true, SingleWriter = true });
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<TextResult> answer = RunAsync(prompt, how, pieces.Writer, left.Token);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return Update(id, piece);
            TextResult result = await answer.ConfigureAwait(false);
            ChatResponseUpdate last = Update(id, "");
            last.Contents = [new UsageContent(Usage(result))];
            last.FinishReason = Finish(result);
            yield return last;
        }
        finally
        {
            // A reader who leaves early ends the computation, and waits until it has let go of the model.
            await left.CancelAsync().ConfigureAwait(false);
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("pure-tuner", null, _model.Source)
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_model) ? _model : null;
    }

    /// <summary>Does nothing: the model is the caller's.</summary>
    public void Dispose() { }

    private async Task<TextResult> RunAsync(int[] prompt, GenerationOptions how, ChannelWriter<string>? pieces, CancellationToken cancel)
    {
        try
        {
            await _model.Turn.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                return await Task.Factory.StartNew(
                    () => new TextGenerator(_model.Decoder, _model.Tokenizer).Generate([prompt], how, (_, piece) => pieces?.TryWrite(piece), cancel: cancel)[0],
                    cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            }
            finally { _model.Turn.Release(); }
        }
        finally { pieces?.TryComplete(); }
    }

    private (int[] Prompt, GenerationOptions How) Prepare(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (options?.Tools is { Count: > 0 }) throw new NotSupportedException("chat: tools are not supported yet; leave ChatOptions.Tools out");
        if (options?.ResponseFormat is ChatResponseFormatJson) throw new NotSupportedException("chat: an answer in JSON cannot be promised; leave ChatOptions.ResponseFormat out");
        int[] prompt = _encoder.EncodePrompt(Talk(messages, options?.Instructions, out string? system), system);
        return (prompt, Options(options, prompt.Length));
    }

    /// <summary>User and assistant in turn, the user last; neighbours of one role are joined by a line break.</summary>
    private static List<TrainingMessage> Talk(IEnumerable<ChatMessage> messages, string? instructions, out string? system)
    {
        var talk = new List<TrainingMessage>();
        var head = new StringBuilder(instructions);
        foreach (ChatMessage message in messages)
        {
            if (message.Contents.FirstOrDefault(c => c is not TextContent) is { } other) throw new NotSupportedException($"chat: {other.GetType().Name} is not supported; only text is");
            if (message.Role == ChatRole.System)
            {
                if (head.Length > 0) head.Append('\n');
                head.Append(message.Text);
                continue;
            }
            MessageRole role = message.Role == ChatRole.User ? MessageRole.User : message.Role == ChatRole.Assistant ? MessageRole.Assistant
                : throw new NotSupportedException($"chat: a message of role '{message.Role}' is not supported");
            if (talk.Count > 0 && talk[^1].Role == role) talk[^1] = new TrainingMessage(role, $"{talk[^1].Content}\n{message.Text}");
            else talk.Add(new TrainingMessage(role, message.Text));
        }
        system = head.Length > 0 ? head.ToString() : null;
        if (talk.Count % 2 == 0 || talk[0].Role != MessageRole.User) throw new ArgumentException("chat: the talk must begin and end with words of the user", nameof(messages));
        return talk;
    }

    private GenerationOptions Options(ChatOptions? asked, int promptTokens)
    {
        GenerationOptions how = _defaults with { EosTokenIds = [.. _defaults.EosTokenIds.Union(_encoder.StopIds)] };
        if (how.MaxNewTokens is null && how.MaxLength is null)
            how = how with { MaxNewTokens = Math.Clamp(_model.Decoder.Config.MaxPositions - promptTokens, 1, DefaultNewTokens) };
        if (asked is null) return how;
        return how with
        {
            // As elsewhere, a temperature of 0 takes the most probable token.
            DoSample = asked.Temperature is { } t ? t > 0 : how.DoSample,
            Temperature = asked.Temperature is > 0 and { } temperature ? temperature : how.Temperature,
            TopP = asked.TopP ?? how.TopP,
            TopK = asked.TopK ?? how.TopK,
            FrequencyPenalty = asked.FrequencyPenalty ?? how.FrequencyPenalty,
            PresencePenalty = asked.PresencePenalty ?? how.PresencePenalty,
            MaxNewTokens = asked.MaxOutputTokens ?? how.MaxNewTokens,
            Seed = asked.Seed is { } seed ? unchecked((int)seed) : how.Seed,
            StopStrings = asked.StopSequences is { Count: > 0 } stops ? [.. how.StopStrings.Union(stops)] : how.StopStrings,
        };
    }

    private ChatResponseUpdate Update(string id, string piece) => new(ChatRole.Assistant, piece) { ResponseId = id, MessageId = id, ModelId = _model.Source, CreatedAt = DateTimeOffset.UtcNow };

    private static ChatFinishReason Finish(TextResult result) => result.Finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;

    private static UsageDetails Usage(TextResult result) => new()
    {
        InputTokenCount = result.Usage.PromptTokens,
        OutputTokenCount = result.Usage.NewTokens,
        TotalTokenCount = result.Usage.PromptTokens + result.Usage.NewTokens,
    };

    private static string NewId() => $"chat-{Guid.NewGuid():N}";
}
