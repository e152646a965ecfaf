using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>JSON files of others, read so that nothing in them can fail later: whole UTF-8, no half characters, one value a key.</summary>
internal static class JsonText
{
    /// <summary>A document whose names and texts are all characters.</summary>
    /// <exception cref="JsonException">It is not JSON, not UTF-8, or holds an escaped half of a surrogate pair.</exception>
    public static JsonDocument Document(ReadOnlyMemory<byte> utf8, JsonDocumentOptions options = default)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span)) throw new JsonException("the text is not UTF-8.");
        JsonDocument document = JsonDocument.Parse(utf8, options);
        try
        {
            if (utf8.Span.IndexOf("\\ud"u8) >= 0 || utf8.Span.IndexOf("\\uD"u8) >= 0) Touch(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            document.Dispose();
            throw new JsonException("a text holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no character.", e);
        }
        return document;
    }

    /// <summary>The same as nodes. Of equal keys the last counts, as in Python.</summary>
    /// <exception cref="JsonException">As above.</exception>
    public static JsonNode? Nodes(ReadOnlyMemory<byte> utf8, JsonDocumentOptions options = default)
    {
        JsonDocument document = Document(utf8, options);      // lives on in the nodes
        return Node(document.RootElement);
    }

    private static JsonNode? Node(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new JsonObject();
                foreach (JsonProperty p in json.EnumerateObject()) map[p.Name] = Node(p.Value);
                return map;
            case JsonValueKind.Array:
                var list = new JsonArray();
                foreach (JsonElement item in json.EnumerateArray()) list.Add(Node(item));
                return list;
            case JsonValueKind.Null: return null;
            default: return JsonValue.Create(json);
        }
    }

    /// <summary>Reads every text once, so that half a surrogate pair is met here.</summary>
    /// <exception cref="InvalidOperationException">A text holds one.</exception>
    internal static void Touch(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) json.GetString();
        if (json.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in json.EnumerateArray()) Touch(item);
        if (json.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty p in json.EnumerateObject())
            {
                _ = p.Name;
                Touch(p.Value);
            }
    }
}
