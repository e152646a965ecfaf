using System.Reflection;

namespace Pure.Tuner;

/// <summary>Names that stand as values in recipes: optimizers, schedules, trackers, templates, tool formats, families.</summary>
internal static class ValueRows
{
    internal static IEnumerable<CompatibilityRow> Optimizers() =>
    [
        .. OptimizerNames.Known.Select(n => new CompatibilityRow(n, Fate.Works, "")),
        .. OptimizerNames.Same.Select(s => new CompatibilityRow(s.Key, Fate.Works, $"{s.Value.Why} `{s.Value.Name}`")),
        .. OptimizerNames.Later.Select(n => new CompatibilityRow(n, Fate.Refused, Bare(OptimizerNames.Fault(n)!, n))),
        new("muon", Fate.Refused, Bare(OptimizerNames.Fault("muon")!, "muon")),
    ];

    internal static IEnumerable<CompatibilityRow> Schedules()
    {
        OneOfAttribute names = typeof(Recipe).GetProperty(nameof(Recipe.LrSchedulerType))!.GetCustomAttribute<OneOfAttribute>()!;
        foreach (string name in names.Values)
            yield return new(name, Fate.Works, LearningRateSchedule.KnownArguments(name) is { Length: > 0 } arguments ? $"`lr_scheduler_kwargs`: {string.Join(", ", arguments.Select(a => $"`{a}`"))}" : "");
        foreach (string name in names.Later.Split(',', StringSplitOptions.RemoveEmptyEntries)) yield return new(name, Fate.Refused, names.Cure);
    }

    internal static IEnumerable<CompatibilityRow> Trackers() =>
    [
        new("none", Fate.Works, "`trainer_log.jsonl` is always written"),
        .. ReportTo.Written.Select(n => new CompatibilityRow(n, Fate.Works, n == "csv" ? "our own: a table" : "event files in `runs/`")),
        new("all", Fate.Works, "every one that works"),
        .. ReportTo.Services.Select(n => new CompatibilityRow(n, Fate.Refused, $"nothing is sent from here; let {n} read or sync the `runs/` folder that `report_to: tensorboard` writes")),
    ];

    internal static IEnumerable<CompatibilityRow> Templates() =>
        Template.Names.Order(StringComparer.Ordinal).Select(Template.Get).Select(t => new CompatibilityRow(t.Name, Fate.Works, string.Join("; ", Notes(t))));

    internal static IEnumerable<CompatibilityRow> ToolFormats() => Pure.Tuner.ToolFormats.Names.Order(StringComparer.Ordinal).Select(n => new CompatibilityRow(n, Fate.Works, ""));

    internal static IEnumerable<CompatibilityRow> ModelFamilies() =>
    [
        .. Families.Names.Select(n => new CompatibilityRow(n, Fate.Works, "train, answer, export")),
        new("*_moe, deepseek_v2, deepseek_v3, mixtral, llama4", Fate.Refused, "models with experts are not there yet; use a dense one"),
        new("*_vl, *_vl_moe, llava, internvl and others with vision_config", Fate.Refused, "models that see images are not there yet; use a text model"),
        new("any other", Fate.Refused, "the sentence names the type and the ones that are known"),
    ];

    private static IEnumerable<string> Notes(Template t)
    {
        yield return t.ToolFormat is { } format ? $"tools as `{format}`" : "tools as they are";
        if (t.Thinks) yield return "thoughts (`enable_thinking`)";
        if (t.SeesMedia) yield return "texts only: images, videos and sound are refused";
    }

    /// <summary>The sentence without the name that stands before it in the table.</summary>
    private static string Bare(string fault, string name) => fault.Replace($"'{name}': ", "", StringComparison.Ordinal).Replace($"'{name}' ", "", StringComparison.Ordinal);
}
