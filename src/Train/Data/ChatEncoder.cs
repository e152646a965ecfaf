using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Turns of a conversation to token ids, by a template: the same ids that LLaMA-Factory gives.</summary>
/// <remarks>Every slot is encoded on its own, so that no token reaches over the border of a slot.</remarks>
public sealed partial class ChatEncoder
{
    private readonly Template _template;
    private readonly string _system;
    private readonly bool? _thinking;
    private readonly bool _preserveThinking;

    /// <param name="template">The template.</param>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <param name="defaultSystem">In place of the template's own system text; empty for none, null to keep it.</param>
    /// <param name="enableThinking">For templates with thoughts, see <see cref="Recipe.EnableThinking"/>.</param>
    /// <param name="preserveThinking">For templates with thoughts: keep those of earlier turns.</param>
    public ChatEncoder(Template template, Tokenizer tokenizer, string? defaultSystem = null, bool? enableThinking = true, bool preserveThinking = false)
        : this(template, new TokenizerSource(tokenizer), defaultSystem, enableThinking, preserveThinking) { }

    internal ChatEncoder(Template template, ITokenSource source, string? defaultSystem = null, bool? enableThinking = true, bool preserveThinking = false)
    {
        (_template, _thinking, _preserveThinking) = (template, enableThinking, preserveThinking);
        _system = defaultSystem ?? template.DefaultSystem;
        Tokens = new TemplateTokens(template, source);
    }

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> StopIds => Tokens.StopIds;

    internal TemplateTokens Tokens { get; }
    internal Template Template => _template;

    /// <summary>The system text where a row has none.</summary>
    internal string System => _system;

    /// <summary>The Jinja text to save in place of the tokenizer's own; null where that one stays.</summary>
    /// <param name="own">The tokenizer's own, or null.</param>
    public string? ReplacementChatTemplate(string? own) => TemplateJinja.Replacement(_template, Tokens, _system, own is not null);

    /// <summary>Refuses words that the model has no row for.</summary>
    /// <exception cref="UsageException">The template needs tokens that are not in the vocabulary.</exception>
    internal void RequireVocabulary()
    {
        IEnumerable<string> missing = _template.TokenSlots.Where(t => Tokens.IdOf(t) is null).Concat(Tokens.NewTokens.Keys).Distinct();
        if (missing.Any())
            throw new UsageException($"template: '{_template.Name}' needs {string.Join(", ", missing)}, which the vocabulary lacks; choose the template that belongs to the model, or 'default'");
    }

    /// <summary>One pair of ids for each question and answer.</summary>
    /// <param name="row">An even number of messages.</param>
    /// <param name="dropEarlierThoughts">Only the last answer is learned, so that earlier thoughts would not be seen.</param>
    internal List<(int[] Prompt, int[] Response)> EncodeTurns(TrainingRow row, bool dropEarlierThoughts = false)
    {
        List<TrainingMessage> messages = [.. row.Messages];
        if (_template.Thinks) StripThoughts(messages, dropEarlierThoughts);
        List<List<int>> encoded = Encode(messages, row.System, row.Tools, row.Place);
        if (_template.Thinks)
            for (int i = dropEarlierThoughts && !_preserveThinking ? messages.Count - 1 : 1; i < messages.Count; i += 2)
                if (!HasThought(messages[i].Content))
                {
                    // The empty thought is learned when thinking is on; otherwise the prompt gives it away.
                    if (_thinking == true) encoded[i].InsertRange(0, EmptyThought());
                    else encoded[i - 1].AddRange(EmptyThought());
                }
        var pairs = new List<(int[], int[])>();
        for (int i = 0; i + 1 < encoded.Count; i += 2) pairs.Add(([.. encoded[i]], [.. encoded[i + 1]]));
        return pairs;
    }

