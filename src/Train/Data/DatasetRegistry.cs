using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Where names of data sets lead: the dataset_info.json of a folder, a mapping in the recipe itself, or a file of that path.</summary>
internal sealed class DatasetRegistry
{
    private readonly string _folder, _file;
    private readonly JsonElement? _json;

    /// <param name="folder">The recipe's dataset_dir: a folder, or the mapping itself as JSON text.</param>
    /// <exception cref="UsageException">The registry is not JSON, or lies on a hub.</exception>
    public DatasetRegistry(string folder)
    {
        if (folder == "ONLINE" || folder.StartsWith("REMOTE:", StringComparison.Ordinal))
            throw new UsageException($"dataset_dir: '{folder}' looks data sets up on a hub, and nothing is downloaded; name a folder with dataset_info.json and copies of the files, or files themselves under dataset");
        bool inline = folder.StartsWith('{');
        _folder = Path.GetFullPath(inline ? "." : folder);
        _file = inline ? "dataset_dir" : Path.Combine(folder, "dataset_info.json");
        if (!inline && !File.Exists(_file)) return;
        try
        {
            ReadOnlyMemory<byte> text = inline ? System.Text.Encoding.UTF8.GetBytes(folder) : File.ReadAllBytes(_file);
            if (text.Span.StartsWith("\uFEFF"u8)) text = text[3..];
            FileLines.RequireUtf8(text.Span, _file, 1);
            _json = JsonText.Document(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{_file}:{e.LineNumber + 1}: not JSON; put a comma between entries and quotes around words", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{_file}: cannot be read: {e.Message.TrimEnd('.')}; look whether it may be read", e);
        }
        if (_json.Value.ValueKind != JsonValueKind.Object) throw new UsageException($"{_file}: expected a mapping from names to data sets; write for example {{\"mine\": {{\"file_name\": \"mine.json\"}}}}");
    }

    /// <summary>Names in the registry; none where there is no dataset_info.json.</summary>
    public IEnumerable<string> Names => _json?.EnumerateObject().Select(p => p.Name) ?? [];

    /// <summary>The data set of a name, or of a path.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public DatasetInfo Get(string name)
    {
        if (_json?.TryGetProperty(name, out JsonElement entry) == true) return DatasetInfo.From(_file, _folder, name, entry);
        foreach (string path in (string[])[Path.GetFullPath(name), Path.GetFullPath(name, _folder)])
            if (File.Exists(path) || Directory.Exists(path)) return DatasetInfo.OfFile(name, path);
        if (SourceFiles.LooksLikeFile(name) || name.Contains('/') || name.Contains(Path.DirectorySeparatorChar))
            throw new UsageException($"dataset: '{name}' is not there, neither in {Path.GetFullPath(".")} nor in {_folder}; give the file's path");
        if (_json is null) throw new UsageException($"dataset_dir: {_file} is not there; name the folder that holds dataset_info.json, or a file itself under dataset (found '{name}')");
        throw new UsageException($"dataset: '{name}' is not in {_file}; {(Names.Any() ? $"did you mean '{RecipeKeys.NearestOf(name, Names)}'?" : "add it there")}");
    }
}
