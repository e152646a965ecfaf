using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>One conversation through LLaMA-Factory's template and through the checkpoint's own.</summary>
/// <param name="Name">What kind of conversation it is.</param>
/// <param name="Ours">Ids by the template; null where it does not take the conversation.</param>
/// <param name="Own">Ids by the checkpoint; null where it does not take the conversation.</param>
/// <param name="Refused">Why one side is missing.</param>
internal sealed record ComparedTalk(string Name, int[]? Ours, int[]? Own, string? Refused)
{
    /// <summary>Whether both sides gave ids.</summary>
    public bool IsCompared => Ours is not null && Own is not null;

    /// <summary>Where the ids part; -1 where they are the same.</summary>
    public int FirstDifference => !IsCompared || Ours.AsSpan().SequenceEqual(Own) ? -1 : Ours.AsSpan().CommonPrefixLength(Own);
}

/// <summary>Compares LLaMA-Factory's templates with a checkpoint's chat template, id by id.</summary>
internal sealed class TemplateComparison(Tokenizer tokenizer, ChatTemplate own)
{
    private const string Question = "What is 2 + 2?", Answer = "It is 4.", Thought = "<think>\nTwo and two.\n</think>\n\n";
    private const string Call = """{"name": "add", "arguments": {"a": 2, "b": 2}}""";
    private const string Tools = """[{"type": "function", "function": {"name": "add", "description": "Adds two numbers.", "parameters": {"type": "object", "properties": {"a": {"type": "integer", "description": "One."}, "b": {"type": "integer", "description": "The other."}}, "required": ["a", "b"]}}}]""";

    // The checkpoint's side of each conversation, which is the same for every template that is tried.
    private readonly Dictionary<string, (int[]? Ids, string? Refused)> _own = [];

    private static readonly TrainingMessage[] s_turns =
        [new(MessageRole.User, Question), new(MessageRole.Assistant, Answer), new(MessageRole.User, "And 3 + 3?"), new(MessageRole.Assistant, "It is 6.")];

    /// <summary>All conversations; those with thoughts and tools where the checkpoint's template knows such.</summary>
    public IEnumerable<ComparedTalk> Compare(Template template, string jinja)
    {
        yield return Compare(template, "question", new TrainingRow(s_turns[..1]));
        yield return Compare(template, "question and answer", new TrainingRow(s_turns[..2]));
        yield return Compare(template, "several turns", new TrainingRow(s_turns));
        yield return Compare(template, "next question", new TrainingRow(s_turns[..3]));
        yield return Compare(template, "with system text", new TrainingRow(s_turns[..2], "Answer in few words."));
        if (template.Thinks || jinja.Contains("think", StringComparison.Ordinal))
            yield return Compare(template, "with a thought", new TrainingRow([s_turns[0], s_turns[1] with { Content = Thought + Answer }]));
        if (jinja.Contains("tools", StringComparison.Ordinal)) yield return Compare(template, "with a tool call", ToolRow());
    }

    /// <summary>How many of the plain conversations are the same: what a guess goes by.</summary>
    public int CountSame(Template template)
    {
        try
        {
            return Compare(template, "").Count(t => t.IsCompared && t.FirstDifference < 0);
        }
        catch (UsageException)
        {
            return 0;
        }
    }

    /// <summary>The checkpoint's rendering of a sample with system text and two turns, up to where an answer begins.</summary>
    public string Sample()
    {
        var row = new TrainingRow(s_turns[..3], "Answer in few words.");
        try
        {
            return own.Render(Talk(row), new ChatTemplateOptions { AddGenerationPrompt = true }).Text;
        }
        catch (JinjaException)
        {
            return own.Render(Talk(row with { System = null }), new ChatTemplateOptions { AddGenerationPrompt = true }).Text;
        }
    }

    private ComparedTalk Compare(Template template, string name, TrainingRow row)
    {
        int[]? ours = null;
        string? refused = null;
        bool prompt = row.Messages.Count % 2 == 1;
        try
        {
            var chat = new ChatEncoder(template, tokenizer);
            ours = prompt ? chat.EncodePrompt(row.Messages, row.System) : new SupervisedEncoder(chat, int.MaxValue / 2).Encode(row).Ids;
        }
        catch (UsageException e)
        {
            refused = $"template '{template.Name}': {e.Message}";
        }
        if (!_own.TryGetValue(name, out (int[]? Ids, string? Refused) theirs)) _own[name] = theirs = Own(row, prompt);
        return new ComparedTalk(name, ours, theirs.Ids, theirs.Refused ?? refused);
    }

    private (int[]? Ids, string? Refused) Own(TrainingRow row, bool prompt)
    {
        try
        {
            var options = new ChatTemplateOptions { AddGenerationPrompt = prompt, Tools = row.Tools.Length > 0 ? (JsonArray)JsonNode.Parse(row.Tools)! : null };
            return (tokenizer.Encode(own.Render(Talk(row), options).Text, addSpecialTokens: false), null);
        }
        catch (JinjaException e)
        {
            return (null, $"checkpoint: {e.Message}");
        }
    }

    private static TrainingRow ToolRow() => new([s_turns[0], new(MessageRole.Function, Call), new(MessageRole.Observation, "4"), s_turns[1]]) { Tools = Tools };

    private static JsonArray Talk(TrainingRow row)
    {
        var talk = new JsonArray();
        if (row.System is { } system) talk.Add(CheckpointPrompts.Message("system", system));
        foreach (TrainingMessage message in row.Messages)
        {
            JsonObject one = CheckpointPrompts.Message(message.Role switch { MessageRole.Assistant or MessageRole.Function => "assistant", MessageRole.Observation => "tool", _ => "user" }, message.Content);
            if (message.Role == MessageRole.Function)
            {
                one["content"] = "";
                one["tool_calls"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = JsonNode.Parse(message.Content) });
            }
            talk.Add(one);
        }
        return talk;
    }
}
