using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Which tokens of a turn are learned; null where the message leaves it to the recipe.</summary>
/// <param name="Prompt">One flag a token of the prompt.</param>
/// <param name="Response">One flag a token of the answer.</param>
internal readonly record struct LearnedTurn(bool[]? Prompt, bool[]? Response);

public sealed partial class ChatEncoder
{
    /// <summary>What the flags of a row's messages say of its tokens; null where no message has any.</summary>
    /// <param name="row">The row.</param>
    /// <param name="turns">Its ids, from <see cref="EncodeTurns"/>.</param>
    /// <param name="dropEarlierThoughts">As it was given there.</param>
    /// <exception cref="UsageException">A flag cannot be followed.</exception>
    internal LearnedTurn[]? LearnedTokens(TrainingRow row, IReadOnlyList<(int[] Prompt, int[] Response)> turns, bool dropEarlierThoughts = false)
    {
        if (row.Messages.All(m => m.Learn is null && m.Spans is null)) return null;
        List<TrainingMessage> sent = [.. row.Messages];
        if (_template.Thinks) StripThoughts(sent, dropEarlierThoughts);
        return [.. turns.Select((t, i) => new LearnedTurn(Flags(row, 2 * i, sent[2 * i], t.Prompt), Flags(row, 2 * i + 1, sent[2 * i + 1], t.Response)))];
    }

    private bool[]? Flags(TrainingRow row, int place, TrainingMessage sent, int[] ids)
    {
        TrainingMessage message = row.Messages[place];
        if (message.Learn is null && message.Spans is null) return null;
        bool answers = message.Role is MessageRole.Assistant or MessageRole.Function;
        if (message.Learn == false) return new bool[ids.Length];
        if (message.Spans is null && answers) return [.. Enumerable.Repeat(true, ids.Length)];
        Func<int, bool> wanted = Wanted(row, place, message);
        if (message.Role == MessageRole.Function) throw Fault(row, place, "parts of a tool call cannot be learned alone; leave the spans out, or put the call into an assistant message");
        (int[] own, bool[] learned) = Slots(row, place, message, sent, wanted);
        // What stands around a message's own slots: prefix and system text in front of the first, an empty thought behind or before.
        int at = ids.AsSpan().LastIndexOf(own);
        if (at < 0) throw Fault(row, place, $"the template '{_template.Name}' joins this message with other text, so that its tokens cannot be told apart; leave the flag out");
        var flags = new bool[ids.Length];
        learned.CopyTo(flags, at);
        return flags;
    }

    private static Func<int, bool> Wanted(TrainingRow row, int place, TrainingMessage message)
    {
        if (message.Spans is not { } spans) return _ => true;
        int length = 0;
        foreach (System.Text.Rune _ in message.Content.EnumerateRunes()) length++;
        foreach ((int start, int end) in spans)
            if (start < 0 || end <= start || end > length)
                throw Fault(row, place, FormattableString.Invariant($"expected spans inside the {length} characters of the content, found [{start}, {end}]; write start and end, counted from 0"));
        return point => spans.Any(s => point >= s.Start && point < s.End);
    }

    /// <summary>The ids of a message's own slots, and which of them hold what is wanted.</summary>
    private (int[] Ids, bool[] Learned) Slots(TrainingRow row, int place, TrainingMessage message, TrainingMessage sent, Func<int, bool> wanted)
    {
        OriginText content = OriginText.Content(message.Content);
        if (sent.Content != message.Content) content = WithoutThoughts(content);
        string system = string.IsNullOrEmpty(row.System) ? _system : row.System;
        if (place == 0 && _template.SystemInUser && system.Length > 0) content = OriginText.Added(Fill(_template.System[0].Text!, system, null)).Then(content);
        TemplateSlot[] slots = message.Role switch
        {
            MessageRole.User => _template.User,
            MessageRole.Assistant => _template.Assistant,
            _ => _template.Observation,
        };
        int? index = message.Role == MessageRole.User && !_template.SystemInUser ? place / 2 : null;
        var ids = new List<int>();
        var learned = new List<bool>();
        foreach (TemplateSlot slot in slots)
        {
            if (slot.Text is not { } text)
            {
                Add(ids, [slot], "", null);
                while (learned.Count < ids.Count) learned.Add(false);
                continue;
            }
            OriginText filled = OriginText.Added(text).Replace("{{content}}", content);
            if (index is { } i) filled = filled.Replace("{{idx}}", OriginText.Added(i.ToString(CultureInfo.InvariantCulture)));
            (int[] own, (int Start, int End)[] spans) = Tokens.EncodeSpans(filled.Text);
            ids.AddRange(own);
            learned.AddRange(filled.Touched(spans, wanted));
        }
        return ([.. ids], [.. learned]);
    }

    /// <summary>The same text as <see cref="RemoveThought"/> gives.</summary>
    private OriginText WithoutThoughts(OriginText content)
    {
        OriginText kept = OriginText.Added("");
        int from = 0;
        foreach (System.Text.RegularExpressions.Match thought in Regex.Matches(content.Text, Regex.Escape(_template.ThoughtWords[0]) + "(.*?)" + Regex.Escape(_template.ThoughtWords[1]), RegexOptions.Singleline | RegexOptions.CultureInvariant))
        {
            kept = kept.Then(content.Part(from, thought.Index));
            from = thought.Index + thought.Length;
        }
        kept = kept.Then(content.Part(from, content.Text.Length));
        return kept.Part(kept.Text.Length - kept.Text.TrimStart('\n').Length, kept.Text.Length);
    }

    private static UsageException Fault(TrainingRow row, int place, string what) => new($"{row.Place}: message {place + 1}: {what}");
}
