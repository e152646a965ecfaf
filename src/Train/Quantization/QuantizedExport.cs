namespace Pure.Tuner;

/// <summary>A model from a recipe, its adapters merged, quantised, written and measured: what <c>quantize</c> does, and <c>export</c> with export_quantization_bit.</summary>
internal static class QuantizedExport
{
    /// <summary>What export_quantization_bit asks for, as LLaMA-Factory's export does it.</summary>
    internal static QuantizeOptions OptionsOf(Recipe recipe) => new() { Bits = recipe.ExportQuantizationBit!.Value };

    /// <summary>What pure_tuner.export_format asks for: each weight to the nearest, without text.</summary>
    internal static QuantizeOptions OptionsOf(string format) => QuantizeTargets.Find(format, out _).Defaults with { Method = "rtn" };

    /// <exception cref="UsageException">The recipe is not one of an export, a layer does not fit, or there is no text.</exception>
    internal static QuantizationReport Run(Recipe recipe, QuantizeOptions options, Action<string> notice, CancellationToken cancel)
    {
        RecipeChecks.ForExport(recipe);
        IQuantizeTarget target = QuantizeTargets.Find(options.Type, out _);
        options = options with { Tell = notice };
        Folders.Require("export_dir", recipe.ExportDir!, overwrite: false);
        using LanguageModel model = InferenceRecipe.Load(recipe, notice);
        target.Require(model);
        ExportCheck? check = recipe.PureTuner.VerifyExport ? ExportCheck.Of(recipe, model) : null;
        model.MergeAdapterForFiles();
        // Without a look at text an export reads none, though the recipe may still name what was trained on.
        bool reads = options.Method != "rtn" || recipe.ExportQuantizationDataset is not null || recipe.Dataset.Count > 0 && recipe.PureTuner.ExportFormat is null;
        CalibrationText? text = reads ? CalibrationText.Read(recipe, model.Tokenizer, model.Decoder.MaxPositions, notice) : null;
        long before = model.Decoder.Weights.Sum(w => w.Bytes);
        double? worthBefore = Measure(model, text, "before", notice, cancel);
        IReadOnlyList<LayerErrors> layers = new ModelQuantizer(model, options, target, text, notice, cancel).Run();
        double? worthAfter = Measure(model, text, "after", notice, cancel);
        var report = new QuantizationReport(target.Settings(options), before, layers.Count == 0 && target.BitsPerWeight is { } plain ? (long)(model.Decoder.Weights.Sum(w => w.Shape.Count) * plain / 8) : model.Decoder.Weights.Sum(w => w.Bytes), layers.Count == 0 ? 8.0 * model.FileDType.Size : 8.0 * layers.Sum(l => l.Bytes) / layers.Sum(l => l.Weights),
            worthBefore, worthAfter, text?.Held.Sum(w => (long)w.Length - 1) ?? 0, text?.Tokens ?? 0, layers);
        using var folder = new AtomicFolder(recipe.ExportDir!);
        ModelExport.Write(model, recipe, folder.Folder, (place, shardBytes) => target.Save(model, options, place, shardBytes));
        AtomicFile.WriteText(Path.Combine(folder.Folder, QuantizationReport.FileName), report.ToJson());
        folder.Commit();
        if (check is null) return report;
        return report with { Verdict = check.Compare(recipe.ExportDir!, target.BitsPerWeight ?? report.BitsPerWeight) };
    }

    private static double? Measure(LanguageModel model, CalibrationText? text, string when, Action<string> notice, CancellationToken cancel)
    {
        if (text is null) return null;
        double perplexity = CalibrationText.Perplexity(model.Decoder, text.Held, cancel);
        notice(FormattableString.Invariant($"perplexity {when}: {perplexity:F3}"));
        return perplexity;
    }
}
