using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The fields of a row, with errors that say which row and field.</summary>
internal sealed class RowFields(string place, JsonElement json, List<string> notices)
{
    /// <summary>"file: row n".</summary>
    public string Place => place;

    /// <summary>The keys that structured fields have over all rows; null where each row stands for itself.</summary>
    public JsonShape? Shape { get; init; }

    /// <summary>The value of a field; nothing where the row lacks it.</summary>
    public JsonElement? Get(string? field) =>
        field is not null && json.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Text, or null where the field is empty or missing.</summary>
    public string? Text(string? field) => Get(field) is { } value ? Text(field!, value) : null;

    /// <summary>The text of a value.</summary>
    /// <param name="field">What errors call it.</param>
    /// <param name="value">The value.</param>
    public string Text(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Fault(field, $"expected text, found {DatasetInfo.Kind(value)}; quote it");

    /// <summary>JSON text of a field that holds tools: text as it is, a list or mapping written out.</summary>
    public string Tools(string? field) => Get(field) is not { } value ? "" : value.ValueKind == JsonValueKind.String ? Text(field!, value) : Structured(value, field!);

    /// <summary>JSON text of a structured value.</summary>
    /// <param name="value">A list or mapping.</param>
    /// <param name="path">The keys to it from the row.</param>
    public string Structured(JsonElement value, params ReadOnlySpan<string> path)
    {
        var shape = new JsonShape();
        if (Shape is null) shape.Add(value);
        else shape = Shape.At(path);
        return shape.Write(value);
    }

    public UsageException Fault(string field, string what) => new($"{place}: {field}: {what}");

    /// <summary>Leaves the row out.</summary>
    public TrainingRow? Drop(string field, string why)
    {
        notices.Add($"{place}: {field}: {why}; the row is left out");
        return null;
    }
}
