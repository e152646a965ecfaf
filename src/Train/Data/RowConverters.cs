using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The fields of a row to a conversation.</summary>
internal interface IRowConverter
{
    /// <summary>The row; null where it is left out, which the fields then note.</summary>
    /// <exception cref="UsageException">A field is not what it must be.</exception>
    TrainingRow? Convert(RowFields row);
}

/// <summary>Instruction, input, output and history: one question and answer after another.</summary>
internal sealed class AlpacaConverter(DatasetInfo info, RowUse use) : IRowConverter
{
    private static readonly JsonElement s_none = JsonSerializer.SerializeToElement(Array.Empty<string>());

    public TrainingRow? Convert(RowFields row)
    {
        var messages = new List<TrainingMessage>();
        if (row.Get(info.Column("history")) is { } history)
        {
            string field = info.Column("history")!;
            if (history.ValueKind != JsonValueKind.Array) history = row.Attempt<JsonElement>(() => throw row.Fault(field, $"expected a list of pairs, found {DatasetInfo.Kind(history)}; write [[\"question\", \"answer\"]]"), s_none);
            messages.AddRange(history.EnumerateArray().SelectMany((pair, i) => row.Attempt(() => Pair(row, $"{field}[{i}]", pair), [])));
        }
        string?[] query = [Text(row, "prompt"), Text(row, "query")];
        messages.Add(new(MessageRole.User, string.Join('\n', query.Where(q => !string.IsNullOrEmpty(q)))));
        if (use == RowUse.Text) return new TrainingRow([messages[0]]);
        string answer = info.Column("response") ?? "response";
        if (row.Get(info.Column("response")) is { ValueKind: JsonValueKind.String } response) messages.Add(new(MessageRole.Assistant, row.Text(answer, response)));
        else if (use == RowUse.Questions) messages.Add(new(MessageRole.Assistant, ""));
        else return row.Drop(answer, "there is no answer to learn", row.Get(answer) is { } other ? $"expected text, found {DatasetInfo.Kind(other)}: quote it" : "write the answer, or take the row out");
        return new TrainingRow(messages, Text(row, "system")) { Tools = row.Attempt(() => row.Tools(info.Column("tools")), "") };
    }

    private string? Text(RowFields row, string column) => row.Attempt(() => row.Text(info.Column(column)), null);

    private static TrainingMessage[] Pair(RowFields row, string field, JsonElement pair) =>
        pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String
            ? [new(MessageRole.User, row.Text(field, pair[0])), new(MessageRole.Assistant, row.Text(field, pair[1]))]
            : throw row.Fault(field, $"expected a pair of two texts, found {DatasetInfo.Kind(pair)}{(pair.ValueKind == JsonValueKind.Array ? $" of {pair.GetArrayLength()}" : "")}; write [\"question\", \"answer\"]");
}

/// <summary>Lists of messages, each with a role and a content under names of the registry.</summary>
internal abstract class MessagesConverter(DatasetInfo info, RowUse use) : IRowConverter
{
    protected DatasetInfo Info => info;

