using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Reading tokenizer.json's components with errors that name the file and the place.</summary>
internal readonly record struct ComponentJson(string File, string Path, JsonElement Json)
{
    public string Type => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("type", out JsonElement t) && t.ValueKind == JsonValueKind.String ? t.GetString()! : throw Error("no \"type\"");

    public bool IsNull => Json.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public ComponentJson Get(string key) => new(File, $"{Path}.{key}", Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(key, out JsonElement v) ? v : default);

    public IEnumerable<ComponentJson> Items(string key)
    {
        ComponentJson list = Get(key);
        if (list.Json.ValueKind != JsonValueKind.Array) throw list.Error("a list is needed");
        int i = 0;
        foreach (JsonElement item in list.Json.EnumerateArray()) yield return new(File, $"{list.Path}[{i++}]", item);
    }

    public bool Bool(string key, bool otherwise) => Get(key) is { IsNull: false } v
        ? v.Json.ValueKind is JsonValueKind.True or JsonValueKind.False ? v.Json.GetBoolean() : throw v.Error("true or false is needed")
        : otherwise;

    public string? Text(string key) => Get(key) is { IsNull: false } v ? v.Json.ValueKind == JsonValueKind.String ? v.Json.GetString() : throw v.Error("a string is needed") : null;

    public string Needed(string key) => Text(key) ?? throw Get(key).Error("missing");

    public int Int(string key, int otherwise) => Get(key) is { IsNull: false } v ? v.Whole() : otherwise;

    /// <summary>This value as a whole number.</summary>
    public int Whole() => Json.ValueKind == JsonValueKind.Number && Json.TryGetInt32(out int n) ? n : throw Error("a whole number is needed");

    /// <summary>This value as a string.</summary>
    public string String() => Json.ValueKind == JsonValueKind.String ? Json.GetString()! : throw Error("a string is needed");

    /// <summary>An item of this list.</summary>
    public ComponentJson Item(int index) => new(File, $"{Path}[{index}]", Json[index]);

    /// <summary>Names and values of this map.</summary>
    public IEnumerable<(string Name, ComponentJson Value)> Entries()
    {
        if (Json.ValueKind != JsonValueKind.Object) throw Error("a map is needed");
        foreach (JsonProperty p in Json.EnumerateObject()) yield return (p.Name, new(File, $"{Path}.{p.Name}", p.Value));
    }

    /// <summary>The first code point of a string.</summary>
    public string Character(string key, string otherwise)
    {
        string text = Text(key) ?? otherwise;
        return CodePoints.Count(text) == 1 ? text : throw Get(key).Error("one character is needed");
    }

    public T Choice<T>(string key, T otherwise) where T : struct, Enum =>
        Text(key) is not { } name ? otherwise
        : Enum.TryParse(name, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value
        : throw Get(key).Error($"'{name}' is not known (known: {string.Join(", ", Enum.GetNames<T>())})");

    /// <summary>{"String": ...} or {"Regex": ...}.</summary>
    public IPattern Pattern(string key)
    {
        ComponentJson pattern = Get(key);
        if (pattern.Json.ValueKind == JsonValueKind.String) return new LiteralPattern(pattern.Json.GetString()!);
        if (pattern.Text("String") is { } literal) return new LiteralPattern(literal);
        try
        {
            return new RegexPattern(pattern.Needed("Regex"));
        }
        catch (FormatException e)
        {
            throw pattern.Error(e.Message);
        }
    }

    public CheckpointException Unknown(string known) => Error($"type '{Type}' is not known (known: {known})");

    public CheckpointException Error(string what) => new($"{File}: {Path}: {what}");
}
