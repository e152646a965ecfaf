using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The data sets of a folder: its dataset_info.json.</summary>
internal sealed class DatasetRegistry
{
    private readonly string _folder, _file;
    private readonly JsonElement _json;

    public DatasetRegistry(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _file = Path.Combine(folder, "dataset_info.json");
        if (!File.Exists(_file)) throw new UsageException($"dataset_dir: {_file} is not there; name the folder that holds dataset_info.json");
        try
        {
            _json = JsonDocument.Parse(File.ReadAllBytes(_file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{_file}:{e.LineNumber + 1}: not JSON; put a comma between entries and quotes around words", e);
        }
        if (_json.ValueKind != JsonValueKind.Object) throw new UsageException($"{_file}: expected a mapping from names to data sets; write for example {{\"mine\": {{\"file_name\": \"mine.json\"}}}}");
    }

    public IEnumerable<string> Names => _json.EnumerateObject().Select(p => p.Name);

    public DatasetInfo Get(string name) =>
        _json.TryGetProperty(name, out JsonElement entry) ? DatasetInfo.From(_file, _folder, name, entry)
        : throw new UsageException($"dataset: '{name}' is not in {_file}; {(Names.Any() ? $"did you mean '{RecipeKeys.NearestOf(name, Names)}'?" : "add it there")}");
}
