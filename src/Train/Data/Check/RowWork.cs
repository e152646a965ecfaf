using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What was found out about one row.</summary>
internal sealed class RowResult
{
    public List<DataFinding> Findings { get; } = [];

    /// <summary>Names of its fields.</summary>
    public string[] Fields { get; init; } = [];

    /// <summary>Whether a run would end here.</summary>
    public bool Ends { get; set; }

    /// <summary>Whether a run would leave it out.</summary>
    public bool LeftOut { get; set; }

    /// <summary>Tokens before anything is cut.</summary>
    public int Length { get; set; }

    /// <summary>Learned ones of them.</summary>
    public int Learned { get; set; }

    /// <summary>As the model sees it, cut.</summary>
    public EncodedRow? Encoded { get; set; }

    /// <summary>What it says, for comparison; null for a row with faults.</summary>
    public RowTwin? Twin { get; set; }
}

/// <summary>The part of the check that looks at each row alone, so that several are looked at at once.</summary>
internal sealed class RowWork(DatasetSource source, RowUse use, Recipe recipe, ChatEncoder chat, int noCutoff)
{
    private readonly int _cutoff = recipe.ResolvedCutoffLen;
    private readonly bool _cuts = !recipe.ResolvedPacking || recipe.Stage != "pt";
    private readonly IRowEncoder _whole = Encoder(use, recipe, chat, noCutoff), _cut = Encoder(use, recipe, chat, recipe.ResolvedCutoffLen);

    public RowLint Lint { get; } = new(source.Info, use, chat, new TextScan(chat.Template, chat.Tokens.Checkpoint));

    private static IRowEncoder Encoder(RowUse use, Recipe recipe, ChatEncoder chat, int cutoff) =>
        use == RowUse.Text ? new PretrainEncoder(chat, cutoff, packing: false) : new SupervisedEncoder(chat, cutoff, recipe.TrainOnPrompt, recipe.MaskHistory);

    /// <summary>Looks at a row. May be called by several threads.</summary>
    public RowResult Look(SourceRow row)
    {
        bool isObject = row.Json.ValueKind == JsonValueKind.Object;
        var result = new RowResult { Fields = isObject ? [.. row.Json.EnumerateObject().Select(p => p.Name).Distinct()] : [] };
        var faults = new List<RowFault>();
        TrainingRow? made = source.Inspect(row, faults);
        foreach (RowFault fault in faults) result.Findings.Add(new DataFinding(FindingLevel.Error, "row", fault.What, fault.Cure).At(row, fault.Field));
        result.Ends = faults.Exists(f => !f.LeavesOut);
        result.LeftOut = faults.Count > 0 && !result.Ends;
        if (!isObject) return result;
        if (faults.Count > 0) made = null;
        Lint.Look(row, made, result.Findings.Add);
        if (made is null) return result;
        if (!result.Findings.Exists(f => f.Kind == "tools")) Encode(row, made, result);
        else result.Ends = true;
        // Rows with errors are mended first; until then they are like others only by chance.
        bool compared = !result.Findings.Exists(f => f.Level == FindingLevel.Error) && made.Messages[0].Content.Length > 0;
        result.Twin = compared ? RowTwin.Of(made) : null;
        return result;
    }

    private void Encode(SourceRow row, TrainingRow made, RowResult result)
    {
        try
        {
            EncodedRow whole = _whole.Encode([made])[0];
            (result.Length, result.Learned, result.Encoded) = (whole.Ids.Length, SampleView.Learned(whole), whole);
            if (result.Learned == 0 && use != RowUse.Text)
                result.Findings.Add(new DataFinding(FindingLevel.Warning, "loss", "nothing of the row is learned", "set 'loss' to true for an answer, or take the row out").At(row));
            if (!_cuts || whole.Ids.Length <= _cutoff) return;
            result.Encoded = _cut.Encode([made])[0];
            int kept = SampleView.Learned(result.Encoded), lost = result.Learned - kept;
            string about = chat.Tokens.Checkpoint is null ? "about " : "";
            result.Findings.Add(new DataFinding(FindingLevel.Warning, "length",
                string.Create(CultureInfo.InvariantCulture, $"{about}{whole.Ids.Length:N0} tokens, of which cutoff_len {recipe.CutoffLen:N0} cuts {whole.Ids.Length - result.Encoded.Ids.Length:N0}{(lost > 0 ? $" ({lost:N0} of them learned{(kept == 0 ? ": nothing is left to learn" : "")})" : "")}"),
                string.Create(CultureInfo.InvariantCulture, $"shorten it, or set cutoff_len to {whole.Ids.Length:N0} or more")).At(row));
        }
        catch (UsageException e)
        {
            RowFault fault = RowFault.Of(source.Info.Column("messages") ?? "", e, row.Place);
            result.Findings.Add(new DataFinding(FindingLevel.Error, "row", fault.What, fault.Cure).At(row, fault.Field));
            result.Ends = true;
        }
    }
}
