using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A checkpoint's own chat template: renders conversations exactly as transformers' apply_chat_template does.</summary>
/// <remarks>Reading may fail once, rendering as often as a conversation does not suit; neither can hang, and memory is bounded. Rendering may run on any number of threads.</remarks>
public sealed class ChatTemplate
{
    private readonly JinjaTemplate _template;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    private ChatTemplate(JinjaTemplate template, IReadOnlyDictionary<string, string> specialTokens) => (_template, _specialTokens) = (template, specialTokens);

    /// <summary>Reads a template.</summary>
    /// <param name="text">Jinja.</param>
    /// <param name="specialTokens">Variables of every rendering by name: bos_token, eos_token and the like.</param>
    /// <exception cref="JinjaException">The text is no template; the message names the line.</exception>
    public static ChatTemplate Parse(string text, IReadOnlyDictionary<string, string>? specialTokens = null) =>
        new(JinjaTemplate.Parse(text), specialTokens ?? new Dictionary<string, string>());

    /// <summary>The template of a tokenizer, its special tokens as variables; null where it has none.</summary>
    /// <exception cref="JinjaException">The text is no template; the message names the line.</exception>
    public static ChatTemplate? Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (tokenizer.ChatTemplate is not { } text) return null;
        var tokens = new Dictionary<string, string>();
        foreach (string role in SpecialTokens.Roles)
            if (tokenizer.SpecialToken(role) is { } token) tokens.Add(role, token);
        return Parse(text, tokens);
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">Objects with role and content, and what else the template reads.</param>
    /// <param name="options">Tools, the opening of an answer, and other variables.</param>
    /// <exception cref="JinjaException">The template refuses the conversation, fails, or takes too much.</exception>
    public RenderedChat Render(JsonArray messages, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatTemplateOptions o = options ?? new ChatTemplateOptions();
        if (o.ContinueFinalMessage && o.AddGenerationPrompt)
            throw new JinjaException("continue_final_message and add_generation_prompt cannot go together: the one continues an answer, the other begins one");
        var variables = new Dictionary<string, JsonNode?>();
        foreach ((string name, string token) in _specialTokens) variables[name] = token;
        variables["messages"] = messages;
        variables["tools"] = o.Tools;
        variables["documents"] = o.Documents;
        variables["add_generation_prompt"] = o.AddGenerationPrompt;
        foreach ((string name, JsonNode? value) in o.Variables ?? []) variables[name] = value;
        (string text, IReadOnlyList<(int Start, int End)> generation) = _template.Render(variables, o.Now);
        if (o.ContinueFinalMessage) text = CutAfterLast(text, messages);
        return new RenderedChat(text, [.. generation.Where(g => g.End <= text.Length)]);
    }

    /// <summary>The text up to the end of what the last message says, so that the model goes on there.</summary>
    private static string CutAfterLast(string text, JsonArray messages)
    {
        string last = Content((messages.Count > 0 ? messages[^1] : null) is JsonObject message ? message["content"] : null);
        string bare = PyText.TrimEnd(PyText.TrimStart(last));
        int at = text.LastIndexOf(bare, StringComparison.Ordinal);
        if (at < 0)
            throw new JinjaException("continue_final_message is set, but the last message's text does not stand in what the template made of it: it cannot be continued with this template");
        // Kept with its trailing blanks where the template keeps them.
        string left = PyText.TrimStart(last);
        bool whole = at + left.Length <= text.Length && string.CompareOrdinal(text, at, last, 0, Math.Max(left.Length, last.Length)) == 0 && left.Length == last.Length;
        return text[..(at + (whole ? left.Length : bare.Length))];
    }

    private static string Content(JsonNode? content)
    {
        if (content is JsonArray parts && parts.OfType<JsonObject>().LastOrDefault(p => p.ContainsKey("text")) is { } part) content = part["text"];
        return content is JsonValue value && value.TryGetValue(out string? text) ? text : throw new JinjaException("continue_final_message is set, but the last message holds no text to continue");
    }
}
