using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Rows of a data set, and what was left out of it.</summary>
/// <param name="Rows">Rows in the order of the file.</param>
/// <param name="Notices">One line for each row that was left out.</param>
internal sealed record DatasetRows(List<TrainingRow> Rows, List<string> Notices)
{
    private const int MostTold = 5;

    /// <summary>The notices as they are printed: the first few, and how many more there are.</summary>
    public IEnumerable<string> Told => Notices.Count <= MostTold + 1 ? Notices
        : Notices.Take(MostTold).Append(FormattableString.Invariant($"and {Notices.Count - MostTold:N0} more rows left out"));
}

/// <summary>Reads JSON and JSON-lines files into conversations.</summary>
internal static class DatasetReader
{
    /// <summary>The rows of every data set of a recipe, one set after another.</summary>
    public static DatasetRows Read(Recipe recipe)
    {
        var registry = new DatasetRegistry(recipe.DatasetDir);
        var all = new DatasetRows([], []);
        foreach (string name in recipe.Dataset)
        {
            DatasetRows one = Read(registry.Get(name), recipe.MaxSamples);
            all.Rows.AddRange(one.Rows);
            all.Notices.AddRange(one.Notices);
        }
        return all;
    }

    public static DatasetRows Read(DatasetInfo info, int? maxSamples = null)
    {
        var result = new DatasetRows([], []);
        Func<RowFields, TrainingRow?> convert = info.Formatting switch
        {
            "sharegpt" => new ShareGptConverter(info).Convert,
            "openai" => new OpenAiConverter(info).Convert,
            _ => new AlpacaConverter(info).Convert,
        };
        List<(string Place, JsonElement Json)> raw = Files(info).SelectMany(Rows).ToList();
        CheckColumns(info, raw);
        foreach ((string place, JsonElement json) in raw.Take(maxSamples ?? int.MaxValue))
        {
            var fields = new RowFields(place, json, result.Notices);
            if (convert(fields) is { } row) result.Rows.Add(row with { Place = place });
        }
        return result;
    }

    private static IEnumerable<string> Files(DatasetInfo info)
    {
        string[] files = Directory.Exists(info.File) ? [.. Directory.GetFiles(info.File).Order(StringComparer.Ordinal)] : [info.File];
        if (files.Length == 0 || !File.Exists(files[0])) throw new UsageException($"dataset: {info.Name}: {info.File} is not there; put the file there or change file_name in dataset_info.json");
        foreach (string file in files)
            if (Path.GetExtension(file) is not (".json" or ".jsonl"))
                throw new UsageException($"dataset: {info.Name}: {file}: only .json and .jsonl files are read so far; convert it");
        return files;
    }

    private static List<(string, JsonElement)> Rows(string file)
    {
        string name = Path.GetFileName(file);
        byte[] bytes = File.ReadAllBytes(file);
        ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
        int first = text.Span.IndexOfAnyExcept(" \t\r\n"u8);
        var rows = new List<(string, JsonElement)>();
        if (first < 0) return rows;
        if (text.Span[first] == '[')
        {
            try
            {
                foreach (JsonElement row in JsonDocument.Parse(text).RootElement.EnumerateArray()) rows.Add(($"{name}: row {rows.Count + 1}", row));
            }
            catch (JsonException e)
            {
                throw new UsageException($"{file}:{e.LineNumber + 1}: not JSON; put a comma between rows and quotes around words", e);
            }
            return rows;
        }
        int line = 0;
        for (ReadOnlyMemory<byte> rest = text; rest.Length > 0;)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> one = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            line++;
            if (one.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0) continue;
            try
            {
                rows.Add(($"{name}: row {rows.Count + 1}", JsonDocument.Parse(one).RootElement));
            }
            catch (JsonException e)
            {
                throw new UsageException($"{file}:{line}: not JSON; write one object a line, or a list in brackets", e);
            }
        }
        return rows;
    }

    /// <summary>A column that no row has is a mistake in the registry, not an empty field.</summary>
    private static void CheckColumns(DatasetInfo info, List<(string Place, JsonElement Json)> rows)
    {
        var seen = new HashSet<string>();
        foreach ((string place, JsonElement json) in rows)
        {
            if (json.ValueKind != JsonValueKind.Object) throw new UsageException($"{place}: expected an object, found {DatasetInfo.Kind(json)}; write {{\"instruction\": …, \"output\": …}}");
            foreach (JsonProperty p in json.EnumerateObject()) seen.Add(p.Name);
        }
        if (rows.Count == 0) return;
        string[] needed = info.Formatting == "alpaca" ? ["prompt", "response"] : ["messages"];
        foreach ((string column, string field) in info.NamedColumns)
            if (!seen.Contains(field) && (info.ColumnsGiven || needed.Contains(column)))
                throw new UsageException($"dataset: {info.Name}: no row of {Path.GetFileName(info.File)} has the field '{field}' ({column}); name the right one under columns in dataset_info.json (fields: {string.Join(", ", seen.Take(12))})");
    }
}

/// <summary>The fields of a row, with errors that say which row and field.</summary>
internal sealed class RowFields(string place, JsonElement json, List<string> notices)
{
    /// <summary>"file: row n".</summary>
    public string Place => place;

    /// <summary>The value of a field; nothing where the row lacks it.</summary>
    public JsonElement? Get(string? field) =>
        field is not null && json.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Text, or null where the field is empty or missing.</summary>
    public string? Text(string? field) => Get(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Fault(field!, $"expected text, found {DatasetInfo.Kind(value)}; quote it");

    /// <summary>JSON text of a field that holds tools: text as it is, a list or mapping written out.</summary>
    public string Tools(string? field) => Get(field) is not { } value ? "" : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    public UsageException Fault(string field, string what) => new($"{place}: {field}: {what}");

    /// <summary>Leaves the row out.</summary>
    public TrainingRow? Drop(string field, string why)
    {
        notices.Add($"{place}: {field}: {why}; the row is left out");
        return null;
    }
}
