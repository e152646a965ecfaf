namespace Pure.Tuner;

/// <summary>A row of a stream.</summary>
/// <param name="Number">Its number in the epoch, from 0, rows left out counted: reading goes on behind it with <c>skip</c> = number + 1.</param>
/// <param name="Row">The row; null where it is left out.</param>
internal readonly record struct StreamedRow(long Number, TrainingRow? Row);

/// <summary>The data sets of a recipe as one stream, mixed and shuffled through a buffer; an epoch can be begun anew at any row.</summary>
/// <remarks>Order and draws of Hugging Face's IterableDataset (datasets 4.0). Unlike there, rows held back for evaluation stay out of later epochs too.</remarks>
internal sealed class RowStream
{
    private const int MostNotices = 1000;

    private readonly Recipe _recipe;
    private readonly List<DatasetSource> _sources;
    private readonly HashSet<(int Set, long Number)> _held = [];
    private readonly HashSet<string> _told = [];

    public RowStream(Recipe recipe, List<DatasetSource> sources)
    {
        if (sources.Count == 0) throw new UsageException("dataset: not given; name data sets of dataset_info.json or files, for example 'dataset: rows.jsonl'");
        (_recipe, _sources) = (recipe, sources);
        foreach (DatasetSource source in sources) source.PrepareStream();
        DatasetLoader.Probabilities(recipe, sources.Count);
        Remarks = [.. sources.SelectMany(s => s.Info.Remarks), .. sources.Where(s => s.Info.NumSamples is not null).Select(s => $"dataset: {s.Info.Name}: num_samples is not read with streaming: every row is taken")];
        if (sources.Count > 1 && recipe.MixStrategy == "concat")
            Remarks = [.. Remarks, $"{recipe.Where("mix_strategy")}: concat with streaming: one data set comes after another and only buffer_size rows are mixed; 'mix_strategy: interleave_over' mixes them"];
    }

    /// <summary>What is to be told about the sets as a whole.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>One line for each row that was left out so far, the first thousand.</summary>
    public IReadOnlyCollection<string> Notices => _told;

    /// <summary>The rows of an epoch.</summary>
    /// <param name="epoch">From 0; each has its own order.</param>
    /// <param name="skip">Rows at the begin to pass over; they are read but not understood.</param>
    /// <exception cref="UsageException">A file cannot be read or a row is wrong.</exception>
    public IEnumerable<StreamedRow> Epoch(int epoch, long skip = 0)
    {
        long number = 0;
        foreach (SourceRow raw in Shuffled(epoch))
        {
            if (_held.Contains((raw.Set, raw.Number))) continue;
            if (number++ < skip) continue;
            ReadRow read = _sources[raw.Set].Convert(raw);
            if (read.Notice is { } notice && _told.Count < MostNotices) _told.Add(notice);
            yield return new StreamedRow(number - 1, read.Row);
        }
    }

    /// <summary>Rows that are prepared (and packed) together.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="size">The recipe's preprocessing_batch_size.</param>
    /// <param name="skip">Batches at the begin to pass over.</param>
    public IEnumerable<IReadOnlyList<TrainingRow>> Batches(int epoch, int size, long skip = 0) =>
        Epoch(epoch, skip * size).Chunk(size).Select(batch => (IReadOnlyList<TrainingRow>)[.. batch.Where(r => r.Row is not null).Select(r => r.Row!)]);

    /// <summary>Takes the first rows of epoch 0 out of the stream.</summary>
    /// <param name="count">How many.</param>
    /// <param name="sources">The same data sets for another use, or null.</param>
    internal DatasetRows Hold(int count, List<DatasetSource>? sources)
    {
        foreach (DatasetSource source in sources ?? []) source.PrepareStream();
        var rows = new List<ReadRow>();
        foreach (SourceRow raw in Shuffled(0).Take(count))
        {
            _held.Add((raw.Set, raw.Number));
            rows.Add((sources ?? _sources)[raw.Set].Convert(raw));
        }
        return DatasetRows.From(rows, []);
    }

    private IEnumerable<SourceRow> Shuffled(int epoch)
    {
        Pcg64 random = BufferShuffle.Random(_recipe.Seed, epoch);
        return BufferShuffle.Apply(Mixed(random), _recipe.BufferSize, random.Clone());
    }

    private IEnumerable<SourceRow> Mixed(Pcg64 random)
    {
        List<IEnumerable<SourceRow>> sets = [.. _sources.Select((s, i) => s.Raw().Select(r => r with { Set = i }))];
        if (sets.Count == 1) return sets[0];
        if (_recipe.MixStrategy == "concat")
        {
            // The order of the sets is mixed too, by draws of its own.
            random.Clone().Shuffle(sets);
            return sets.SelectMany(s => s);
        }
        return DatasetMix.Stream(sets, _recipe.MixStrategy, _recipe.InterleaveProbs.Count > 0 ? DatasetMix.Draws(random.Clone(), _recipe.InterleaveProbs) : DatasetMix.InTurn(sets.Count));
    }
}
