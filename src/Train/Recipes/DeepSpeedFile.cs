using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What of a DeepSpeed configuration would change numbers: sections that take the place of the recipe's own keys.</summary>
/// <remarks>The stages of ZeRO cut weights, gradients and states into parts for several processes; one process has nothing to cut.</remarks>
internal static class DeepSpeedFile
{
    private static readonly Dictionary<string, string> s_instead = new()
    {
        ["optimizer"] = "optim, learning_rate, weight_decay and the adam keys",
        ["scheduler"] = "lr_scheduler_type, warmup_ratio and learning_rate",
        ["compression_training"] = "nothing, it is not there",
        ["data_efficiency"] = "nothing, it is not there",
    };

    /// <summary>Why it cannot be passed over, or null. A file that is not on this machine is: it is not needed.</summary>
    /// <param name="value">The path of a JSON file, or a mapping.</param>
    internal static string? Fault(RecipeValue value)
    {
        if (Sections(value, out string? unreadable) is not { } sections) return unreadable;
        return sections.FirstOrDefault(s_instead.ContainsKey) is { } section
            ? $"its section '{section}' would change the training and is not read; leave it out and use {s_instead[section]}"
            : null;
    }

    private static IEnumerable<string>? Sections(RecipeValue value, out string? unreadable)
    {
        unreadable = null;
        if (value.Value is Dictionary<string, RecipeValue> map) return map.Keys;
        if (!File.Exists(value.Text)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(value.Text));
            if (json.RootElement.ValueKind == JsonValueKind.Object) return [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
            unreadable = $"{value.Text} is no JSON object; leave the key out";
        }
        catch (JsonException e)
        {
            unreadable = $"{value.Text} is no JSON: {e.Message}; leave the key out";
        }
        return null;
    }
}
