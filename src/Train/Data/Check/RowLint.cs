using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What can be said of one row alone, beyond what makes it a row at all (<see cref="DatasetSource.Inspect"/>): empty texts, misspelt fields, tools, odd characters.</summary>
internal sealed class RowLint(DatasetInfo info, RowUse use, ChatEncoder chat, TextScan scan)
{
    private const int ShortName = 3;

    private static readonly string[] s_usual = ["instruction", "input", "output", "history", "system", "tools", "messages", "conversations"];
    private static readonly string[] s_inMessages = ["loss", "weight", "loss_spans", "tool_calls", "name", "id", "tool_call_id", "function_call", "refusal", "reasoning_content"];

    private readonly Dictionary<string, string> _columns = info.NamedColumns.GroupBy(c => c.Field).ToDictionary(g => g.Key, g => g.First().Column);

    /// <summary>Whether a field is read.</summary>
    public bool IsUsed(string field) => _columns.ContainsKey(field);

    /// <summary>Whether every row must have a field: rows without it are told of one by one.</summary>
    public bool IsNeeded(string field) => _columns.GetValueOrDefault(field) is "prompt" or "response" or "messages";

    /// <summary>Looks at a row.</summary>
    /// <param name="row">As it stands in the file; an object.</param>
    /// <param name="made">What was made of it; null where nothing could be.</param>
    /// <param name="add">Takes each finding.</param>
    public void Look(SourceRow row, TrainingRow? made, Action<DataFinding> add)
    {
        foreach (JsonProperty p in row.Json.EnumerateObject())
        {
            if (!_columns.TryGetValue(p.Name, out string? column)) Misspelt(row, p.Name, add);
            else Scan(row, p.Value, p.Name, column is not ("tools" or "messages") && use != RowUse.Text, column == "messages" && use != RowUse.Text, add);
        }
        if (info.Formatting == "alpaca") Alpaca(row, add);
        else Messages(row, add);
        if (made is null || use == RowUse.Text) return;
        Tools(row, made, add);
        Echo(row, made, add);
    }

    private void Misspelt(SourceRow row, string field, Action<DataFinding> add)
    {
        if (field.Length <= ShortName) return;
        string[] known = [.. _columns.Keys.Concat(info.Formatting == "alpaca" ? s_usual[..6] : ["system", "tools"]).Distinct().Where(k => !row.Json.TryGetProperty(k, out _))];
        if (known.Length > 0 && RecipeKeys.NearestOf(field, known) is var near && IsNear(field, near))
            add(new DataFinding(FindingLevel.Warning, "field", $"there is no field '{field}', it is not read", $"did you mean '{near}'? Rename it").At(row, field));
    }

    private static bool IsNear(string found, string meant) =>
        RecipeKeys.Distance(found.ToLowerInvariant(), meant) <= (meant.Length > 5 ? 2 : 1) || meant.Length > ShortName && found.Equals(meant + "s", StringComparison.OrdinalIgnoreCase);

    private void Alpaca(SourceRow row, Action<DataFinding> add)
    {
        string prompt = info.Column("prompt") ?? "instruction";
        bool asked = !IsBlank(row, prompt) || !IsBlank(row, info.Column("query")), isText = use == RowUse.Text;
        if (!asked)
            add(new DataFinding(isText ? FindingLevel.Note : FindingLevel.Error, isText ? "empty-text" : "empty",
                isText ? "the text is empty" : $"there is no question: {(row.Json.TryGetProperty(prompt, out _) ? "the text is empty" : "the field is missing")}",
                isText ? "take the row out" : "write the question, or take the row out").At(row, prompt));
        if (isText || use == RowUse.Questions) return;
        if (info.Column("response") is { } answer && row.Json.TryGetProperty(answer, out JsonElement text) && text.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(text.GetString()))
            add(new DataFinding(FindingLevel.Error, "empty", text.GetString()!.Length == 0 ? "the answer is empty: the model would learn to say nothing" : "the answer is nothing but blanks", "write the answer, or take the row out").At(row, answer));
        if (info.Column("history") is not { } history || !row.Json.TryGetProperty(history, out JsonElement pairs) || pairs.ValueKind != JsonValueKind.Array) return;
        int i = 0;
        foreach (JsonElement pair in pairs.EnumerateArray())
        {
            if (pair.ValueKind == JsonValueKind.Array)
                foreach (JsonElement part in pair.EnumerateArray())
                    if (part.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(part.GetString()))
                        add(new DataFinding(FindingLevel.Warning, "empty", "a text of the pair is empty", "write it, or take the pair out").At(row, $"{history}[{i}]"));
            i++;
        }
    }

