namespace Pure.Tuner;

/// <summary>What happens with something that LLaMA-Factory knows.</summary>
internal enum Fate
{
    /// <summary>It does what it does there.</summary>
    Works,
    /// <summary>It is taken, told in a line, and changes nothing.</summary>
    NoEffect,
    /// <summary>A sentence says why not and what to do.</summary>
    Refused,
}

/// <summary>A line of the compatibility page.</summary>
/// <param name="Name">As written in recipes and files.</param>
/// <param name="Fate">What happens with it.</param>
/// <param name="Note">How, why, or what to do instead.</param>
internal sealed record CompatibilityRow(string Name, Fate Fate, string Note)
{
    public string Markdown() => $"| `{Name}` | {Fate switch { Fate.Works => "works", Fate.NoEffect => "no effect", _ => "refused" }} | {Note.Replace("|", "\\|", StringComparison.Ordinal)} |";
}
