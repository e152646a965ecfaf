namespace Pure.Tuner;

/// <summary>All rows of a recipe, in memory.</summary>
/// <param name="Train">Rows to learn; none where the recipe names no dataset.</param>
/// <param name="Evaluation">Rows to evaluate on: none, one set without a name, or one of each name with eval_on_each_dataset.</param>
internal sealed record LoadedData(DatasetRows Train, IReadOnlyList<(string Name, DatasetRows Rows)> Evaluation);

/// <summary>The rows of a recipe as a stream, and those to evaluate on in memory.</summary>
/// <param name="Train">Rows to learn, anew for each epoch.</param>
/// <param name="Evaluation">As in <see cref="LoadedData"/>.</param>
internal sealed record StreamedData(RowStream Train, IReadOnlyList<(string Name, DatasetRows Rows)> Evaluation);

/// <summary>Reads, mixes and splits the data sets of a recipe, in the order in which LLaMA-Factory does.</summary>
internal sealed class DatasetLoader
{
    private readonly Recipe _recipe;
    private readonly DatasetRegistry _registry;
    private readonly Lazy<NumpyLegacyRandom> _random;

    private DatasetLoader(Recipe recipe)
    {
        (_recipe, _registry) = (recipe, new DatasetRegistry(recipe.DatasetDir));
        _random = new(() => new NumpyLegacyRandom(recipe.Seed));
    }

    /// <summary>Every row of the recipe.</summary>
    /// <param name="recipe">Names the data sets and how they are mixed and split.</param>
    /// <param name="predict">Whether answers to the evaluation rows are generated: then a row may be without one.</param>
    /// <exception cref="UsageException">A data set, a row or a setting is wrong, or no row is left.</exception>
    public static LoadedData Load(Recipe recipe, bool predict = false)
    {
        var loader = new DatasetLoader(recipe);
        RowUse learned = Use(recipe), asked = predict ? RowUse.Questions : learned;
        bool held = recipe.ValSize > DatasetSplit.Least && recipe.Dataset.Count > 0;
        DatasetRows train = new([], []);
        List<(string, DatasetRows)> evaluation = [];
        if (recipe.Dataset.Count > 0)
        {
            List<DatasetSource> sources = loader.Sources(recipe.Dataset, learned);
            List<ReadRow> rows = loader.Mix(sources);
            string[] remarks = Remarks(sources);
            if (held)
            {
                // Rows that cannot be learned are counted too: they are left out after the split.
                (int[] trained, int[] kept) = DatasetSplit.Of(recipe, rows.Count);
                // Held-back rows may be read for another use than the rest, so they are understood anew.
                List<ReadRow> other = asked == learned ? rows : Anew(recipe, asked);
                evaluation.Add(("", RequireRows(DatasetRows.From([.. kept.Select(i => other[i])], []), "val_size")));
                rows = [.. trained.Select(i => rows[i])];
            }
            train = RequireRows(DatasetRows.From(rows, remarks), "dataset");
        }
        evaluation.AddRange(loader.Evaluation(asked, shuffled: false));
        return new LoadedData(train, evaluation);
    }

    /// <summary>The rows of the recipe as a stream.</summary>
    /// <param name="recipe">As in <see cref="Load"/>, with streaming.</param>
    /// <param name="predict">As in <see cref="Load"/>.</param>
    public static StreamedData Stream(Recipe recipe, bool predict = false)
    {
        var loader = new DatasetLoader(recipe);
        RowUse learned = Use(recipe), asked = predict ? RowUse.Questions : learned;
        var stream = new RowStream(recipe, loader.Sources(recipe.Dataset, learned));
        List<(string, DatasetRows)> evaluation = [];
        if (recipe.ValSize > DatasetSplit.Least)
            evaluation.Add(("", RequireRows(stream.Hold((int)recipe.ValSize, asked == learned ? null : new DatasetLoader(recipe).Sources(recipe.Dataset, asked)), "val_size")));
        evaluation.AddRange(loader.Evaluation(asked, shuffled: true));
        return new StreamedData(stream, evaluation);
    }

    // With draws of its own, so that num_samples takes the same rows.
    private static List<ReadRow> Anew(Recipe recipe, RowUse use)
    {
        var loader = new DatasetLoader(recipe);
        return loader.Mix(loader.Sources(recipe.Dataset, use));
    }

    private IEnumerable<(string, DatasetRows)> Evaluation(RowUse use, bool shuffled)
    {
        if (_recipe.EvalDataset.Count == 0) yield break;
        List<DatasetSource> sources = Sources(_recipe.EvalDataset, use, "eval_dataset");
        if (_recipe.EvalOnEachDataset)
        {
            foreach (DatasetSource one in sources)
                yield return (one.Info.Name, RequireRows(DatasetRows.From(one.ReadAll(_recipe.MaxSamples, () => _random.Value), one.Info.Remarks), "eval_dataset"));
            yield break;
        }
        List<ReadRow> rows = Mix(sources);
        if (shuffled) rows = [.. BufferShuffle.Apply(rows, _recipe.BufferSize, BufferShuffle.Random(_recipe.Seed, 0))];
        yield return ("", RequireRows(DatasetRows.From(rows, Remarks(sources)), "eval_dataset"));
    }

    // A name that stands twice is one data set, as in the reference.
    private List<DatasetSource> Sources(IReadOnlyList<string> names, RowUse use, string key = "dataset") => [.. names.Distinct().Select(n => new DatasetSource(_registry.Get(n, key), use))];

    private List<ReadRow> Mix(List<DatasetSource> sources)
    {
        List<List<ReadRow>> sets = sources.ConvertAll(s => s.ReadAll(_recipe.MaxSamples, () => _random.Value));
        if (sets.Count > 1 && _recipe.MixStrategy != "concat" && sets.FindIndex(s => s.Count == 0) is var empty and >= 0)
            throw new UsageException($"{_recipe.Where("dataset")}: '{sources[empty].Info.Name}' has no rows, so nothing can be mixed with it; leave it out");
        return [.. DatasetMix.Order(sets.ConvertAll(s => s.Count), _recipe.MixStrategy, Probabilities(_recipe, sources.Count), _recipe.Seed).Select(p => sets[p.Set][p.Row])];
    }

    internal static IReadOnlyList<double> Probabilities(Recipe recipe, int sets) =>
        recipe.InterleaveProbs.Count == 0 || recipe.InterleaveProbs.Count == sets ? recipe.InterleaveProbs
        : throw new UsageException($"{recipe.Where("interleave_probs")}: expected {sets} numbers, one for each data set, found {recipe.InterleaveProbs.Count}; a name that stands twice is one data set");

    private static string[] Remarks(List<DatasetSource> sources) => [.. sources.SelectMany(s => s.Info.Remarks)];

    private static RowUse Use(Recipe recipe) => recipe.Stage == "pt" ? RowUse.Text : RowUse.Answers;

    private static DatasetRows RequireRows(DatasetRows rows, string key) =>
        rows.Rows.Count > 0 ? rows
        : throw new UsageException(rows.Count == 0 ? $"{key}: the files have no rows; add some" : $"{key}: none of the {rows.Count} rows can be used; the first: {rows.Notices[0]}");
}
