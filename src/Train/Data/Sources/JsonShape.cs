using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The keys that values of one column have together: a key that one value lacks is null there, and keys come in the order in which they were first met.</summary>
/// <remarks>The reference reads JSON into a table with one schema, so nested tools of one row show the keys of all rows.</remarks>
internal sealed class JsonShape
{
    private static readonly JsonWriterOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Key, JsonShape Shape)> _fields = [];
    private readonly Dictionary<string, JsonShape> _byKey = [];
    private JsonShape? _items;

    /// <summary>Takes in the keys of one more value.</summary>
    public void Add(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in value.EnumerateArray()) (_items ??= new()).Add(item);
        if (value.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty p in value.EnumerateObject()) Field(p.Name).Add(p.Value);
    }

    /// <summary>The shape of a field, made where it is new.</summary>
    public JsonShape Field(string key)
    {
        if (_byKey.TryGetValue(key, out JsonShape? field)) return field;
        _byKey.Add(key, field = new());
        _fields.Add((key, field));
        return field;
    }

    /// <summary>The shape of a field of a field, items of lists passed through; an empty one where no value has it.</summary>
    public JsonShape At(params ReadOnlySpan<string> path)
    {
        JsonShape shape = this;
        foreach (string key in path)
        {
            while (shape._items is { } items && shape._fields.Count == 0) shape = items;
            if (!shape._byKey.TryGetValue(key, out JsonShape? field)) return new();
            shape = field;
        }
        return shape;
    }

    /// <summary>A value as JSON text, with every key of the shape.</summary>
    public string Write(JsonElement value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, s_plain)) Write(writer, value);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private void Write(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (JsonElement item in value.EnumerateArray()) (_items ?? this).Write(writer, item);
            writer.WriteEndArray();
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            writer.WriteStartObject();
            foreach ((string key, JsonShape shape) in _fields)
            {
                writer.WritePropertyName(key);
                if (value.TryGetProperty(key, out JsonElement field)) shape.Write(writer, field);
                else writer.WriteNullValue();
            }
            writer.WriteEndObject();
        }
        else value.WriteTo(writer);
    }
}