    public TrainingRow? Convert(RowFields row)
    {
        string field = info.Column("messages") ?? throw row.Fault("messages", "no column holds the messages; name it under columns in dataset_info.json");
        if (row.Get(field) is not { ValueKind: JsonValueKind.Array } list)
            return row.Drop(field, "there is no list of messages", $"write \"{field}\": [{{\"{info.Tag("role_tag")}\": \"{info.Tag("user_tag")}\", \"{info.Tag("content_tag")}\": …}}, …]");
        int before = row.Faults?.Count ?? 0;
        List<RawMessage> raw = [.. list.EnumerateArray().Select((m, i) => row.Attempt<RawMessage?>(() => Raw(row, $"{field}[{i}]", m), null)).Where(m => m is not null).Select(m => m!.Value)];
        string? system = null;
        if (raw.Count > 0 && raw[0].Role == info.Tag("system_tag"))
        {
            system = Content(row, raw[0]);
            raw.RemoveAt(0);
        }
        else system = row.Attempt(() => row.Text(info.Column("system")), null);
        string tools = row.Attempt(() => row.Tools(info.Column("tools")), "");
        List<TrainingMessage>? messages = Align(row, field, raw);
        // A message that could not be read leaves a gap, behind which nothing is in turn.
        if (messages is null || row.Faults?.Count > before) return null;
        for (int i = 0; i < messages.Count; i++)
            if ((messages[i].Role is MessageRole.User or MessageRole.Observation) != (i % 2 == 0))
                return row.Drop(field, $"message {i + 1} is out of turn: questions and answers must alternate", OutOfTurn(i, messages[i].Role));
        if (messages.Count == 0 || messages.Count % 2 != 0)
            return row.Drop(field, "the last message is not an answer", messages.Count == 0 ? "write a question and an answer, or take the row out" : $"add the answer ('{info.Tag("assistant_tag")}'), or take the last message out");
        if (use == RowUse.Text) return new TrainingRow([messages[0]]);
        return new TrainingRow(messages, System(system, tools)) { Tools = tools };
    }

    /// <summary>A message with its role, and what errors call it.</summary>
    protected readonly record struct RawMessage(string Name, string Role, JsonElement Json);

    protected abstract List<TrainingMessage>? Align(RowFields row, string field, List<RawMessage> raw);

    protected virtual string? System(string? system, string tools) => system;

    /// <summary>A message's text and what it says of being learned.</summary>
    protected TrainingMessage Read(RowFields row, RawMessage message, MessageRole role)
    {
        TrainingMessage plain = new(role, row.Attempt(() => Content(row, message), ""));
        return row.Attempt(() => LearnedParts.Mark(row, message.Name, message.Json, plain), plain);
    }

    protected string Content(RowFields row, RawMessage message)
    {
        string tag = info.Tag("content_tag") ?? throw row.Fault(message.Name, "content_tag is not given; name it under tags in dataset_info.json");
        return !message.Json.TryGetProperty(tag, out JsonElement content) || content.ValueKind == JsonValueKind.Null ? "" : row.Text($"{message.Name}.{tag}", content);
    }

    protected MessageRole? RoleOf(string role) =>
        role == info.Tag("user_tag") ? MessageRole.User
        : role == info.Tag("assistant_tag") ? MessageRole.Assistant
        : role == info.Tag("observation_tag") ? MessageRole.Observation
        : role == info.Tag("function_tag") ? MessageRole.Function
        : null;

    private string OutOfTurn(int at, MessageRole found) =>
        at == 0 ? $"the first message must be a question ('{info.Tag("user_tag")}'): take this one out, or put the question before it"
        : found is MessageRole.User or MessageRole.Observation ? "join it with the message before, or put the answer between them"
        : "join it with the answer before, or put the question between them";

    /// <summary>What to do about a role that is not known.</summary>
    protected string UnknownRole(string role)
    {
        string[] known = [.. ((string[])["user_tag", "assistant_tag", "observation_tag", "function_tag"]).Select(t => info.Tag(t)).OfType<string>()];
        return role == info.Tag("system_tag") ? "the system text may only be the first message: move it there" : $"did you mean '{RecipeKeys.NearestOf(role, known)}'? (known: {string.Join(", ", known)})";
    }

    private RawMessage Raw(RowFields row, string name, JsonElement message)
    {
        string tag = info.Tag("role_tag") ?? throw row.Fault(name, "role_tag is not given; name it under tags in dataset_info.json");
        return message.ValueKind == JsonValueKind.Object && message.TryGetProperty(tag, out JsonElement role) && role.ValueKind == JsonValueKind.String
            ? new RawMessage(name, row.Text($"{name}.{tag}", role), message)
            : throw row.Fault(name, $"expected a message with '{tag}' and '{info.Tag("content_tag")}', found {Found(message)}; write {{\"{tag}\": \"{info.Tag("user_tag")}\", \"{info.Tag("content_tag")}\": …}}");
    }

