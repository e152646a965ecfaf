namespace Pure.Tuner;

/// <summary>One thing that is wrong with a row.</summary>
/// <param name="Field">Where in the row; empty for the row as a whole.</param>
/// <param name="What">What was expected, and what is there.</param>
/// <param name="Cure">How to mend it.</param>
internal readonly record struct RowFault(string Field, string What, string Cure)
{
    /// <summary>Whether a run goes on without the row; else it ends there.</summary>
    public bool LeavesOut { get; init; }

    /// <summary>From a sentence "what; cure".</summary>
    public static RowFault Of(string field, string sentence) =>
        sentence.LastIndexOf("; ", StringComparison.Ordinal) is var at and >= 0 ? new(field, sentence[..at], sentence[(at + 2)..]) : new(field, sentence, "");

    /// <summary>From an error that names the place first.</summary>
    /// <param name="field">The field, where the error does not know it.</param>
    /// <param name="error">The error.</param>
    /// <param name="places">What its message may begin with.</param>
    public static RowFault Of(string field, UsageException error, params ReadOnlySpan<string> places)
    {
        if (error.Row is { } known) return known;
        string sentence = error.Message;
        foreach (string place in places)
            if (sentence.StartsWith(place, StringComparison.Ordinal)) sentence = sentence[place.Length..].TrimStart(':', ' ');
        return Of(field, sentence);
    }
}

/// <summary>Takes the fault of a row that cannot be read; reading then goes on behind it.</summary>
/// <param name="row">The row as far as it is known: its place, numbers and line.</param>
/// <param name="fault">What is wrong.</param>
internal delegate void RowFaultSink(SourceRow row, RowFault fault);
