using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>The key rope_scaling: a configuration whose positions reach further, as LLaMA-Factory's configure_rope writes it.</summary>
internal static class PositionScaling
{
    /// <summary>How much further a model answers than it was made for: the reference knows no length there.</summary>
    private const int AnswerFactor = 2;

    /// <summary>The configuration to build the model from.</summary>
    /// <param name="config">As read; not changed.</param>
    /// <param name="kind">linear, dynamic, yarn or llama3.</param>
    /// <param name="length">Longest row of a training; null for a model that only answers.</param>
    /// <param name="notice">Told what was done, or why nothing was.</param>
    internal static JsonObject Apply(JsonObject config, string kind, int? length, Action<string> notice)
    {
        var settings = (config["rope_parameters"] ?? config["rope_scaling"]) as JsonObject;
        if ((Whole(settings?["original_max_position_embeddings"]) ?? Whole(config["max_position_embeddings"])) is not { } own)
        {
            notice("rope_scaling: changes nothing here: config.json does not say for how many positions the model was made");
            return config;
        }
        if (length <= own)
        {
            notice($"rope_scaling: changes nothing here: cutoff_len {length} is not above the {own} positions that the model was made for");
            return config;
        }
        int factor = length is { } longest ? (longest + own - 1) / own : AnswerFactor;
        var scaled = (JsonObject)config.DeepClone();
        // Where both stand together (transformers 5), the base of the angles stays what it was.
        if (settings?["rope_theta"] is { } theta) scaled["rope_theta"] = theta.DeepClone();
        scaled.Remove("rope_parameters");
        scaled["max_position_embeddings"] = own * factor;
        var scaling = new JsonObject { ["rope_type"] = kind, ["factor"] = (double)factor };
        if (kind != "linear") scaling["original_max_position_embeddings"] = own;
        if (kind == "llama3") (scaling["low_freq_factor"], scaling["high_freq_factor"]) = (1.0, 4.0);
        scaled["rope_scaling"] = scaling;
        notice($"rope_scaling: {kind}, factor {factor}: {own * factor} positions in place of {own}");
        return scaled;
    }

    private static int? Whole(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) is > 0 and < int.MaxValue / 1024 and var number ? (int)number : null;
}
