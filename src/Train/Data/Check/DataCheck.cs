using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Goes through all rows of a data set and says what is wrong with them, row by row.</summary>
/// <remarks>A row is right when <see cref="DatasetSource.Inspect"/> and the encoder take it: the rules of a run, which stops at the first fault where this goes on.</remarks>
internal sealed class DataCheck
{
    private const int RowsAtOnce = 512, MostKept = 20_000;

    // More than any row has, and small enough that sums of it stay whole numbers.
    private const int NoCutoff = 1 << 28;

    private Recipe _recipe;
    private readonly DatasetInfo _info;
    private readonly ChatEncoder _chat;
    private readonly Dictionary<(FindingLevel, string), long> _counts = [];
    private readonly List<DataFinding> _findings = [];
    private readonly RowTwins _twins = new();
    private readonly Dictionary<string, (long Count, SourceRow First)> _fields = [];
    private readonly List<int> _lengths = [];
    private readonly List<(string, EncodedRow)> _samples = [];
    private readonly HashSet<string> _files = [];
    private long _rows, _objects, _usable, _leftOut, _ending, _warned, _duplicates, _learned;

    private DataCheck(Recipe recipe, DatasetInfo info, ChatEncoder chat) => (_recipe, _info, _chat) = (recipe, info, chat);

    /// <summary>The encoder of turns for a recipe: with the checkpoint's tokenizer, or with estimated tokens where no model is named.</summary>
    /// <exception cref="UsageException">There is no such model or template.</exception>
    public static ChatEncoder Chat(Recipe recipe)
    {
        if (recipe.ModelNameOrPath is null) return RowEncoders.Chat(recipe with { Template = recipe.Template ?? "chatml" }, new EstimatedTokens());
        string place = ModelLocator.Find(recipe.ModelNameOrPath, recipe.CacheDir);
        ChatEncoder chat = RowEncoders.Chat(recipe, new TokenizerSource(TemplateGuess.TokenizerOf(place)));
        RowEncoders.RequireVocabulary(recipe, chat);
        return chat;
    }

    /// <summary>Checks a data set.</summary>
    /// <param name="recipe">Stage, template, cutoff_len and what else decides how rows are encoded.</param>
    /// <param name="info">The data set.</param>
    /// <param name="chat">From <see cref="Chat"/>.</param>
    /// <param name="samples">First rows to keep as the model sees them.</param>
    /// <param name="progress">Told how many rows are done.</param>
    /// <param name="cancel">Stops between rows.</param>
    /// <exception cref="UsageException">The files are not there or not of a kind that is read.</exception>
    public static DataReport Run(Recipe recipe, DatasetInfo info, ChatEncoder chat, int samples = 3, Action<long>? progress = null, CancellationToken cancel = default) =>
        new DataCheck(recipe, info, chat).Run(samples, progress, cancel);

    private DataReport Run(int samples, Action<long>? progress, CancellationToken cancel)
    {
        (DatasetSource? source, RowUse use) = Open();
        IReadOnlyList<string> remarks = source?.Info.Remarks ?? [];
        if (source is not null)
        {
            var work = new RowWork(source, use, _recipe, _chat, NoCutoff);
            var options = new ParallelOptions { MaxDegreeOfParallelism = _recipe.Threads ?? Environment.ProcessorCount, CancellationToken = cancel };
            foreach (SourceRow[] rows in source.Raw(Unreadable).Chunk(RowsAtOnce))
            {
                var results = new RowResult[rows.Length];
                Parallel.For(0, rows.Length, options, i => results[i] = work.Look(rows[i]));
                for (int i = 0; i < rows.Length; i++) Take(rows[i], results[i], samples);
                progress?.Invoke(_rows);
            }
            Whole(source, use, work.Lint);
        }
        // Files in the order in which they were read.
        Dictionary<string, int> order = _files.Select((f, i) => (f, i)).ToDictionary(p => p.f, p => p.i);
        return new DataReport
        {
            Name = _info.Name,
            Remarks = remarks,
            Rows = _rows,
            Usable = _usable,
            LeftOut = _leftOut,
            Ending = _ending,
            Warned = _warned,
            Duplicates = _duplicates,
            Findings = [.. _findings.OrderBy(f => f.File.Length == 0 ? -1 : order.GetValueOrDefault(f.File)).ThenBy(f => f.Row)],
            Counts = _counts,
            Lengths = new LengthHistogram(_lengths),
            Learned = _learned,
            Cutoff = _recipe.ResolvedCutoffLen,
            Estimated = _chat.Tokens.Checkpoint is null,
            IsText = use == RowUse.Text,
            Template = _chat.Template.Name,
            Samples = _samples,
            Tokens = _chat.Tokens,
        };
    }

