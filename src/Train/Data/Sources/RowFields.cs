using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The fields of a row, with errors that say which row and field.</summary>
internal sealed class RowFields(string place, JsonElement json, List<string> notices)
{
    /// <summary>"file: row n".</summary>
    public string Place => place;

    /// <summary>The keys that structured fields have over all rows; null where each row stands for itself.</summary>
    public JsonShape? Shape { get; init; }

    /// <summary>Takes every fault of the row, so that one look finds all; null ends at the first.</summary>
    public List<RowFault>? Faults { get; init; }

    /// <summary>What a part of the row says; where it is wrong and faults are collected, something else in its place.</summary>
    public T Attempt<T>(Func<T> read, T otherwise)
    {
        if (Faults is null) return read();
        try
        {
            return read();
        }
        catch (UsageException e) when (e.Row is { } fault)
        {
            Faults.Add(fault);
            return otherwise;
        }
    }

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

    /// <summary>An error of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="what">What was expected, what is there; what to do.</param>
    public UsageException Fault(string field, string what) => new($"{place}: {field}: {what}") { Row = RowFault.Of(field, what) };

    /// <summary>Leaves the row out.</summary>
    /// <param name="field">The field.</param>
    /// <param name="why">What is wrong.</param>
    /// <param name="cure">How to mend it, for who asks.</param>
    /// <param name="at">The exact place in the field.</param>
    public TrainingRow? Drop(string field, string why, string cure, string? at = null)
    {
        if (Faults is null) notices.Add($"{place}: {field}: {why}; the row is left out");
        else Faults.Add(new RowFault(at ?? field, why, cure) { LeavesOut = true });
        return null;
    }
}