    private bool IsBlank(SourceRow row, string? field) =>
        field is null || !row.Json.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null || value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString());

    private void Messages(SourceRow row, Action<DataFinding> add)
    {
        if (info.Column("messages") is not { } field || info.Tag("role_tag") is not { } roleTag || info.Tag("content_tag") is not { } contentTag
            || !row.Json.TryGetProperty(field, out JsonElement list) || list.ValueKind != JsonValueKind.Array) return;
        int i = -1;
        foreach (JsonElement message in list.EnumerateArray())
        {
            i++;
            if (message.ValueKind != JsonValueKind.Object) continue;
            string name = $"{field}[{i}]";
            foreach (JsonProperty p in message.EnumerateObject())
                if (p.Name != roleTag && p.Name != contentTag && !s_inMessages.Contains(p.Name) && p.Name.Length > ShortName
                    && ((string[])[roleTag, contentTag, .. s_inMessages]).Where(k => !message.TryGetProperty(k, out _)).ToArray() is { Length: > 0 } known
                    && RecipeKeys.NearestOf(p.Name, known) is var near && IsNear(p.Name, near))
                    add(new DataFinding(FindingLevel.Warning, "field", $"there is no field '{p.Name}', it is not read", $"did you mean '{near}'? Rename it").At(row, $"{name}.{p.Name}"));
            if (!message.TryGetProperty(roleTag, out JsonElement role) || role.ValueKind != JsonValueKind.String) continue;
            string who = role.GetString()!;
            if (i == 0 && who == info.Tag("system_tag") && !IsBlank(row, info.Column("system")))
                add(new DataFinding(FindingLevel.Warning, "system", $"the system text stands twice, and the field '{info.Column("system")}' is not read", "keep one of the two").At(row, name));
            if (message.TryGetProperty("tool_calls", out JsonElement calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0) continue;
            bool missing = !message.TryGetProperty(contentTag, out JsonElement content) || content.ValueKind == JsonValueKind.Null;
            if (!missing && !(content.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(content.GetString()))) continue;
            (FindingLevel level, string what) = who == info.Tag("user_tag") ? (FindingLevel.Error, "the question")
                : who == info.Tag("assistant_tag") || who == info.Tag("function_tag") ? (FindingLevel.Error, "the answer") : (FindingLevel.Warning, "the message");
            add(new DataFinding(level, "empty", $"{what} {(missing ? "is missing" : "is empty")}", $"write it{(level == FindingLevel.Error ? ", or take the row out" : ", or take the message out")}").At(row, $"{name}.{contentTag}"));
        }
    }

    private void Scan(SourceRow row, JsonElement value, string path, bool words, bool messages, Action<DataFinding> add)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                foreach (DataFinding found in scan.Look(value.GetString()!, words)) add(found.At(row, path));
                break;
            case JsonValueKind.Array:
                int i = 0;
                foreach (JsonElement item in value.EnumerateArray()) Scan(row, item, $"{path}[{i++}]", words, messages, add);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty p in value.EnumerateObject()) Scan(row, p.Value, $"{path}.{p.Name}", words || messages && p.Name == info.Tag("content_tag"), messages, add);
                break;
        }
    }

    private void Tools(SourceRow row, TrainingRow made, Action<DataFinding> add)
    {
        if (made.Tools.Length > 0)
            Try(info.Column("tools") ?? "tools", () =>
            {
                foreach (JsonMap tool in ToolJson.Read(made.Tools)) ToolJson.Function(tool);
            });
        for (int i = 0; i < made.Messages.Count; i++)
            if (made.Messages[i] is { Role: MessageRole.Function } call)
                Try(info.Column("messages") ?? "messages", () =>
                {
                    chat.CallText(call.Content, row.Place);
                    Arguments(call.Content);
                }, $"message {i + 1}: ");

        void Try(string field, Action read, string which = "")
        {
            try
            {
                read();
            }
            catch (UsageException e)
            {
                RowFault fault = RowFault.Of(field, e, row.Place, "tools");
                add(new DataFinding(FindingLevel.Error, "tools", which + fault.What, fault.Cure).At(row, fault.Field));
            }
        }
    }

    /// <summary>Arguments may be JSON in a text; then that text must be JSON.</summary>
    private static void Arguments(string content)
    {
        if (!PythonJsonReader.TryRead(content, out object? value)) return;
        foreach (object? item in value as List<object?> ?? [value])
            if (item is JsonMap call && call.Get("arguments") is string text && !PythonJsonReader.TryRead(text, out _))
                throw new UsageException($"the arguments of '{call.Get("name")}' are not JSON: {ToolJson.Short(text)}; put quotes around words and a comma between entries");
    }

    private void Echo(SourceRow row, TrainingRow made, Action<DataFinding> add)
    {
        string question = made.Messages[Math.Max(0, made.Messages.Count - 2)].Content.Trim(), answer = made.Messages[^1].Content.Trim();
        if (made.Messages.Count >= 2 && question.Length > 0 && question == answer)
            add(new DataFinding(FindingLevel.Warning, "echo", "the answer is the question again", "write the answer, or take the row out").At(row, info.Column("response") ?? info.Column("messages") ?? ""));
        if (made.System is { Length: >= 8 } system && made.Messages[0].Content.Contains(system, StringComparison.Ordinal))
            add(new DataFinding(FindingLevel.Warning, "system", "the system text is repeated in the question", "take it out of the question").At(row, info.Column("prompt") ?? info.Column("messages") ?? ""));
    }
}
