using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What a message itself says about being learned: <c>loss</c> (true, false), <c>weight</c> (1, 0; OpenAI's word), <c>loss_spans</c> ([[begin, end], …] in code points).</summary>
internal static class LearnedParts
{
    /// <summary>The message with its flags.</summary>
    /// <exception cref="UsageException">A flag is not what it must be, or two contradict each other.</exception>
    public static TrainingMessage Mark(RowFields row, string name, JsonElement json, TrainingMessage message)
    {
        bool? loss = Loss(row, name, json), weight = Weight(row, name, json);
        if (loss is not null && weight is not null && loss != weight) throw row.Fault($"{name}.weight", "says the opposite of 'loss'; keep one of the two");
        IReadOnlyList<(int, int)>? spans = Spans(row, name, json, message);
        if (spans is not null && (loss ?? weight) == false) throw row.Fault($"{name}.loss_spans", "the message is not learned ('loss' is false), so no part of it can be; leave one of the two out");
        return message with { Learn = loss ?? weight, Spans = spans };
    }

    /// <summary>Several messages as one; spans move along. It is learned when one of them is.</summary>
    public static TrainingMessage Join(IReadOnlyList<TrainingMessage> messages, string between)
    {
        TrainingMessage joined = new(messages[0].Role, string.Join(between, messages.Select(m => m.Content)));
        bool marked = messages.Any(m => m.Learn is not null || m.Spans is not null);
        if (!marked) return joined;
        if (messages.All(m => m.Spans is null && m.Learn == messages[0].Learn)) return joined with { Learn = messages[0].Learn };
        var spans = new List<(int, int)>();
        int at = 0;
        foreach (TrainingMessage m in messages)
        {
            int length = CodePoints(m.Content);
            if (m.Spans is { } own) spans.AddRange(own.Select(s => (at + s.Start, at + s.End)));
            else if (m.Learn == true && length > 0) spans.Add((at, at + length));
            at += length + CodePoints(between);
        }
        return spans.Count == 0 ? joined with { Learn = false } : joined with { Learn = true, Spans = spans };
    }

    private static bool? Loss(RowFields row, string name, JsonElement json) =>
        !json.TryGetProperty("loss", out JsonElement loss) || loss.ValueKind == JsonValueKind.Null ? null
        : loss.ValueKind is JsonValueKind.True or JsonValueKind.False ? loss.ValueKind == JsonValueKind.True
        : throw row.Fault($"{name}.loss", $"expected true or false, found {DatasetInfo.Kind(loss)}; write \"loss\": false for a message that is not learned");

    private static bool? Weight(RowFields row, string name, JsonElement json) =>
        !json.TryGetProperty("weight", out JsonElement weight) || weight.ValueKind == JsonValueKind.Null ? null
        : weight.ValueKind == JsonValueKind.Number && weight.TryGetDouble(out double w) && w is 0 or 1 ? w == 1
        : throw row.Fault($"{name}.weight", $"expected 0 or 1, found {DatasetInfo.Kind(weight)}; a message is learned or not, nothing in between");

    private static List<(int, int)>? Spans(RowFields row, string name, JsonElement json, TrainingMessage message)
    {
        if (!json.TryGetProperty("loss_spans", out JsonElement list) || list.ValueKind == JsonValueKind.Null) return null;
        name += ".loss_spans";
        if (list.ValueKind != JsonValueKind.Array) throw row.Fault(name, $"expected a list of pairs, found {DatasetInfo.Kind(list)}; write [[begin, end]]");
        if (message.Role == MessageRole.Function) throw row.Fault(name, "calls of tools have no text of their own to mark; use \"loss\": true or false");
        int length = CodePoints(message.Content), before = 0;
        var spans = new List<(int, int)>();
        foreach (JsonElement pair in list.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || !Whole(pair[0], out int start) || !Whole(pair[1], out int end))
                throw row.Fault($"{name}[{spans.Count}]", "expected two whole numbers, begin and end; write for example [0, 12]");
            if (start < before || end <= start || end > length)
                throw row.Fault($"{name}[{spans.Count}]", string.Create(CultureInfo.InvariantCulture, $"[{start}, {end}] does not fit: the text has {length} characters and the next span may begin at {before}; count code points, end not included, spans in order"));
            spans.Add((start, end));
            before = end;
        }
        return spans;
    }

    private static bool Whole(JsonElement value, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number);
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();
}