    private static string Found(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object ? $"one with {string.Join(", ", message.EnumerateObject().Select(p => $"'{p.Name}'").DefaultIfEmpty("nothing"))}" : DatasetInfo.Kind(message);
}

/// <summary>ShareGPT rows: who and what.</summary>
internal sealed class ShareGptConverter(DatasetInfo info, RowUse use) : MessagesConverter(info, use)
{
    protected override List<TrainingMessage>? Align(RowFields row, string field, List<RawMessage> raw)
    {
        var messages = new List<TrainingMessage>();
        foreach (RawMessage message in raw)
        {
            if (RoleOf(message.Role) is not { } known)
            {
                row.Drop(field, $"message {messages.Count + 1} has the unknown role '{message.Role}'", UnknownRole(message.Role), message.Name);
                return null;
            }
            messages.Add(Read(row, message, known));
        }
        return messages;
    }
}

/// <summary>OpenAI messages: results of tools that follow each other are one turn, and calls are an own kind of turn.</summary>
internal sealed class OpenAiConverter(DatasetInfo info, RowUse use) : MessagesConverter(info, use)
{
    private const string NoThinking = "detailed thinking off";

    protected override List<TrainingMessage>? Align(RowFields row, string field, List<RawMessage> raw)
    {
        var messages = new List<TrainingMessage>();
        var results = new List<TrainingMessage>();
        foreach (RawMessage message in raw)
        {
            if (RoleOf(message.Role) is not { } known)
            {
                row.Drop(field, $"there is a message with the unknown role '{message.Role}'", UnknownRole(message.Role), message.Name);
                return null;
            }
            if (known == MessageRole.Observation)
            {
                results.Add(Read(row, message, known));
                continue;
            }
            Flush();
            messages.Add(row.Attempt(() => Calls(row, field, message, known), "[]") is not { } calls ? Read(row, message, known)
                : row.Attempt(() => LearnedParts.Mark(row, message.Name, message.Json, new(MessageRole.Function, calls)), new(MessageRole.Function, calls)));
        }
        // Results that nobody answers are left out, as in the reference.
        return messages;

        void Flush()
        {
            if (results.Count > 0) messages.Add(LearnedParts.Join(results, "\n</tool_response>\n<tool_response>\n"));
            results.Clear();
        }
    }

    /// <summary>The called functions as a JSON list of names and arguments; null where the message calls none.</summary>
    private static string? Calls(RowFields row, string field, RawMessage message, MessageRole role)
    {
        if (role == MessageRole.User || !message.Json.TryGetProperty("tool_calls", out JsonElement list) || list.ValueKind == JsonValueKind.Null) return null;
        if (list.ValueKind != JsonValueKind.Array) throw row.Fault($"{message.Name}.tool_calls", $"expected a list of calls, found {DatasetInfo.Kind(list)}; write [{{\"type\": \"function\", \"function\": {{\"name\": …, \"arguments\": …}}}}]");
        if (list.GetArrayLength() == 0) return null;
        var calls = new List<string>();
        foreach (JsonElement call in list.EnumerateArray())
            calls.Add(call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out JsonElement function) && function.ValueKind == JsonValueKind.Object
                ? row.Structured(function, field, "tool_calls", "function")
                : throw row.Fault($"{message.Name}.tool_calls[{calls.Count}]", "expected a call with 'function'; write {\"type\": \"function\", \"function\": {\"name\": …, \"arguments\": …}}"));
        return $"[{string.Join(", ", calls)}]";
    }

    // The reference writes this switch of one model family into every row of this format.
    protected override string? System(string? system, string tools) =>
        !Info.SwitchesThinking ? system
        : string.IsNullOrEmpty(system) ? tools.Length == 0 ? NoThinking : system
        : tools.Length > 0 ? system + "\n"
        : system.Contains("detailed thinking on", StringComparison.Ordinal) || system.Contains(NoThinking, StringComparison.Ordinal) ? system
        : system + "\n" + NoThinking;
}
