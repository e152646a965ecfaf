namespace Pure.Tuner;

/// <summary>What the check of a data set says.</summary>
internal sealed record DataReport
{
    /// <summary>The name or path that was given.</summary>
    public required string Name { get; init; }

    /// <summary>The format, and other remarks on the set as a whole.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Rows in the files, broken ones counted.</summary>
    public long Rows { get; init; }

    /// <summary>Rows without an error.</summary>
    public long Usable { get; init; }

    /// <summary>Rows that a run would leave out.</summary>
    public long LeftOut { get; init; }

    /// <summary>Rows that would end a run.</summary>
    public long Ending { get; init; }

    /// <summary>Rows with a warning.</summary>
    public long Warned { get; init; }

    /// <summary>Rows that are the same as one before.</summary>
    public long Duplicates { get; init; }

    /// <summary>By rows, errors and all else together; of the set as a whole first.</summary>
    public required IReadOnlyList<DataFinding> Findings { get; init; }

    /// <summary>How many findings of each kind there are, those not kept counted.</summary>
    public required IReadOnlyDictionary<(FindingLevel Level, string Kind), long> Counts { get; init; }

    /// <summary>Whole lengths of the usable rows, before anything is cut.</summary>
    public required LengthHistogram Lengths { get; init; }

    /// <summary>Learned tokens of the usable rows, before anything is cut.</summary>
    public long Learned { get; init; }

    /// <summary>The recipe's cutoff_len.</summary>
    public int Cutoff { get; init; }

    /// <summary>Whether lengths are estimated from characters.</summary>
    public bool Estimated { get; init; }

    /// <summary>Whether the rows were read as plain text, for stage pt.</summary>
    public bool IsText { get; init; }

    /// <summary>The template that renders the rows.</summary>
    public required string Template { get; init; }

    /// <summary>The first usable rows as the model sees them.</summary>
    public required IReadOnlyList<(string Place, EncodedRow Row)> Samples { get; init; }

    /// <summary>For <see cref="SampleView"/>.</summary>
    public required TemplateTokens Tokens { get; init; }

    /// <summary>How many findings there are of a level.</summary>
    public long Count(FindingLevel level) => Counts.Where(c => c.Key.Level == level).Sum(c => c.Value);
}
