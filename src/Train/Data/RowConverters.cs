using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Instruction, input, output and history: one question and answer after another.</summary>
internal sealed class AlpacaConverter(DatasetInfo info)
{
    public TrainingRow? Convert(RowFields row)
    {
        var messages = new List<TrainingMessage>();
        if (row.Get(info.Column("history")) is { } history)
        {
            string field = info.Column("history")!;
            if (history.ValueKind != JsonValueKind.Array) throw row.Fault(field, $"expected a list of pairs, found {DatasetInfo.Kind(history)}; write [[\"question\", \"answer\"]]");
            foreach (JsonElement pair in history.EnumerateArray())
            {
                if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.String || pair[1].ValueKind != JsonValueKind.String)
                    throw row.Fault(field, "expected pairs of two texts; write [[\"question\", \"answer\"]]");
                messages.Add(new(MessageRole.User, pair[0].GetString()!));
                messages.Add(new(MessageRole.Assistant, pair[1].GetString()!));
            }
        }
        string?[] query = [row.Text(info.Column("prompt")), row.Text(info.Column("query"))];
        messages.Add(new(MessageRole.User, string.Join('\n', query.Where(q => !string.IsNullOrEmpty(q)))));
        string answer = info.Column("response") ?? "response";
        if (row.Get(info.Column("response")) is not { ValueKind: JsonValueKind.String } response) return row.Drop(answer, "there is no answer to learn");
        messages.Add(new(MessageRole.Assistant, response.GetString()!));
        return new TrainingRow(messages, row.Text(info.Column("system"))) { Tools = row.Tools(info.Column("tools")) };
    }
}

/// <summary>Lists of messages, each with a role and a content under names of the registry.</summary>
internal abstract class MessagesConverter(DatasetInfo info)
{
    public TrainingRow? Convert(RowFields row)
    {
        string field = info.Column("messages") ?? throw row.Fault("messages", "no column holds the messages; name it under columns in dataset_info.json");
        if (row.Get(field) is not { ValueKind: JsonValueKind.Array } list) return row.Drop(field, "there is no list of messages");
        List<(string Role, JsonElement Json)> raw = [.. list.EnumerateArray().Select(m => (Role(row, field, m), m))];
        string? system = null;
        if (raw.Count > 0 && raw[0].Role == info.Tag("system_tag"))
        {
            system = Content(row, field, raw[0].Json);
            raw.RemoveAt(0);
        }
        else system = row.Text(info.Column("system"));
        string tools = row.Tools(info.Column("tools"));
        List<TrainingMessage>? messages = Align(row, field, raw);
        if (messages is null) return null;
        for (int i = 0; i < messages.Count; i++)
            if ((messages[i].Role is MessageRole.User or MessageRole.Observation) != (i % 2 == 0))
                return row.Drop(field, $"message {i + 1} is out of turn: questions and answers must alternate");
        if (messages.Count == 0 || messages.Count % 2 != 0) return row.Drop(field, "the last message is not an answer");
        return new TrainingRow(messages, System(system, tools)) { Tools = tools };
    }

    protected abstract List<TrainingMessage>? Align(RowFields row, string field, List<(string Role, JsonElement Json)> raw);

    protected virtual string? System(string? system, string tools) => system;

    protected string Content(RowFields row, string field, JsonElement message)
    {
        string tag = info.Tag("content_tag") ?? throw row.Fault(field, "content_tag is not given; name it under tags in dataset_info.json");
        return message.TryGetProperty(tag, out JsonElement content) && content.ValueKind == JsonValueKind.String ? content.GetString()!
            : content.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? "" : throw row.Fault($"{field}.{tag}", $"expected text, found {DatasetInfo.Kind(content)}; quote it");
    }

    protected MessageRole? RoleOf(string role) =>
        role == info.Tag("user_tag") ? MessageRole.User
        : role == info.Tag("assistant_tag") ? MessageRole.Assistant
        : role == info.Tag("observation_tag") ? MessageRole.Observation
        : role == info.Tag("function_tag") ? MessageRole.Function
        : null;

    private string Role(RowFields row, string field, JsonElement message)
    {
        string tag = info.Tag("role_tag") ?? throw row.Fault(field, "role_tag is not given; name it under tags in dataset_info.json");
        return message.ValueKind == JsonValueKind.Object && message.TryGetProperty(tag, out JsonElement role) && role.ValueKind == JsonValueKind.String ? role.GetString()!
            : throw row.Fault(field, $"expected messages with '{tag}' and '{info.Tag("content_tag")}'; write {{\"{tag}\": \"{info.Tag("user_tag")}\", \"{info.Tag("content_tag")}\": …}}");
    }
}

/// <summary>ShareGPT rows: who and what.</summary>
internal sealed class ShareGptConverter(DatasetInfo info) : MessagesConverter(info)
{
    protected override List<TrainingMessage>? Align(RowFields row, string field, List<(string Role, JsonElement Json)> raw)
    {
        var messages = new List<TrainingMessage>();
        foreach ((string role, JsonElement json) in raw)
        {
            if (RoleOf(role) is not { } known)
            {
                row.Drop(field, $"message {messages.Count + 1} has the unknown role '{role}'");
                return null;
            }
            messages.Add(new(known, Content(row, field, json)));
        }
        return messages;
    }
}

/// <summary>OpenAI messages: results of tools that follow each other are one turn, and calls are an own kind of turn.</summary>
internal sealed class OpenAiConverter(DatasetInfo info) : MessagesConverter(info)
{
    private const string NoThinking = "detailed thinking off";

    protected override List<TrainingMessage>? Align(RowFields row, string field, List<(string Role, JsonElement Json)> raw)
    {
        var messages = new List<TrainingMessage>();
        var results = new List<string>();
        foreach ((string role, JsonElement json) in raw)
        {
            if (RoleOf(role) is not { } known)
            {
                row.Drop(field, $"there is a message with the unknown role '{role}'");
                return null;
            }
            if (known == MessageRole.Observation)
            {
                results.Add(Content(row, field, json));
                continue;
            }
            Flush();
            bool calls = json.TryGetProperty("tool_calls", out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0;
            messages.Add(calls && known != MessageRole.User ? new(MessageRole.Function, Calls(row, field, list)) : new(known, Content(row, field, json)));
        }
        // Results that nobody answers are left out, as in the reference.
        return messages;

        void Flush()
        {
            if (results.Count > 0) messages.Add(new(MessageRole.Observation, string.Join("\n</tool_response>\n<tool_response>\n", results)));
            results.Clear();
        }
    }

    /// <summary>The called functions as a JSON list.</summary>
    private static string Calls(RowFields row, string field, JsonElement list) => "[" + string.Join(", ", list.EnumerateArray().Select(c =>
        c.ValueKind == JsonValueKind.Object && c.TryGetProperty("function", out JsonElement function) ? function.GetRawText()
        : throw row.Fault($"{field}.tool_calls", "expected calls with 'function'; write [{\"type\": \"function\", \"function\": {\"name\": …, \"arguments\": …}}]"))) + "]";

    // The reference writes this switch of one model family into every row of this format.
    protected override string? System(string? system, string tools) =>
        string.IsNullOrEmpty(system) ? tools.Length == 0 ? NoThinking : system
        : tools.Length > 0 ? system + "\n"
        : system.Contains("detailed thinking on", StringComparison.Ordinal) || system.Contains(NoThinking, StringComparison.Ordinal) ? system
        : system + "\n" + NoThinking;
}