    /// <summary>The set read for the recipe's stage; plain text is taken as such where the stage was not said.</summary>
    private (DatasetSource?, RowUse) Open()
    {
        SourceFiles.Find(_info.File, $"dataset: {_info.Name}", "give the path of a file or folder, or a name of dataset_info.json");
        RowUse use = _recipe.Stage == "pt" ? RowUse.Text : RowUse.Answers;
        try
        {
            return (DatasetSource.ToCheck(_info, use), use);
        }
        catch (UsageException e)
        {
            if (use == RowUse.Answers && !_recipe.Origins.ContainsKey("stage"))
            {
                try
                {
                    DatasetSource text = DatasetSource.ToCheck(_info, RowUse.Text);
                    if (text.Info.Column("prompt") == "text")
                    {
                        _recipe = _recipe with { Stage = "pt" };
                        return (text, RowUse.Text);
                    }
                }
                catch (UsageException) { }
            }
            // What hides behind an unknown format is still told as far as it can be read.
            foreach (SourceRow _ in SourceFiles.Find(_info.File, "dataset", "").Rows(Unreadable)) _rows++;
            RowFault fault = RowFault.Of("", e, $"dataset: {_info.Name}", "dataset: ");
            Add(new DataFinding(FindingLevel.Error, "format", fault.What, fault.Cure));
            return (null, use);
        }
    }

    private void Unreadable(SourceRow row, RowFault fault)
    {
        _files.Add(row.File);
        _rows++;
        _ending++;
        Add(new DataFinding(FindingLevel.Error, "unreadable", fault.What, fault.Cure).At(row));
    }

    private void Take(SourceRow row, RowResult result, int samples)
    {
        _files.Add(row.File);
        _rows++;
        if (row.Json.ValueKind == JsonValueKind.Object) _objects++;
        foreach (string field in result.Fields) _fields[field] = _fields.TryGetValue(field, out var seen) ? (seen.Count + 1, seen.First) : (1, row);
        foreach (DataFinding finding in result.Findings) Add(finding);
        if (result.Ends) _ending++;
        else if (result.LeftOut) _leftOut++;
        bool warned = result.Findings.Exists(f => f.Level == FindingLevel.Warning);
        if (!result.Findings.Exists(f => f.Level == FindingLevel.Error))
        {
            _usable++;
            _lengths.Add(result.Length);
            _learned += result.Learned;
            if (_samples.Count < samples && result.Encoded is { } encoded) _samples.Add((row.Place, encoded));
        }
        if (result.Twin is { } twin && _twins.Add(twin, row) is { } found)
        {
            if (found.Kind == "duplicate") _duplicates++;
            warned = true;
            Add(found.At(row));
        }
        if (warned) _warned++;
    }

    /// <summary>What can only be said when all rows were seen.</summary>
    private void Whole(DatasetSource source, RowUse use, RowLint lint)
    {
        if (_rows == 0) Add(new DataFinding(FindingLevel.Error, "format", "there are no rows", "add some"));
        try
        {
            source.RequireColumns([.. _fields.Keys]);
        }
        catch (UsageException e)
        {
            Add(new DataFinding(FindingLevel.Error, "format", RowFault.Of("", e, $"dataset: {_info.Name}").What, "name the right column in dataset_info.json"));
        }
        HashSet<string> misspelt = [.. _findings.Where(f => f.Kind == "field").Select(f => f.Field)];
        foreach ((string field, (long count, SourceRow first)) in _fields)
        {
            string some = count < _objects ? string.Create(CultureInfo.InvariantCulture, $" (only {count:N0} of {_objects:N0} rows have it, the first is row {first.Row:N0})") : "";
            if (misspelt.Contains(field) || lint.IsNeeded(field)) continue;
            if (!lint.IsUsed(field)) Add(new DataFinding(FindingLevel.Note, "field", $"the field '{field}' is not read{some}", some.Length > 0 ? "look whether it is meant for another field" : "") { Field = field });
            else if (some.Length > 0) Add(new DataFinding(FindingLevel.Note, "field", $"the field '{field}' is not in every row{some}", "no fault where it may be left out") { Field = field });
        }
        if (use != RowUse.Text && _usable > 0 && _learned == 0) Add(new DataFinding(FindingLevel.Error, "loss", "no token of any row is learned", "look at 'loss', 'weight' and 'loss_spans'"));
    }

    private void Add(DataFinding finding)
    {
        var kind = (finding.Level, finding.Kind);
        long count = _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        if (count <= MostKept) _findings.Add(finding);
    }
}
