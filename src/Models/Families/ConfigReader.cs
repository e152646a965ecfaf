using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Reads a config.json key by key, and knows which keys nobody asked for.</summary>
/// <param name="json">The mapping.</param>
/// <param name="source">The file, and the part of it.</param>
/// <param name="cure">What to do about a wrong value, or null.</param>
internal sealed class ConfigReader(JsonObject json, string source, string? cure = null)
{
    private readonly HashSet<string> _asked = ["model_type", "quantization_config"];      // the latter is PackedLayout's

    internal JsonObject Json => json;

    /// <summary>The file, and the part of it.</summary>
    internal string Source => source;

    internal string Text(string key) => Get(key) is JsonValue v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : throw Wrong(key, "a text");

    internal string? TextOrNull(string key) => Get(key) is null ? null : Text(key);

    internal int Int(string key) => IntOrNull(key) ?? throw new CheckpointException($"{source}: '{key}' is missing; it is needed to build the model");

    internal int? IntOrNull(string key) => Get(key) is not { } node ? null : Number(key, node) is var n && n == Math.Floor(n) && Math.Abs(n) < int.MaxValue ? (int)n : throw Wrong(key, "a whole number");

    internal double Double(string key, double otherwise) => Get(key) is { } node ? Number(key, node) : otherwise;

    internal double? DoubleOrNull(string key) => Get(key) is { } node ? Number(key, node) : null;

    internal bool Bool(string key, bool otherwise) => Get(key) switch
    {
        null => otherwise,
        JsonValue v when v.GetValueKind() is JsonValueKind.True or JsonValueKind.False => v.GetValue<bool>(),
        _ => throw Wrong(key, "true or false"),
    };

    internal string[]? Texts(string key) => Get(key) is { } node ? node is JsonArray a ? [.. a.Select(x => x?.ToString() ?? "")] : throw Wrong(key, "a list of texts") : null;

    internal double[]? Doubles(string key) => Get(key) is { } node ? node is JsonArray a ? [.. a.Select(x => x is null ? throw Wrong(key, "a list of numbers") : Number(key, x))] : throw Wrong(key, "a list of numbers") : null;

    /// <summary>A mapping, or null.</summary>
    internal ConfigReader? Section(string key) => Get(key) is { } node ? node is JsonObject o ? new ConfigReader(o, $"{source}, {key}", cure) : throw Wrong(key, "a mapping") : null;

    internal JsonNode? Get(string key)
    {
        _asked.Add(key);
        return json[key];
    }

    internal bool Has(string key) => json.ContainsKey(key);

    internal CheckpointException Wrong(string key, string expected) =>
        new($"{source}: '{key}' is {json[key]?.ToJsonString() ?? "null"} where {expected} is expected{(cure is null ? "" : "; " + cure)}");

    /// <summary>Refuses keys that would change the mathematics and were not read.</summary>
    internal void RefuseUnread(string family)
    {
        foreach ((string key, JsonNode? value) in json)
        {
            if (_asked.Contains(key) || IsNeutral(value) || !MathematicalKeys.Matter(key, value)) continue;
            throw new CheckpointException($"{source}: '{key}: {Short(value!)}' would change the mathematics of a {family} model and is not supported; remove the key only if the model was trained without it");
        }
    }

    private static bool IsNeutral(JsonNode? value) => value is null
        || value is JsonArray { Count: 0 } or JsonObject { Count: 0 }
        || value.GetValueKind() == JsonValueKind.False;

    private static string Short(JsonNode value) => value.ToJsonString() is { Length: <= 60 } text ? text : value.ToJsonString()[..57] + "...";

    private double Number(string key, JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Number => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture),
        _ => throw Wrong(key, "a number"),
    };
}
