using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Finds out from the fields of the first rows which format a file has.</summary>
internal static class FormatGuess
{
    private const int FirstRows = 100;

    private static readonly (string Prompt, string Response)[] s_pairs =
    [
        ("instruction", "output"), ("instruction", "response"), ("prompt", "completion"), ("prompt", "response"), ("prompt", "output"), ("question", "answer"), ("input", "output"),
    ];

    /// <summary>The entry with its format and fields, and one line that says what they are.</summary>
    /// <exception cref="UsageException">The fields fit no format.</exception>
    public static DatasetInfo Find(DatasetInfo info, IEnumerable<SourceRow> rows, RowUse use)
    {
        var fields = new List<string>();
        var first = new Dictionary<string, JsonElement>();
        bool any = false;
        foreach (SourceRow row in rows.Take(FirstRows))
        {
            any = true;
            if (row.Json.ValueKind != JsonValueKind.Object) throw DatasetSource.NoObject(row);
            foreach (JsonProperty p in row.Json.EnumerateObject())
            {
                if (!fields.Contains(p.Name)) fields.Add(p.Name);
                if (p.Value.ValueKind != JsonValueKind.Null) first.TryAdd(p.Name, p.Value);
            }
        }
        if (!any) throw new UsageException($"dataset: {info.File} has no rows; add some");
        if (fields.Contains("chosen") && fields.Contains("rejected"))
            throw new UsageException($"dataset: {info.File}: 'chosen' and 'rejected' are pairs of answers, which no stage here learns yet; use a file with one answer a row");
        if (Messages(info, fields, first) is { } messages) return messages;
        foreach ((string prompt, string response) in s_pairs)
        {
            if (!fields.Contains(prompt) || !fields.Contains(response)) continue;
            Dictionary<string, string> columns = new() { ["prompt"] = prompt, ["response"] = response };
            if (prompt != "input" && fields.Contains("input")) columns["query"] = "input";
            foreach (string more in (string[])["history", "system", "tools"])
                if (fields.Contains(more)) columns[more] = more;
            return Tell(info.As("alpaca", columns), $"alpaca ({string.Join(", ", columns.Select(c => c.Key == c.Value ? c.Key : $"{c.Key} = '{c.Value}'"))})");
        }
        if (fields.Contains("text"))
            return use != RowUse.Answers ? Tell(info.As("alpaca", new() { ["prompt"] = "text" }), "plain text (field 'text')")
                : throw new UsageException($"dataset: {info.File}: the rows are plain text (field 'text'), which has no answers to learn; use 'stage: pt', or rows with a question and an answer");
        // A name that is nearly right says more than the list of formats.
        foreach ((string prompt, string response) in s_pairs)
            foreach ((string there, string other) in ((string, string)[])[(prompt, response), (response, prompt)])
                if (fields.Contains(there) && fields.Find(f => f != there && other.Length > 4 && RecipeKeys.Distance(f, other) <= 2) is { } near)
                    throw new UsageException($"dataset: {info.File}: there is '{there}' but no '{other}' (fields: {Quoted(fields)}); did you mean '{other}' with '{near}'? Rename it");
        throw new UsageException($"dataset: {info.File}: the fields {Quoted(fields)} fit no known format; rows must have instruction and output (alpaca), conversations with from and value (sharegpt), messages with role and content (openai) or text (plain text): rename them, or describe them in dataset_info.json");
    }

    /// <summary>The same from the rows that fit a format, when others do not.</summary>
    /// <exception cref="UsageException">None fits one.</exception>
    public static DatasetInfo FindAmong(DatasetInfo info, IEnumerable<SourceRow> rows, RowUse use)
    {
        List<SourceRow> first = [.. rows.Take(FirstRows)];
        try
        {
            return Find(info, first, use);
        }
        catch (UsageException) when (first.Count > 1)
        {
            var votes = new Dictionary<string, List<SourceRow>>();
            foreach (SourceRow row in first)
            {
                try
                {
                    DatasetInfo one = Find(info, [row], use);
                    string vote = $"{one.Formatting} {one.Column("prompt") ?? one.Column("messages")} {one.Column("response")}";
                    if (!votes.TryGetValue(vote, out List<SourceRow>? same)) votes.Add(vote, same = []);
                    same.Add(row);
                }
                catch (UsageException) { }
            }
            if (votes.Count == 0) throw;
            return Find(info, votes.Values.MaxBy(v => v.Count)!, use);
        }
    }

    private static DatasetInfo? Messages(DatasetInfo info, List<string> fields, Dictionary<string, JsonElement> first)
    {
        foreach (string field in (string[])["messages", "conversations", "conversation"])
        {
            if (!first.TryGetValue(field, out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0 || list[0].ValueKind != JsonValueKind.Object) continue;
            Dictionary<string, string> columns = new() { ["messages"] = field };
            foreach (string more in (string[])["system", "tools"])
                if (fields.Contains(more)) columns[more] = more;
            if (list[0].TryGetProperty("from", out _) && list[0].TryGetProperty("value", out _))
                return Tell(info.As("sharegpt", columns), $"sharegpt ({field} with 'from' and 'value')");
            if (list[0].TryGetProperty("role", out _))
                return Tell(info.As("openai", columns, new()
                {
                    ["role_tag"] = "role",
                    ["content_tag"] = "content",
                    ["user_tag"] = "user",
                    ["assistant_tag"] = "assistant",
                    ["observation_tag"] = "tool",
                    ["function_tag"] = "function",
                    ["system_tag"] = "system",
                }), $"openai ({field} with 'role' and 'content')");
            throw new UsageException($"dataset: {info.File}: the messages in '{field}' have {Quoted(list[0].EnumerateObject().Select(p => p.Name))}; expected 'from' and 'value' (sharegpt) or 'role' and 'content' (openai): rename them, or describe them under tags in dataset_info.json");
        }
        return null;
    }

    private static DatasetInfo Tell(DatasetInfo info, string what) => info with { Remarks = [.. info.Remarks, $"dataset: {info.Name}: read as {what}"] };

    private static string Quoted(IEnumerable<string> names) => names.Any() ? string.Join(", ", names.Take(12).Select(n => $"'{n}'")) : "(none)";
}
