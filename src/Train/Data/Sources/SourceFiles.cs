namespace Pure.Tuner;

/// <summary>The files of a data set, all of one kind, and their rows.</summary>
internal sealed class SourceFiles
{
    /// <summary>Endings that are read.</summary>
    public static readonly string[] Endings = [".json", ".jsonl", ".csv", ".txt"];

    /// <summary>Endings of files of rows that are not read.</summary>
    public static readonly string[] Refused = [".parquet", ".arrow"];

    private readonly Func<string, RowFaultSink?, IEnumerable<SourceRow>> _read;

    private SourceFiles(string path, IReadOnlyList<string> files, Func<string, RowFaultSink?, IEnumerable<SourceRow>> read) => (Path, Files, _read) = (path, files, read);

    /// <summary>The file or folder that was named.</summary>
    public string Path { get; }

    /// <summary>Full paths, sorted.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Whether a name ends as files of rows do.</summary>
    public static bool LooksLikeFile(string name) => Endings.Concat(Refused).Contains(System.IO.Path.GetExtension(name).ToLowerInvariant());

    /// <summary>Finds the files.</summary>
    /// <param name="path">A file, or a folder of files of one kind.</param>
    /// <param name="place">What errors begin with.</param>
    /// <param name="cure">What to do when nothing is there.</param>
    /// <exception cref="UsageException">There is no file, or one of a kind that is not read, or of several kinds.</exception>
    public static SourceFiles Find(string path, string place, string cure)
    {
        bool folder = Directory.Exists(path);
        if (!folder && !File.Exists(path)) throw new UsageException($"{place}: {path} is not there; {cure}");
        List<string> files = folder ? [.. Directory.GetFileSystemEntries(path).Where(f => !System.IO.Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)] : [path];
        if (files.Count == 0) throw new UsageException($"{place}: {path} has no files; {cure}");
        if (files.Find(Directory.Exists) is { } inner) throw new UsageException($"{place}: {inner} is a folder inside a folder of rows; move it out, or name it as a data set of its own");
        Func<string, RowFaultSink?, IEnumerable<SourceRow>> read = Reader(files[0], place);
        if (files.Find(f => Reader(f, place) != read) is { } other)
            throw new UsageException($"{place}: {path} holds files of different kinds ({System.IO.Path.GetFileName(files[0])}, {System.IO.Path.GetFileName(other)}); keep one kind in a folder");
        return new SourceFiles(path, files, read);
    }

    /// <summary>Rows of all files, one file after another. Can be read again.</summary>
    /// <param name="faults">Takes rows that cannot be read; null ends the reading at the first.</param>
    public IEnumerable<SourceRow> Rows(RowFaultSink? faults = null) => Files.SelectMany(f => _read(f, faults)).Select((row, i) => row with { Number = i });

    private static Func<string, RowFaultSink?, IEnumerable<SourceRow>> Reader(string file, string place)
    {
        string ending = System.IO.Path.GetExtension(file).ToLowerInvariant();
        if (!place.EndsWith(file, StringComparison.Ordinal)) place = $"{place}: {file}";   // a path given as the data set's name is said once
        return ending switch
        {
            ".json" or ".jsonl" => JsonRows.Read,
            ".csv" => CsvRows.Read,
            ".txt" => TextRows.Read,
            ".parquet" or ".arrow" => throw new UsageException($"{place}: {ending[1..]} files are not read; convert it to jsonl, for example in Python: datasets.load_dataset('{ending[1..]}', data_files='{System.IO.Path.GetFileName(file)}')['train'].to_json('rows.jsonl')"),
            _ => throw new UsageException($"{place}: expected a file that ends in {string.Join(", ", Endings)}, found '{ending}'; rename or convert it"),
        };
    }
}
