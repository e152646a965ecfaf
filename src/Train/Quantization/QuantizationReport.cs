using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What quantising a model did to its size and to its answers.</summary>
/// <param name="Settings">In words.</param>
/// <param name="BytesBefore">All weights as they were stored.</param>
/// <param name="BytesAfter">All weights as they are stored now.</param>
/// <param name="BitsPerWeight">Of the packed layers, scales and zero points counted.</param>
/// <param name="PerplexityBefore">On text held back; null without text.</param>
/// <param name="PerplexityAfter">The same tokens.</param>
/// <param name="HeldTokens">Number of these tokens.</param>
/// <param name="CalibrationTokens">Tokens of calibration.</param>
/// <param name="Layers">Every packed layer.</param>
internal sealed record QuantizationReport(string Settings, long BytesBefore, long BytesAfter, double BitsPerWeight, double? PerplexityBefore, double? PerplexityAfter, long HeldTokens, long CalibrationTokens, IReadOnlyList<LayerErrors> Layers)
{
    /// <summary>What came of asking the written model; null when nobody did.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal ExportVerdict? Verdict { get; init; }

    /// <summary>
    /// Share of what an adapter changed in packed weights that is still there: 1 when rounding only adds noise, near 0 when every weight fell
    /// back to the value that it had, as small changes do on the grid that the base was rounded to before. Null without such an adapter.
    /// </summary>
    public double? AdapterKept => Layers.Sum(l => l.Learned) is > 0 and var learned ? Layers.Sum(l => l.Kept) / learned : null;

    /// <summary>Below this share the written model is more the base than what was trained.</summary>
    internal const double LeastKept = 0.75;

    internal const string FileName = "quantization_report.json";
    private const int Worst = 5;
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal string ToJson() => JsonSerializer.Serialize(this, s_json) + "\n";

    /// <summary>The same for a terminal.</summary>
    internal string ToTable()
    {
        var text = new StringBuilder();
        Line($"settings    {Settings}");
        Line($"size        {BytesBefore / 1e6:F1} MB before, {BytesAfter / 1e6:F1} MB after ({(double)BytesAfter / BytesBefore:P1}){(Layers.Count == 0 ? "" : FormattableString.Invariant($"; {BitsPerWeight:F2} bits per packed weight"))}");
        if (PerplexityBefore is { } before) Line($"perplexity  {before:F3} before, {PerplexityAfter:F3} after ({PerplexityAfter / before - 1:+0.0%;-0.0%}), on {HeldTokens} tokens held back; calibrated on {CalibrationTokens}");
        if (AdapterKept is { } kept) Line($"adapter     {kept:P0} of what it changed is left{(kept < LeastKept ? ": the base was rounded to nearly the same values before, and most weights fall back to them; write q8_0, f16 or safetensors, or use base and adapter as they are" : "")}");
        if (Layers.Count == 0) return text.ToString();
        Table("by weights, |W-Q|/|W|", Layers.OrderByDescending(l => l.WeightError).Take(Worst), l => l.WeightError);
        if (Layers.Any(l => l.OutputError is not null)) Table("by outputs, |X(W-Q)'|/|XW'|", Layers.OrderByDescending(l => l.OutputError).Take(Worst), l => l.OutputError!.Value);
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Table(string by, IEnumerable<LayerErrors> rows, Func<LayerErrors, double> error)
        {
            Line($"worst layers {by}");
            foreach (LayerErrors row in rows) Line($"  {error(row),8:P2}  {row.Name.Replace(".weight", "", StringComparison.Ordinal)}");
        }
    }
}
