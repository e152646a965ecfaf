namespace Pure.Tuner;

/// <summary>How bad a finding is.</summary>
internal enum FindingLevel
{
    /// <summary>A run ends at the row or leaves it out, or there is no question or no answer.</summary>
    Error,
    /// <summary>The row is learned, but hardly as it was meant.</summary>
    Warning,
    /// <summary>Worth knowing.</summary>
    Note,
}

/// <summary>Something that the check of a data set found.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Kind">The rule in one word; findings of one kind are counted together.</param>
/// <param name="What">What was expected and what is there.</param>
/// <param name="Cure">How to mend it; may be empty.</param>
internal sealed record DataFinding(FindingLevel Level, string Kind, string What, string Cure)
{
    /// <summary>Name of the file; empty for the set as a whole.</summary>
    public string File { get; init; } = "";

    /// <summary>Number of the row in its file, from 1; 0 for the set as a whole.</summary>
    public long Row { get; init; }

    /// <summary>The line on which the row begins; 0 where it is not known.</summary>
    public long Line { get; init; }

    /// <summary>Where in the row; empty for the row as a whole.</summary>
    public string Field { get; init; } = "";

    /// <summary>The place of the file among the files of the set, for sorting.</summary>
    internal int FileNumber { get; init; }

    /// <summary>The same at a row.</summary>
    public DataFinding At(SourceRow row, string field = "") => this with { File = row.File, Row = row.Row, Line = row.Line, Field = field };
}
