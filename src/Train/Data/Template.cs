using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A piece of a template: text with placeholders, a special token by what it is, or a vocabulary entry.</summary>
internal readonly record struct TemplateSlot(string? Text, string? Special, string? Token);

/// <summary>How messages become tokens for one family of models: LLaMA-Factory's template of that name.</summary>
public sealed class Template
{
    private static readonly Lazy<Dictionary<string, Template>> s_all = new(ReadAll);

    private Template(string name, JsonElement json)
    {
        Name = name;
        Class = json.GetProperty("class").GetString()!;
        Prefix = Slots(json, "prefix");
        System = Slots(json, "system");
        User = Slots(json, "user");
        Assistant = Slots(json, "assistant");
        Observation = Slots(json, "observation");
        DefaultSystem = json.GetProperty("default_system").GetString() ?? "";
        StopWords = Words(json, "stop_words");
        ThoughtWords = Words(json, "thought_words");
        EfficientEos = json.GetProperty("efficient_eos").GetBoolean();
        ReplaceEos = json.GetProperty("replace_eos").GetBoolean();
        ReplacesJinja = json.GetProperty("replace_jinja_template").GetBoolean();
        Function = Slots(json, "function");
        Tools = json.TryGetProperty("tools", out _) ? Slots(json, "tools") : [];
        ToolFormat = json.GetProperty("tool_format").GetString();
        FunctionToolFormat = json.GetProperty("function_tool_format").GetString()!;
        ToolCallWords = Words(json, "tool_call_words");
        SeesMedia = json.TryGetProperty("plugin", out JsonElement plugin) && plugin.GetString() != "BasePlugin";
    }

    /// <summary>The name, as in a recipe.</summary>
    public string Name { get; }

    /// <summary>The system text where a row has none.</summary>
    public string DefaultSystem { get; }

    /// <summary>Texts that end an answer.</summary>
    public IReadOnlyList<string> StopWords { get; }

    /// <summary>Whether an answer's end is not written in the template but is the end-of-text token.</summary>
    public bool EfficientEos { get; }

    /// <summary>Whether the first stop word takes the place of the end-of-text token.</summary>
    public bool ReplaceEos { get; }

    /// <summary>Names of all templates.</summary>
    public static IEnumerable<string> Names => s_all.Value.Keys;

    internal string Class { get; }
    internal bool ReplacesJinja { get; }

    /// <summary>Whether its models see images or hear sound.</summary>
    internal bool SeesMedia { get; }

    internal TemplateSlot[] Prefix { get; }
    internal TemplateSlot[] System { get; }
    internal TemplateSlot[] User { get; }
    internal TemplateSlot[] Assistant { get; }
    internal TemplateSlot[] Observation { get; }
    internal string[] ThoughtWords { get; }

    /// <summary>A turn that calls tools.</summary>
    internal TemplateSlot[] Function { get; private set; }

    /// <summary>For the one template that takes the tools as they are: what stands around them; empty elsewhere.</summary>
    internal TemplateSlot[] Tools { get; private set; }

    /// <summary>How tools are told; null with <see cref="Tools"/>.</summary>
    internal string? ToolFormat { get; private set; }

    /// <summary>How calls are written.</summary>
    internal string FunctionToolFormat { get; private set; }

    /// <summary>What stands around a call in the data, where other words stand beside it.</summary>
    internal string[] ToolCallWords { get; }

    /// <summary>What stands for a thought where an answer has none.</summary>
    internal string EmptyThought => Class == "Glm47ReasoningTemplate" ? ThoughtWords[1] : string.Concat(ThoughtWords);

    /// <summary>The same template with tools and calls in another format; a call then stands alone, with nothing of the template around it but the end of the text.</summary>
    /// <param name="format">The recipe's tool_format; null changes nothing.</param>
    /// <exception cref="UsageException">There is no such format.</exception>
    internal Template WithToolFormat(string? format)
    {
        if (format is null) return this;
        var changed = (Template)MemberwiseClone();
        changed.FunctionToolFormat = changed.ToolFormat = ToolFormats.Get(format).Name;
        changed.Tools = [];
        changed.Function = EfficientEos ? [new("{{content}}", null, null)] : [new("{{content}}", null, null), new(null, "eos_token", null)];
        return changed;
    }

    /// <summary>Vocabulary entries that the template writes by name.</summary>
    internal IEnumerable<string> TokenSlots => from s in (IEnumerable<TemplateSlot>)[.. Prefix, .. System, .. User, .. Assistant, .. Observation, .. Function] where s.Token is not null select s.Token;

    /// <summary>Whether the system text stands inside the first user message.</summary>
    internal bool SystemInUser => Class == "Llama2Template";

    /// <summary>Whether answers begin with a thought.</summary>
    internal bool Thinks => Class is "ReasoningTemplate" or "Glm47ReasoningTemplate";

    /// <summary>The template of a name.</summary>
    /// <exception cref="UsageException">There is no such template.</exception>
    public static Template Get(string name) =>
        s_all.Value.TryGetValue(name, out Template? template) ? template
        : throw new UsageException($"template: there is no '{name}'; did you mean '{RecipeKeys.NearestOf(name, Names)}'? ('pure-tuner template list' shows all)");

    /// <summary>The template of a name; without one, what the checkpoint's own chat template says, or "empty" where it has none.</summary>
    /// <exception cref="UsageException">There is no such template, or none can be made of the checkpoint's.</exception>
    internal static Template For(string? name, ITokenSource source) =>
        name is not null ? Get(name) : source.Checkpoint is { ChatTemplate: not null } tokenizer ? DerivedTemplate.From(tokenizer) : Get("empty");

    /// <summary>A template that is not in the registry, by the registry's keys.</summary>
    internal static Template Of(string name, JsonElement json) => new(name, json);

    private static Dictionary<string, Template> ReadAll()
    {
        using Stream stream = typeof(Template).Assembly.GetManifestResourceStream("Pure.Tuner.Data.templates.json")!;
        using JsonDocument json = JsonDocument.Parse(stream);
        return json.RootElement.GetProperty("templates").EnumerateObject().ToDictionary(p => p.Name, p => new Template(p.Name, p.Value));
    }

    private static string[] Words(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(w => w.GetString()!)];

    private static TemplateSlot[] Slots(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(s =>
        s.ValueKind == JsonValueKind.String ? new TemplateSlot(s.GetString(), null, null)
        : s.TryGetProperty("token", out JsonElement token) ? new TemplateSlot(null, null, token.GetString())
        : new TemplateSlot(null, s.GetProperty("special").GetString(), null))];
}
