using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Looks through texts for what does not belong there: control characters, lost characters, placeholders, words of a template.</summary>
internal sealed partial class TextScan
{
    // Words of well-known templates: where no model is named, they are all that can be looked for.
    private static readonly string[] s_wellKnown =
    [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>", "<|end_of_text|>",
        "<|user|>", "<|assistant|>", "<|system|>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>",
    ];

    private static readonly SearchValues<char> s_suspect = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i).Where(c => c is not ('\t' or '\n' or '\r')), .. Enumerable.Range(0x7f, 0x21).Select(i => (char)i), '\ufffd']);

    private readonly string[] _words;
    private readonly SearchValues<string> _search;

    /// <param name="template">Its own words are looked for.</param>
    /// <param name="tokenizer">Its special tokens are looked for; null for those of well-known templates.</param>
    public TextScan(Template template, Tokenizer? tokenizer)
    {
        var words = new HashSet<string>(template.StopWords);
        IEnumerable<TemplateSlot> slots = [.. template.Prefix, .. template.System, .. template.User, .. template.Assistant, .. template.Observation, .. template.Function];
        foreach (TemplateSlot slot in slots)
        {
            if (slot.Token is { } token) words.Add(token);
            foreach (System.Text.RegularExpressions.Match word in SpecialWord().Matches(slot.Text ?? "")) words.Add(word.Value);
        }
        if (tokenizer is null) words.UnionWith(s_wellKnown);
        else
            for (int id = 0; id < tokenizer.VocabularySize; id++)
                if (tokenizer.IsSpecial(id) && tokenizer.TokenOf(id) is { Length: > 2 } special) words.Add(special);
        // Thoughts and calls are written out in the data.
        words.ExceptWith([.. template.ThoughtWords, .. template.ToolCallWords, "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]);
        words.RemoveWhere(string.IsNullOrWhiteSpace);
        _words = [.. words.Order(StringComparer.Ordinal)];
        _search = SearchValues.Create(_words, StringComparison.Ordinal);
    }

    /// <summary>What is found in a text, each kind once.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Whether words of the template count.</param>
    public IEnumerable<DataFinding> Look(string text, bool words)
    {
        if (text.AsSpan().IndexOfAny(s_suspect) >= 0)
        {
            if (text.IndexOf('\ufffd') is var lost and >= 0)
                yield return new(FindingLevel.Warning, "characters", $"the replacement character U+FFFD at character {Number(lost + 1)}{Near(text, lost)}: what stood there was lost in an earlier conversion", "take the text from its source again, read as UTF-8");
            for (int i = 0; i < text.Length; i++)
            {
                if (text[i] == '\ufffd' || !s_suspect.Contains(text[i])) continue;
                yield return new(FindingLevel.Warning, "characters", string.Create(CultureInfo.InvariantCulture, $"the control character U+{(int)text[i]:X4} at character {i + 1:N0}{Near(text, i)}"), text[i] < '\u007f' ? "take it out" : "take it out; often it tells of a text that was read in the wrong encoding: take that from its source again");
                break;
            }
        }
        if (text.Contains("{{", StringComparison.Ordinal) && Placeholder().Match(text) is { Success: true } left)
            yield return new(FindingLevel.Warning, "placeholder", $"the placeholder {left.Value} was never filled in: the model learns it as it stands",
                left.Value is "{{name}}" or "{{author}}" ? "write the name in its place: 'pure-tuner data identity FILE name=… author=…' does so for the whole file" : "write what belongs in its place");
        if (words && text.AsSpan().ContainsAny(_search))
        {
            string word = _words.Where(w => text.Contains(w, StringComparison.Ordinal)).MaxBy(w => w.Length)!;
            yield return new(FindingLevel.Warning, "special", $"the special token {word} stands in the text{Near(text, text.IndexOf(word, StringComparison.Ordinal))}: it would end or begin a turn", "take it out; the template adds it where it belongs");
        }
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Some words around a place.</summary>
    private static string Near(string text, int at)
    {
        string before = SampleView.Printable(text[Math.Max(0, at - 12)..at]).ReplaceLineEndings(" ").Trim();
        return before.Length == 0 ? "" : $", after '{before}'";
    }

    [GeneratedRegex(@"<\|[^|<>\s{}]{1,40}\|>|<｜[^｜<>{}]{1,40}｜>|</?[a-z]+_of_[a-z_]+>|\[/?[A-Z_]{3,24}\]|<</?SYS>>", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialWord();

    [GeneratedRegex(@"(?<!\$)\{\{ ?[A-Za-z_][A-Za-z0-9_.\- ]{1,40}?\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
