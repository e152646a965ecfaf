using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Rows rounded to 8 bits before they meet packed weights: <c>pure_tuner.int8_activations</c>.</summary>
internal static class Int8Rows
{
    private const string Key = "pure_tuner.int8_activations";

    /// <summary>Has the model's processor round rows where the recipe says so, or leaves it to the program and there is a unit.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The model, whole.</param>
    /// <param name="isAuto">Whether it is done without being asked for.</param>
    /// <param name="notice">Told in one line what is rounded and by what.</param>
    /// <exception cref="UsageException">It was asked for and cannot be done.</exception>
    internal static void Apply(Recipe recipe, LanguageModel model, bool isAuto, Action<string> notice)
    {
        string wish = recipe.PureTuner.Int8Activations;
        if (wish == "false" || (wish == "auto" && !isAuto)) return;
        if (Obstacle(recipe, model, out string formats) is { } why)
        {
            if (wish == "true") throw new UsageException($"{recipe.Where(Key)}: {why}; leave the key out");
            // A processor without a unit is no news; one that has it and may not use it is.
            if (formats.Length > 0 && ((CpuBackend)model.Backend).UsesMatrixUnits && MatrixUnits.Here.HasInt8) notice($"int8_activations: rows meet weights in {formats} in f32 ({why})");
            return;
        }
        var cpu = (CpuBackend)model.Backend;
        cpu.Int8Activations = true;
        notice($"int8_activations: rows of prompts and batches are rounded to 8 bits before they meet weights in {formats} ({cpu.Int8State}); {Key}=false computes in f32");
    }

    private static string? Obstacle(Recipe recipe, LanguageModel model, out string formats)
    {
        formats = "";
        if (model.Backend is not CpuBackend cpu) return $"only the cpu rounds rows to 8 bits, not {recipe.Device}";
        string[] names = [.. model.Decoder.Linears.Append(model.Decoder.Head).Select(l => l.Weight).OfType<QuantizedTensor>().Where(CpuBackend.HasCodes8).Select(w => w.Format.Name).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length == 0) return $"no weight of {recipe.ModelNameOrPath} is stored in Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or IQ4_NL, so nothing would be rounded";
        formats = string.Join(", ", names);
        return cpu.Integers is null ? cpu.Int8State : null;
    }
}