    /// <summary>The ids that an answer continues: every message, up to where the assistant begins to speak.</summary>
    /// <param name="messages">An odd number: the last is the user's.</param>
    /// <param name="system">The system text; null or empty takes the default.</param>
    /// <param name="tools">Tools that the assistant may call, as a JSON list; empty for none.</param>
    public int[] EncodePrompt(IReadOnlyList<TrainingMessage> messages, string? system = null, string tools = "")
    {
        List<TrainingMessage> all = [.. messages];
        if (_template.Thinks && !_preserveThinking)
            for (int i = 1; i < all.Count; i += 2) all[i] = all[i] with { Content = RemoveThought(all[i].Content) };
        List<int> ids = [.. Encode(all, system, tools, "messages").SelectMany(e => e)];
        if (_template.Thinks && _thinking != true) ids.AddRange(EmptyThought());
        return [.. ids];
    }

    private List<List<int>> Encode(List<TrainingMessage> messages, string? system, string tools, string place)
    {
        if (string.IsNullOrEmpty(system)) system = _system;
        var encoded = new List<List<int>>();
        for (int i = 0; i < messages.Count; i++)
        {
            (MessageRole role, string content) = messages[i];
            var ids = new List<int>();
            if (i == 0)
            {
                Add(ids, _template.Prefix, "", null);
                if (system.Length > 0 || tools.Length > 0)
                {
                    string text = system + ToolText(tools, place);
                    if (!_template.SystemInUser) Add(ids, _template.System, text, null);
                    else if (role == MessageRole.User) content = Fill(_template.System[0].Text!, text, null) + content;
                }
            }
            switch (role)
            {
                case MessageRole.User: Add(ids, _template.User, content, _template.SystemInUser ? null : i / 2); break;
                case MessageRole.Assistant: Add(ids, _template.Assistant, content, null); break;
                case MessageRole.Observation: Add(ids, _template.Observation, content, null); break;
                default: Add(ids, _template.Function, CallText(content, place), null); break;
            }
            encoded.Add(ids);
        }
        return encoded;
    }

    private void Add(List<int> ids, TemplateSlot[] slots, string content, int? index)
    {
        foreach (TemplateSlot slot in slots)
        {
            if (slot.Text is { } text) ids.AddRange(Tokens.Encode(Fill(text, content, index)));
            // A vocabulary that lacks the token gives its unknown one, as in the reference; training refuses such a pair before (RequireVocabulary).
            else if (slot.Token is { } token)
                ids.Add(Tokens.IdOf(token) ?? Tokens.UnknownId ?? throw new UsageException($"template: '{_template.Name}' needs '{token}', which the vocabulary lacks; choose the template that belongs to the model"));
            else if ((slot.Special == "bos_token" ? Tokens.BosId : slot.Special == "eos_token" ? Tokens.EosId : null) is { } id) ids.Add(id);
        }
    }

    // Each placeholder once and in this order: a text that itself holds {{idx}} is then hit, as in the reference.
    private static string Fill(string slot, string content, int? index)
    {
        slot = ReplaceFirst(slot, "{{content}}", content);
        return index is { } i ? ReplaceFirst(slot, "{{idx}}", i.ToString(CultureInfo.InvariantCulture)) : slot;
    }

    private static string ReplaceFirst(string text, string what, string by) =>
        text.IndexOf(what, StringComparison.Ordinal) is var at and >= 0 ? string.Concat(text.AsSpan(0, at), by, text.AsSpan(at + what.Length)) : text;

    private void StripThoughts(List<TrainingMessage> messages, bool dropEarlier)
    {
        int end = _thinking == false ? messages.Count : dropEarlier && !_preserveThinking ? messages.Count - 2 : 0;
        for (int i = 1; i < end; i += 2) messages[i] = messages[i] with { Content = RemoveThought(messages[i].Content) };
    }

    private bool HasThought(string content) =>
        content.Contains(_template.ThoughtWords[0].Trim(), StringComparison.Ordinal) || content.Contains(_template.ThoughtWords[1].Trim(), StringComparison.Ordinal);

    private string RemoveThought(string content) =>
        Regex.Replace(content, Regex.Escape(_template.ThoughtWords[0]) + "(.*?)" + Regex.Escape(_template.ThoughtWords[1]), "", RegexOptions.Singleline | RegexOptions.CultureInvariant).TrimStart('\n');

    private IEnumerable<int> EmptyThought() => Tokens.Encode(_template.EmptyThought);
}
