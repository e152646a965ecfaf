using System.Globalization;

namespace Pure.Tuner;

/// <summary>What to change in a recipe whose run does not fit, each with what it would save: found by rehearsing the changed run.</summary>
internal static class MemoryCures
{
    /// <summary>A recipe and its largest micro-batches.</summary>
    internal readonly record struct Changed(Recipe Recipe, IReadOnlyList<IReadOnlyList<EncodedRow>> Batches);

    /// <summary>The sentence that refuses the run.</summary>
    internal static string Refusal(Recipe recipe, MemoryPlan plan, long limit, Func<Changed, MemoryPlan> rehearse, IReadOnlyList<IReadOnlyList<EncodedRow>> batches)
    {
        var cures = new List<string>();
        var seen = new HashSet<long>();            // rounding what is packed already is no cure of its own
        foreach ((string what, Changed changed) in Candidates(recipe, plan, batches))
        {
            long saved = plan.Total - rehearse(changed).Total;
            if (saved > plan.Total / 100 && seen.Add(saved)) cures.Add($"{what} (saves {MachineMemory.Text(saved)}{(plan.Total - saved <= limit ? ", fits" : "")})");
        }
        string parts = string.Join(", ", plan.Parts().Select(p => $"{p.Name} {MachineMemory.Text(p.Bytes)}"));
        return string.Create(CultureInfo.InvariantCulture, $"memory: the run needs {MachineMemory.Text(plan.Total)} and this machine has {MachineMemory.Text(limit)} ({parts}); ") +
            (cures.Count > 0 ? $"change one or more of: {string.Join("; ", cures)}; " : "take a smaller model; ") +
            "or set pure_tuner.ignore_memory_plan: true to try it nevertheless";
    }

    private static IEnumerable<(string What, Changed Changed)> Candidates(Recipe recipe, MemoryPlan plan, IReadOnlyList<IReadOnlyList<EncodedRow>> batches)
    {
        if (!plan.Checkpoints)
            yield return ("gradient_checkpointing: true", new(recipe with { GradientCheckpointing = true, DisableGradientCheckpointing = null }, batches));
        else recipe = recipe with { GradientCheckpointing = true, DisableGradientCheckpointing = null };
        int rows = batches.Count == 0 ? 0 : batches.Max(b => b.Count), longest = batches.Count == 0 ? 0 : batches.Max(b => b.Max(r => r.Ids.Length));
        if (rows > 1)
            yield return ("per_device_train_batch_size: 1, with more gradient_accumulation_steps", new(recipe, [.. batches.Select(b => (IReadOnlyList<EncodedRow>)[b.MaxBy(r => r.Ids.Length)!])]));
        if (longest > 128)
            yield return ($"cutoff_len: {longest / 2}", new(recipe, [.. batches.Select(b => (IReadOnlyList<EncodedRow>)[.. b.Select(r => Cut(r, longest / 2))])]));
        if (recipe.FinetuningType != "lora")
        {
            yield return ("finetuning_type: lora", new(recipe with { FinetuningType = "lora" }, batches));
            yield return ("finetuning_type: qlora", new(recipe with { FinetuningType = "lora", QuantizationBit = 4 }, batches));
        }
        else if (recipe.QuantizationBit is null && !recipe.PissaInit)
            yield return ("quantization_bit: 4", new(recipe with { QuantizationBit = 4 }, batches));
        if (!recipe.PureBf16)
            yield return ("pure_bf16: true", new(recipe with { PureBf16 = true, Fp16 = false }, batches));
    }

    private static EncodedRow Cut(EncodedRow row, int length) => row.Ids.Length <= length ? row : new EncodedRow(row.Ids[..length], row.Labels[..length]);
}
