using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>The rotary embedding's scaling in a GGUF file, as Hugging Face's rope_scaling.</summary>
internal static class GgufRope
{
    private const string FactorsName = "rope_freqs.weight";

    /// <summary>rope_scaling, or null when there is none.</summary>
    /// <exception cref="CheckpointException">The kind is not supported, or its keys are missing or of the wrong size.</exception>
    public static JsonObject? Scaling(GgufFile file, string arch, double theta, long headDim)
    {
        string? type = file.Text($"{arch}.rope.scaling.type");
        if (file.Find(FactorsName) is { } factors)
            return type is null or "none" ? Factors(file, arch, factors, theta, headDim) : throw file.Bad($"tensor '{FactorsName}' and key '{arch}.rope.scaling.type' ('{type}') exclude each other");
        double factor = file.Number($"{arch}.rope.scaling.factor") ?? file.Number($"{arch}.rope.scale_linear") ?? 1;
        switch (type ?? (file.Number($"{arch}.rope.scale_linear") is null ? "none" : "linear"))
        {
            case "none": return null;
            case "linear": return factor == 1 ? null : new JsonObject { ["rope_type"] = "linear", ["factor"] = factor };
            case "yarn": return Yarn(file, arch, factor);
            default: throw file.Bad($"key '{arch}.rope.scaling.type' is '{type}' (known: none, linear, yarn, and tensor '{FactorsName}')");
        }
    }

    private static JsonObject Yarn(GgufFile file, string arch, double factor)
    {
        if (factor <= 0) throw file.Bad($"key '{arch}.rope.scaling.factor' is {factor.ToString(System.Globalization.CultureInfo.InvariantCulture)} and must be positive");
        var scaling = new JsonObject { ["rope_type"] = "yarn", ["factor"] = factor };
        if (file.Integer($"{arch}.rope.scaling.original_context_length") is { } original) scaling["original_max_position_embeddings"] = original;
        if (file.Number($"{arch}.rope.scaling.yarn_beta_fast") is { } fast) scaling["beta_fast"] = fast;
        if (file.Number($"{arch}.rope.scaling.yarn_beta_slow") is { } slow) scaling["beta_slow"] = slow;
        // Here the file's factor multiplies yarn's own; Hugging Face's takes its place.
        double? attention = file.Number($"{arch}.rope.scaling.attn_factor") ?? file.Number($"{arch}.rope.scaling.yarn_attn_factor");
        if (attention is { } large && Math.Abs(large) > 1e6) throw file.Bad($"key '{arch}.rope.scaling.attn_factor' is {large.ToString(System.Globalization.CultureInfo.InvariantCulture)}, far beyond what any model has: the file is damaged, fetch it again");
        if (attention is { } a && a != 1) scaling["attention_factor"] = a * (0.1 * Math.Log(factor) + 1);
        return scaling;
    }

    /// <summary>
    /// The file holds a divisor per frequency in place of the parameters. Where these are Llama 3's (wavelengths above orig / low divided
    /// by the factor, below orig / high kept, blended between), they are told by their own name; else every frequency is listed, as
    /// longrope with the same list for short and long and nothing done to the attention.
    /// </summary>
    private static JsonObject? Factors(GgufFile file, string arch, GgufTensor tensor, double theta, long headDim)
    {
        if (tensor.Elements != headDim / 2) throw file.Bad($"tensor '{FactorsName}' has {tensor.Elements} elements where half a head has {headDim / 2}");
        var divisors = new float[headDim / 2];
        file.Read(tensor, 0, divisors);
        if (divisors.Any(d => !(d > 0 && float.IsFinite(d)))) throw file.Bad($"tensor '{FactorsName}' holds a number that is not positive: the file is damaged");
        float factor = divisors.Max();
        if (factor == 1 && divisors.Min() == 1) return null;
        long context = file.Integer($"{arch}.context_length") ?? 0;
        foreach (long original in new[] { file.Integer($"{arch}.rope.scaling.original_context_length") ?? 8192, 8192, 4096, 16384, 32768, 65536, 131072 })
            if (IsLlama3(divisors, theta, factor, low: 1, high: 4, original))
                return new JsonObject { ["rope_type"] = "llama3", ["factor"] = (double)factor, ["low_freq_factor"] = 1.0, ["high_freq_factor"] = 4.0, ["original_max_position_embeddings"] = original };
        return new JsonObject
        {
            ["rope_type"] = "longrope",
            ["short_factor"] = new JsonArray([.. divisors.Select(d => JsonValue.Create((double)d))]),
            ["long_factor"] = new JsonArray([.. divisors.Select(d => JsonValue.Create((double)d))]),
            ["original_max_position_embeddings"] = context,
            ["attention_factor"] = 1.0,
        };
    }

    private static bool IsLlama3(float[] divisors, double theta, double factor, double low, double high, double original)
    {
        for (int k = 0; k < divisors.Length; k++)
        {
            double wave = 2 * Math.PI * Math.Pow(theta, (double)k / divisors.Length), blend = (original / wave - low) / (high - low);
            double divisor = wave < original / high ? 1 : wave > original / low ? factor : 1 / ((1 - blend) / factor + blend);
            if (Math.Abs(divisors[k] - divisor) > 1e-4 * divisor) return false;   // the file's are F32, computed in F32
        }
        return true;
    }
}
