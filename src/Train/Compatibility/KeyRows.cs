using System.Globalization;
using System.Reflection;

namespace Pure.Tuner;

/// <summary>Recipe keys as lines of the compatibility page.</summary>
internal static class KeyRows
{
    internal static IEnumerable<CompatibilityRow> All() => RecipeKeys.All.OrderBy(k => k.Name, StringComparer.Ordinal).Select(Of);

    /// <summary>Spellings of old versions, taken with a notice.</summary>
    internal static IEnumerable<CompatibilityRow> OldSpellings() =>
    [
        .. RecipeKeys.Renamed.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new CompatibilityRow(r.Key, Fate.Works, $"old spelling of `{r.Value}`")),
        .. RecipeKeys.Dropped.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new CompatibilityRow(d.Key, Fate.NoEffect, d.Value)),
        new("max_source_length", Fate.Works, "with `max_target_length`: their sum is `cutoff_len`"),
        new("max_target_length", Fate.Works, "with `max_source_length`: their sum is `cutoff_len`"),
        new("warmup_steps: 0.1", Fate.Works, "a share of the steps: `warmup_ratio`"),
        new("finetuning_type: none", Fate.NoEffect, "without `adapter_name_or_path` the base is used alone"),
        new("finetuning_type: qlora", Fate.Refused, "needs a quantised base; use `lora`"),
        new("flash_attn: true", Fate.NoEffect, "as `auto`"),
        new("flash_attn: off", Fate.NoEffect, "as `auto`"),
        new("quantization_method: bitsandbytes", Fate.NoEffect, "as `bnb`"),
    ];

    /// <summary>Keys that the reader turns into others before the table is asked.</summary>
    private static readonly Dictionary<string, string> s_turned = new()
    {
        ["adafactor"] = "`true` is `optim: adafactor`",
        ["train_sampling_strategy"] = "`random`; `sequential` is `disable_shuffling`; `group_by_length` is the key of that name",
    };

    private static CompatibilityRow Of(RecipeKey key) => s_turned.TryGetValue(key.Name, out string? turned) ? new(key.Name, Fate.Works, turned) : key.Status switch
    {
        RecipeKeyStatus.Supported => new(key.Name, Fate.Works, Supported(key)),
        RecipeKeyStatus.Accepted => new(key.Name, Fate.NoEffect, key.Why + (key.Words.Count > 0 ? $" ({string.Join(", ", key.Words.Select(w => $"`{w}`"))})" : "")),
        _ => new(key.Name, Fate.Refused, $"only {string.Join(" or ", key.Fine.Select(Show).Distinct())}: {key.Why}"),
    };

    /// <summary>What values there are; what they mean is in recipes.md.</summary>
    private static string Supported(RecipeKey key)
    {
        PropertyInfo property = key.Property!;
        var note = new List<string>();
        if (property.GetCustomAttribute<OneOfAttribute>() is { } words)
        {
            note.Add(string.Join(", ", words.Values.Select(v => $"`{v}`")));
            if (words.Later.Length > 0) note.Add($"refused: {string.Join(", ", words.Later.Split(',').Select(v => $"`{v}`"))} ({words.Cure})");
        }
        if (property.GetCustomAttribute<NumberAttribute>() is { } range && !double.IsInfinity(range.Min))
            note.Add((range.Above ? "above " : "from ") + Plain(range.Min) + (double.IsInfinity(range.Max) || range.Max > int.MaxValue ? "" : " to " + Plain(range.Max)) + (double.IsNaN(range.Except) ? "" : $", or {Plain(range.Except)}"));
        if (key.Default is not IReadOnlyDictionary<string, object?> && RecipeBinder.Show(key.Default) is { Length: > 0 } plain and not "null") note.Add($"default `{plain}`");
        return string.Join("; ", note);
    }

    private static string Show(object? value) => value is null || RecipeBinder.Show(value) is not { Length: > 0 } text || value is List<object?> ? "empty" : $"`{text}`";

    private static string Plain(double x) => x.ToString(CultureInfo.InvariantCulture);
}
