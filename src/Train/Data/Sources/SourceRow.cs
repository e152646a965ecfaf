using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A row as it stands in a file, not yet understood.</summary>
/// <param name="Place">"file: row n" or "file:line: row n", for errors.</param>
/// <param name="Json">Its fields.</param>
internal readonly record struct SourceRow(string Place, JsonElement Json)
{
    /// <summary>Name of its file, without the folder.</summary>
    public string File { get; init; } = "";

    /// <summary>Its number in its file, from 1.</summary>
    public long Row { get; init; }

    /// <summary>The line on which it begins, from 1.</summary>
    public long Line { get; init; }

    /// <summary>Which data set of the recipe it comes from.</summary>
    public int Set { get; init; }

    /// <summary>Its number in that data set, from 0.</summary>
    public long Number { get; init; }
}
