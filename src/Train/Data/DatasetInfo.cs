using System.Text.Json;

namespace Pure.Tuner;

/// <summary>An entry of dataset_info.json: where rows are and which fields mean what.</summary>
internal sealed record DatasetInfo
{
    private static readonly string[] s_known =
    [
        "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name", "file_name", "file_sha1", "formatting", "ranking", "subset", "split", "folder", "num_samples", "columns", "tags",
    ];

    private static readonly string[] s_remote = ["hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"];
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

    /// <summary>Full path of the file or folder.</summary>
    public required string File { get; init; }

    public string Formatting { get; init; } = "alpaca";

    /// <summary>Rows to draw from the set, more than once where it has fewer; null for all.</summary>
    public int? NumSamples { get; init; }

    /// <summary>Whether the format openai writes its switch for thinking into the system text, as the reference does.</summary>
    public bool SwitchesThinking { get; init; } = true;

    /// <summary>Whether the format is still to be found out from the rows (<see cref="FormatGuess"/>).</summary>
    public bool Unknown { get; init; }

    /// <summary>What is to be told about the set.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

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
        string? remote = s_remote.FirstOrDefault(k => Text(place, json, k) is not null);
        if (Text(place, json, "file_name") is not { } file)
            throw new UsageException($"{place}: file_name: not given, and nothing is downloaded{(remote is null ? "" : $" from {remote} '{Text(place, json, remote)}'")}; put a copy into {folder} and name it here, for example \"file_name\": \"{name}.jsonl\"");
        if (file.Contains('\0', StringComparison.Ordinal)) throw new UsageException($"{place}: file_name: no file's name holds the character U+0000; take it out");
        if (Flag(place, json, "ranking"))
            throw new UsageException($"{place}: ranking: pairs of answers do not fit stage sft; use a data set with one answer a row");
        if ((Text(place, json, "split") ?? "train") is not "train" and var split)
            throw new UsageException($"{place}: split: expected 'train', the only part that local files have, found '{split}'; leave it out and choose rows with max_samples or num_samples");
        foreach (string key in (string[])["subset", "folder"])
            if (Text(place, json, key) is { } part) throw new UsageException($"{place}: {key}: '{part}' is a part of a data set on a hub, and nothing is downloaded; leave it out and name the local file or folder in file_name");
        string formatting = Text(place, json, "formatting") ?? "alpaca";
        if (formatting is not ("alpaca" or "sharegpt" or "openai")) throw new UsageException($"{place}: formatting: expected one of alpaca, sharegpt, openai, found '{formatting}'; did you mean '{RecipeKeys.NearestOf(formatting, ["alpaca", "sharegpt", "openai"])}'?");
        var info = new DatasetInfo
        {
            Name = name,
            File = Path.GetFullPath(file, folder),
            Formatting = formatting,
            NumSamples = Count(place, json, "num_samples"),
            Remarks = remote is null ? [] : [$"dataset: {name}: rows are read from file_name; {remote} is not looked up"],
        };
        // Naming one column means that the others are not there.
        if (Map(place, json, "columns", s_columns) is { } columns) info = info with { Columns = columns, ColumnsGiven = true };
        if (Map(place, json, "tags", s_tags) is { } tags) info = info with { Tags = tags };
        foreach (string column in (string[])["images", "videos", "audios", "kto_tag", "chosen", "rejected"])
            if (info.Column(column) is not null) throw new UsageException($"{place}: columns: '{column}' is not supported yet; leave it out or take another data set");
        return info;
    }

    /// <summary>The entry for a file that stands in the recipe itself.</summary>
    public static DatasetInfo OfFile(string name, string path) => new() { Name = name, File = path, Unknown = true };

    /// <summary>The same set in a format with its own fields.</summary>
    public DatasetInfo As(string formatting, Dictionary<string, string> columns, Dictionary<string, string>? tags = null) =>
        this with { Formatting = formatting, Columns = columns, ColumnsGiven = true, Tags = tags ?? Tags, SwitchesThinking = false, Unknown = false };

    private static bool Flag(string place, JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.ValueKind == JsonValueKind.True
            : throw new UsageException($"{place}: {key}: expected true or false, found {Kind(value)}; write it without quotes"));

    private static int? Count(string place, JsonElement json, string key) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count > 0 ? count
        : throw new UsageException($"{place}: {key}: expected a whole number from 1 on, found {Kind(value)}; leave it out to take every row");

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
