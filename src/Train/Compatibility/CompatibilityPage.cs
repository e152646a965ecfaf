using System.Text;

namespace Pure.Tuner;

/// <summary>docs/compatibility.md: what happens with everything that LLaMA-Factory knows, from the tables that decide it.</summary>
public static class CompatibilityPage
{
    /// <summary>Prints the page.</summary>
    internal const string Command = "pure-tuner help compatibility";

    private const string Head = $"""
        # Compatibility

        What happens with each name that LLaMA-Factory 0.9.5 and Hugging Face's TrainingArguments know: it *works*; it has *no
        effect* (it is taken, and where it is not the default one line says why); or it is *refused* with a sentence that names
        the place and says what to do. Nothing is passed over in silence. This page is made from the tables that decide it, by
        `{Command}`; [recipes](recipes.md) says what each key means.

        """;

    /// <summary>The page as Markdown.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach ((string title, string first, string note, IEnumerable<CompatibilityRow> rows) in Parts()) Append(page, title, first, note, [.. rows]);
        return page.ToString();
    }

    private static IEnumerable<(string Title, string First, string Note, IEnumerable<CompatibilityRow> Rows)> Parts() =>
    [
        ("Recipe keys", "Key", "Every value of the right type is taken where the note names none. Keys of preference, reward and serving stages wait for those stages.", KeyRows.All()),
        ("Old spellings", "Spelling", "Taken with a line that says today's.", KeyRows.OldSpellings()),
        ("Data formats", "Format or field", "See [data](data.md).", FileRows.DataFormats()),
        ("Files of rows", "Ending", "", FileRows.DataFiles()),
        ("Model families", "model_type", "", ValueRows.ModelFamilies()),
        ("Files of checkpoints", "File", "", FileRows.Checkpoints()),
        ("Quantised files", "Format", "", FileRows.Quantised()),
        ("Tokenizers", "Kind", "", FileRows.Tokenizers()),
        ("Templates", "template", "Without `template` the checkpoint's own is used; see [templates](templates.md).", ValueRows.Templates()),
        ("Tool formats", "tool_format", "See [tools](tools.md).", ValueRows.ToolFormats()),
        ("Optimizers", "optim", "GaLore and Muon have switches of their own: `use_galore`, `use_muon`.", ValueRows.Optimizers()),
        ("Schedules", "lr_scheduler_type", "", ValueRows.Schedules()),
        ("Trackers", "report_to", "", ValueRows.Trackers()),
        ("Environment variables", "Variable", "", FileRows.Environment()),
    ];

    private static void Append(StringBuilder page, string title, string first, string note, CompatibilityRow[] rows)
    {
        int works = rows.Count(r => r.Fate == Fate.Works), nothing = rows.Count(r => r.Fate == Fate.NoEffect), refused = rows.Count(r => r.Fate == Fate.Refused);
        page.Append($"\n## {title}\n\n");
        (string Word, int Count)[] counts = [("work", works), ("without effect", nothing), ("refused", refused)];
        page.AppendJoin(", ", counts.Where(c => c.Count > 0).Select(c => FormattableString.Invariant($"{c.Count} {c.Word}")));
        page.Append(note.Length > 0 ? $". {note}\n\n" : ".\n\n");
        page.Append($"| {first} | | Note |\n|---|---|---|\n");
        foreach (CompatibilityRow row in rows) page.Append(row.Markdown()).Append('\n');
    }
}
