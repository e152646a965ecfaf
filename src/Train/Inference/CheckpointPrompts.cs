using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Prompts by the checkpoint's own chat template, as transformers' apply_chat_template makes them.</summary>
internal sealed class CheckpointPrompts : IPromptEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly string? _system;

    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <param name="source">The checkpoint, for errors.</param>
    /// <param name="system">In front of a talk that brings none; null or empty for nothing.</param>
    /// <exception cref="UsageException">The checkpoint has no chat template, or one that cannot be read.</exception>
    public CheckpointPrompts(Tokenizer tokenizer, string source, string? system)
    {
        (_tokenizer, _system) = (tokenizer, system);
        _template = Read(tokenizer, source) ?? throw new UsageException($"template: not given, and {source} has no chat template of its own; name the one that fits the model, for example template=llama3 ('pure-tuner template list' shows all; template=empty is none)");
        StopIds = [.. Stops().Distinct().Order()];
    }

    public IReadOnlyList<int> StopIds { get; }

    public void RequireVocabulary() { }

    public int[] EncodePrompt(IReadOnlyList<TrainingMessage> messages, string? system)
    {
        var talk = new JsonArray();
        if (string.IsNullOrEmpty(system)) system = _system;
        if (!string.IsNullOrEmpty(system)) talk.Add(Message("system", system));
        foreach (TrainingMessage message in messages) talk.Add(Message(message.Role == MessageRole.Assistant ? "assistant" : "user", message.Content));
        return Encode(_tokenizer, _template, talk, new ChatTemplateOptions { AddGenerationPrompt = true });
    }

    /// <summary>The chat template of a tokenizer, or null.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static ChatTemplate? Read(Tokenizer tokenizer, string source)
    {
        try
        {
            return ChatTemplate.Of(tokenizer);
        }
        catch (JinjaException e)
        {
            throw new UsageException($"{source}: its chat template cannot be read: {e.Message}; name a template instead, for example template=llama3 ('pure-tuner template list' shows all)", e);
        }
    }

    /// <summary>Ids of a rendered talk; the template has written all special tokens itself.</summary>
    /// <exception cref="UsageException">The template does not take the talk.</exception>
    public static int[] Encode(Tokenizer tokenizer, ChatTemplate template, JsonArray talk, ChatTemplateOptions options)
    {
        try
        {
            return tokenizer.Encode(template.Render(talk, options).Text, addSpecialTokens: false);
        }
        catch (JinjaException e)
        {
            throw new UsageException($"the checkpoint's chat template does not take this talk: {e.Message}; name a template instead, for example template=llama3 ('pure-tuner template list' shows all)", e);
        }
    }

    public static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    /// <summary>The end of a text, and the special token that the template writes behind an answer.</summary>
    private IEnumerable<int> Stops()
    {
        if (_tokenizer.EosId is { } eos) yield return eos;
        const string Answer = "answer-to-be-found";
        int? behind = null;
        try
        {
            string text = _template.Render([Message("user", "question"), Message("assistant", Answer)]).Text;
            int at = text.LastIndexOf(Answer, StringComparison.Ordinal);
            if (at >= 0 && _tokenizer.Encode(text[(at + Answer.Length)..].TrimStart(), addSpecialTokens: false) is [var first, ..] && _tokenizer.IsSpecial(first)) behind = first;
        }
        catch (JinjaException)
        {
            // Some templates refuse such a talk: then the end of the text is the one end.
        }
        if (behind is { } id) yield return id;
    }
}
