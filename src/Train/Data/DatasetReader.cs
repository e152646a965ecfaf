namespace Pure.Tuner;

/// <summary>Reads the rows to learn from.</summary>
internal static class DatasetReader
{
    /// <summary>The rows of a recipe that are learned.</summary>
    public static DatasetRows Read(Recipe recipe) => DatasetLoader.Load(recipe).Train;

    /// <summary>The rows of one data set.</summary>
    public static DatasetRows Read(DatasetInfo info, int? maxSamples = null)
    {
        var source = new DatasetSource(info, RowUse.Answers);
        return DatasetRows.From(source.ReadAll(maxSamples, () => new NumpyLegacyRandom(42)), source.Info.Remarks);
    }
}
