using System.Text.Json;

namespace Pure.Tuner;

/// <summary>An entry of dataset_info.json: where rows are and which fields mean what.</summary>
internal sealed record DatasetInfo
{
    private static readonly string[] s_known =
    [
        "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name", "file_name", "file_sha1", "formatting", "ranking", "subset", "split", "folder", "num_samples", "columns", "tags",
    ];

    private static readonly string[] s_columns = ["prompt", "query", "response", "history", "messages", "system", "tools", "images", "videos", "audios", "chosen", "rejected", "kto_tag"];
    private static readonly string[] s_tags = ["role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag"];

    private Dictionary<string, string> Columns { get; init; } = new()
    {
        ["prompt"] = "instruction",
        ["query"] = "input",
        ["response"] = "output",
        ["messages"] = "conversations",
    };

    private Dictionary<string, string> Tags { get; init; } = new()
    {
        ["role_tag"] = "from",
        ["content_tag"] = "value",
        ["user_tag"] = "human",
        ["assistant_tag"] = "gpt",
        ["observation_tag"] = "observation",
        ["function_tag"] = "function_call",
        ["system_tag"] = "system",
    };

    public required string Name { get; init; }
    public required string File { get; init; }
    public string Formatting { get; init; } = "alpaca";

    /// <summary>Whether the columns were written out: then every one of them must be there.</summary>
    public bool ColumnsGiven { get; init; }

    /// <summary>The field that holds a column, or null.</summary>
    public string? Column(string column) => Columns.GetValueOrDefault(column);

    /// <summary>The word for a tag, or null.</summary>
    public string? Tag(string tag) => Tags.GetValueOrDefault(tag);

    public IEnumerable<(string Column, string Field)> NamedColumns => Columns.Select(c => (c.Key, c.Value));

    public static DatasetInfo From(string registry, string folder, string name, JsonElement json)
    {
        string place = $"{registry}: {name}";
        if (json.ValueKind != JsonValueKind.Object) throw new UsageException($"{place}: expected a mapping, found {Kind(json)}; write for example {{\"file_name\": \"{name}.json\"}}");
        foreach (JsonProperty p in json.EnumerateObject())
            if (!s_known.Contains(p.Name)) throw new UsageException($"{place}: {p.Name}: there is no such key; did you mean '{RecipeKeys.NearestOf(p.Name, s_known)}'?");
        if (Text(place, json, "file_name") is not { } file)
            throw new UsageException($"{place}: file_name: not given, and nothing is downloaded; put the file into {folder} and name it here");
        if (json.TryGetProperty("ranking", out JsonElement ranking) && ranking.ValueKind == JsonValueKind.True)
            throw new UsageException($"{place}: ranking: pairs of answers do not fit stage sft; use a data set with one answer a row");
        if (json.TryGetProperty("num_samples", out JsonElement samples) && samples.ValueKind != JsonValueKind.Null)
            throw new UsageException($"{place}: num_samples: a random choice of rows is not supported; leave it out and set max_samples in the recipe");
        string formatting = Text(place, json, "formatting") ?? "alpaca";
        if (formatting is not ("alpaca" or "sharegpt" or "openai")) throw new UsageException($"{place}: formatting: expected one of alpaca, sharegpt, openai, found '{formatting}'; change it");
        var info = new DatasetInfo { Name = name, File = Path.GetFullPath(file, folder), Formatting = formatting };
        // Naming one column means that the others are not there.
        if (Map(place, json, "columns", s_columns) is { } columns) info = info with { Columns = columns, ColumnsGiven = true };
        if (Map(place, json, "tags", s_tags) is { } tags) info = info with { Tags = tags };
        foreach (string column in (string[])["images", "videos", "audios", "kto_tag", "chosen", "rejected"])
            if (info.Column(column) is not null) throw new UsageException($"{place}: columns: '{column}' is not supported yet; leave it out or take another data set");
        return info;
    }

    private static string? Text(string place, JsonElement json, string key) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new UsageException($"{place}: {key}: expected text, found {Kind(value)}; quote it");

    private static Dictionary<string, string>? Map(string place, JsonElement json, string key, string[] known)
    {
        if (!json.TryGetProperty(key, out JsonElement map)) return null;
        if (map.ValueKind != JsonValueKind.Object) throw new UsageException($"{place}: {key}: expected a mapping, found {Kind(map)}; write for example {{\"{known[0]}\": \"name\"}}");
        var entries = new Dictionary<string, string>();
        foreach (JsonProperty p in map.EnumerateObject())
        {
            if (!known.Contains(p.Name)) throw new UsageException($"{place}: {key}: there is no '{p.Name}'; did you mean '{RecipeKeys.NearestOf(p.Name, known)}'?");
            if (Text($"{place}: {key}", map, p.Name) is { } field) entries[p.Name] = field;
        }
        return entries;
    }

    public static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "a mapping",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => $"the number {json.GetRawText()}",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        _ => "nothing",
    };
}
