using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Reads config.json's quantization_config: what is missing or makes no sense is named with file, key and cure.</summary>
internal sealed class QuantizationConfig(string file, JsonObject json)
{
    private const string FetchAgain = "fetch config.json again, it must be of the same model as the weights";

    /// <summary>A whole number that must be there.</summary>
    internal int Int(string expected, Func<int, bool> fits, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (json[key] is not { } node) continue;
            if (node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int number) && fits(number)) return number;
            throw Fault(key, $"expected {expected}, found {Shown(node)}");
        }
        throw Fault(keys[0], $"expected {expected}, found nothing");
    }

    /// <summary>A switch; false when not given.</summary>
    internal bool Flag(string key) => json[key] switch
    {
        null => false,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        { } node => throw Fault(key, $"expected true or false, found {Shown(node)}"),
    };

    /// <summary>A word in lower case, or null when not given.</summary>
    internal string? Word(string key) => json[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>().ToLowerInvariant(),
        { } node => throw Fault(key, $"expected a word, found {Shown(node)}"),
    };

    internal CheckpointException Fault(string key, string what, string cure = FetchAgain) => new($"{file}: quantization_config.{key}: {what}; {cure}");

    private static string Shown(JsonNode node) => node.ToJsonString() is { Length: > 40 } long_ ? long_[..40] + "…" : node.ToJsonString();
}
