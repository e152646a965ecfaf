using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>The template of a recipe that names none: slots found by rendering the checkpoint's chat template with placeholders, as LLaMA-Factory 0.9.5 does.</summary>
internal static class DerivedTemplate
{
    public const string Name = "own";

    private const string Content = "{{content}}";

    /// <summary>What a run says of it.</summary>
    public static string Notice(Tokenizer tokenizer) => tokenizer.ChatTemplate is null
        ? "template    not given, and the checkpoint has no chat template: texts stand as they are (template: empty)"
        : $"template    not given: made from the checkpoint's chat template{(TemplateGuess.FromTokenizer(tokenizer) is { } near ? $", which renders like template: {near}" : "")} ('pure-tuner template check' compares)";

    /// <exception cref="UsageException">The chat template cannot be read, or refuses what the slots are found with.</exception>
    public static Template From(Tokenizer tokenizer)
    {
        ChatTemplate template = CheckpointPrompts.Read(tokenizer, "the checkpoint")!;
        string prefix = tokenizer.Decode(tokenizer.Encode(""));
        // The reference cuts the prefix off by its length, whether it stands there or not.
        string Render(bool prompt, params (string Role, string Text)[] talk)
        {
            try
            {
                string text = template.Render([.. talk.Select(t => CheckpointPrompts.Message(t.Role, t.Text))], new ChatTemplateOptions { AddGenerationPrompt = prompt }).Text;
                return Behind(text, prefix.Length);
            }
            catch (JinjaException e)
            {
                throw new UsageException($"template: not given, and none can be made of the checkpoint's chat template, which refuses a talk of {string.Join(" and ", talk.Select(t => t.Role))}: {e.Message}; name the one that fits, for example 'template: llama3' ('pure-tuner template list' shows all)", e);
            }
        }

        string system = Render(false, ("system", Content)), underEmpty = Render(true, ("system", ""), ("user", Content)), user = Render(true, ("user", Content));
        string answer = Behind(Render(false, ("user", Content), ("assistant", Content)), user.Length);
        bool thinks = answer.Contains("<think>", StringComparison.Ordinal);
        answer = answer.Replace("<think>", "", StringComparison.Ordinal).Replace("</think>", "", StringComparison.Ordinal).TrimStart('\n');
        string defaultSystem = "";
        if (user.Length > underEmpty.Length)
        {
            defaultSystem = Added(underEmpty, user);
            int at = system.IndexOf(Content, StringComparison.Ordinal);
            string sole = at < 0 ? system : string.Concat(system.AsSpan(0, at), defaultSystem, system.AsSpan(at + Content.Length));
            user = Behind(user, sole.Length);
        }
        foreach ((string slot, string what) in (ReadOnlySpan<(string, string)>)[(user, "user"), (answer, "assistant"), (system, "system")])
            if (!slot.Contains(Content, StringComparison.Ordinal))
                throw new UsageException($"template: not given, and none can be made of the checkpoint's chat template: what the {what} says is not found again in what it renders; name the one that fits, for example 'template: llama3' ('pure-tuner template list' shows all)");
        return Template.Of(Name, Json(thinks, prefix, system, user, answer, defaultSystem));
    }

    private static string Behind(string text, int length) => length < text.Length ? text[length..] : "";

    /// <summary>The characters of the longer text that the shorter one, read along, lacks.</summary>
    private static string Added(string shorter, string longer)
    {
        var added = new StringBuilder();
        for (int i = 0, j = 0; i < shorter.Length && j < longer.Length; j++)
        {
            if (shorter[i] == longer[j]) i++;
            else added.Append(longer[j]);
        }
        return added.ToString();
    }

    private static JsonElement Json(bool thinks, string prefix, string system, string user, string answer, string defaultSystem)
    {
        static JsonArray Slot(string text) => text.Length == 0 ? [] : [text];
        var json = new JsonObject
        {
            ["class"] = thinks ? "ReasoningTemplate" : "Template",
            ["prefix"] = Slot(prefix),
            ["system"] = Slot(system),
            ["user"] = Slot(user),
            ["assistant"] = Slot(answer),
            ["function"] = Slot(answer),
            ["observation"] = Slot(user),
            ["tool_format"] = "default",
            ["function_tool_format"] = "default",
            ["default_system"] = defaultSystem,
            ["stop_words"] = new JsonArray(),
            ["thought_words"] = new JsonArray("<think>\n", "\n</think>\n\n"),
            ["tool_call_words"] = new JsonArray("<tool_call>", "</tool_call>"),
            ["efficient_eos"] = false,
            ["replace_eos"] = false,
            ["replace_jinja_template"] = false,
            ["enable_thinking"] = true,
            ["preserve_thinking"] = false,
            ["plugin"] = "BasePlugin",
        };
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        return document.RootElement.Clone();
    }
}
