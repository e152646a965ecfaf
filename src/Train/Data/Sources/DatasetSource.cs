using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A row after it was understood: the conversation, or why it is left out.</summary>
internal readonly record struct ReadRow(TrainingRow? Row, string? Notice);

/// <summary>One data set of a recipe: its files, its format, its rows.</summary>
internal sealed class DatasetSource
{
    // A column that no row has is a mistake in the registry; in a stream these rows must show it.
    private const int RowsToCheck = 1000;
    private const int MostDrawn = 1_000_000;

    private readonly SourceFiles _files;
    private readonly IRowConverter _converter;
    private readonly RowUse _use;
    private readonly List<string> _notices = [];
    private JsonShape? _shape;

    /// <exception cref="UsageException">The files are not there, or their fields fit no format.</exception>
    public DatasetSource(DatasetInfo info, RowUse use) : this(info, use, f => f.Rows(), FormatGuess.Find) { }

    private DatasetSource(DatasetInfo info, RowUse use, Func<SourceFiles, IEnumerable<SourceRow>> first, Func<DatasetInfo, IEnumerable<SourceRow>, RowUse, DatasetInfo> guess)
    {
        _files = SourceFiles.Find(info.File, $"dataset: {info.Name}", "put the file there or change file_name in dataset_info.json");
        _use = use;
        Info = info.Unknown ? guess(info, first(_files), use) : info;
        _converter = Info.Formatting switch
        {
            "sharegpt" => new ShareGptConverter(Info, use),
            "openai" => new OpenAiConverter(Info, use),
            _ => new AlpacaConverter(Info, use),
        };
    }

    public DatasetInfo Info { get; }

    /// <summary>The set for a look at all its rows: those that cannot be read do not hide the format of the others.</summary>
    /// <exception cref="UsageException">The files are not there, or no row fits a format.</exception>
    public static DatasetSource ToCheck(DatasetInfo info, RowUse use) => new(info, use, f => f.Rows((_, _) => { }), FormatGuess.FindAmong);

    /// <summary>Full paths of the files.</summary>
    public IReadOnlyList<string> Files => _files.Files;

    /// <summary>Rows as they stand in the files. Can be read again.</summary>
    /// <param name="faults">Takes rows that cannot be read; null ends the reading at the first.</param>
    public IEnumerable<SourceRow> Raw(RowFaultSink? faults = null) => _files.Rows(faults);

    /// <summary>Understands a row.</summary>
    /// <exception cref="UsageException">A field is not what it must be.</exception>
    public ReadRow Convert(SourceRow row)
    {
        _notices.Clear();
        TrainingRow? made = _converter.Convert(new RowFields(row.Place, row.Json, _notices) { Shape = _shape });
        return made is null ? new(null, _notices.Single()) : new(made with { Place = row.Place }, null);
    }

    /// <summary>Understands a row as <see cref="Convert"/> does, and gathers all that is wrong with it. May be called by several threads.</summary>
    /// <param name="row">The row.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <returns>The row, with gaps where something is wrong; null where nothing can be made of it.</returns>
    public TrainingRow? Inspect(SourceRow row, List<RowFault> faults)
    {
        try
        {
            if (row.Json.ValueKind != JsonValueKind.Object) throw NoObject(row);
            return _converter.Convert(new RowFields(row.Place, row.Json, []) { Faults = faults }) is { } made ? made with { Place = row.Place } : null;
        }
        catch (UsageException e)
        {
            faults.Add(RowFault.Of("", e, row.Place));
            return null;
        }
    }

    /// <summary>Refuses columns that no row has.</summary>
    /// <param name="seen">Fields of the rows.</param>
    /// <exception cref="UsageException">There is one.</exception>
    public void RequireColumns(HashSet<string> seen)
    {
        if (seen.Count > 0 && Missing(seen) is var (column, field))
            throw new UsageException($"dataset: {Info.Name}: no row of {Path.GetFileName(Info.File)} has the field '{field}' ({column}); did you mean '{RecipeKeys.NearestOf(field, seen)}'? Name the right one under columns in dataset_info.json (fields: {string.Join(", ", seen.Take(12))})");
    }

    internal static UsageException NoObject(SourceRow row) => new($"{row.Place}: expected an object, found {DatasetInfo.Kind(row.Json)}; write {{\"instruction\": …, \"output\": …}}");

    /// <summary>All rows, or the first ones.</summary>
    /// <param name="most">Most rows to take.</param>
    /// <param name="random">Draws the rows of a set with num_samples.</param>
    public List<ReadRow> ReadAll(int? most, Func<NumpyLegacyRandom> random)
    {
        var seen = new HashSet<string>();
        // Nested fields wait until the keys of all rows are known; other rows are understood at once and take less room.
        bool wait = HasStructure || Info.NumSamples is not null;
        List<SourceRow> raw = [];
        List<ReadRow> rows = [];
        int keep = Info.NumSamples is null ? most ?? int.MaxValue : int.MaxValue;
        foreach (SourceRow row in Raw())
        {
            bool wanted = raw.Count + rows.Count < keep;
            if (!wanted && !HasStructure && Missing(seen) is null) break;
            See(row, seen);
            if (!wanted) continue;
            if (wait) raw.Add(row);
            else rows.Add(Convert(row));
        }
        RequireColumns(seen);
        if (Info.NumSamples is { } count)
        {
            if (raw.Count == 0) throw new UsageException($"dataset: {Info.Name}: {Info.File} has no rows, so num_samples has nothing to draw from; add some");
            if (count > Math.Max(raw.Count, MostDrawn)) throw new UsageException($"dataset: {Info.Name}: num_samples: {count} rows are to be drawn from the {raw.Count} of {Info.File}, and more than {MostDrawn} repeated ones do not fit into memory; write a smaller number and raise num_train_epochs");
            int[] order = random().Permutation(raw.Count)[..Math.Min(count, raw.Count)];
            if (count > order.Length) order = [.. order, .. random().Choice(raw.Count, count - order.Length)];
            raw = [.. order.Take(most ?? int.MaxValue).Select(i => raw[i])];
        }
        rows.AddRange(raw.Select(Convert));
        return rows;
    }

    /// <summary>Gets ready for a stream: looks at the first rows, and at all of them where nested fields must be known as a whole.</summary>
    public void PrepareStream()
    {
        var seen = new HashSet<string>();
        foreach (SourceRow row in HasStructure ? Raw() : Raw().Take(RowsToCheck)) See(row, seen);
        RequireColumns(seen);
    }

    private bool HasStructure => !Info.Unknown && Info.SwitchesThinking && _use != RowUse.Text && (Info.Formatting == "openai" || Info.Column("tools") is not null);

    private void See(SourceRow row, HashSet<string> seen)
    {
        if (row.Json.ValueKind != JsonValueKind.Object) throw NoObject(row);
        foreach (JsonProperty p in row.Json.EnumerateObject()) seen.Add(p.Name);
        if (!HasStructure) return;
        _shape ??= new JsonShape();
        foreach (string column in (string[])["messages", "tools"])
            if (Info.Column(column) is { } field && row.Json.TryGetProperty(field, out JsonElement value)) _shape.Field(field).Add(value);
    }

    private (string Column, string Field)? Missing(HashSet<string> seen)
    {
        string[] needed = Info.Formatting != "alpaca" ? ["messages"] : _use == RowUse.Answers ? ["prompt", "response"] : ["prompt"];
        foreach ((string column, string field) in Info.NamedColumns)
            if (!seen.Contains(field) && (Info.ColumnsGiven || needed.Contains(column))) return (column, field);
        return null;
    }
}
