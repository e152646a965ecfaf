using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>What a run does with its model, as far as memory goes; each part for any recipe, so that a cure can be tried before it is told.</summary>
/// <param name="Prepare">Puts adapters on a freshly loaded base and says what is trained.</param>
/// <param name="Optimizer">Makes the optimizer.</param>
/// <param name="Step">Makes the update; whether layers are recomputed stands in the recipe.</param>
internal sealed record MemoryParts(
    Func<Recipe, LanguageModel, IReadOnlyList<(string Name, Parameter Parameter)>> Prepare,
    Func<Recipe, LanguageModel, IReadOnlyList<(string Name, Parameter Parameter)>, Optimizer> Optimizer,
    Func<Recipe, LanguageModel, Gradients, Optimizer, SupervisedStep> Step)
{
    /// <summary>What uses the model before training, or null: the answers.</summary>
    internal Action<LanguageModel>? Before { get; init; }

    /// <summary>What uses the model while optimizer and gradients are there, or null: evaluation.</summary>
    internal Action<LanguageModel>? Beside { get; init; }
}

/// <summary>The memory that a run will take at most, in parts, known before its first update.</summary>
/// <param name="Weights">The base as it is stored: in the file's type, F32 where that has none; a GGUF file expanded.</param>
/// <param name="Trained">Adapters, and copies of trained weights in another type.</param>
/// <param name="Gradients">Gradients, F32.</param>
/// <param name="Optimizer">State of the optimizer.</param>
/// <param name="Activations">What forward keeps for backward in the largest micro-batch, temporaries, and idle blocks of the pool.</param>
/// <param name="Data">Encoded rows.</param>
/// <param name="Program">Runtime, compiled code, tokenizer, texts: measured in this process, and what training will add to it.</param>
/// <param name="Before">What an earlier moment (loading, the answers before training) takes beyond all of these; mostly 0.</param>
internal sealed record MemoryPlan(long Weights, long Trained, long Gradients, long Optimizer, long Activations, long Data, long Program, long Before)
{
    /// <summary>Code that training compiles, room of the collector, and scratch of the threads, beyond what the process holds when a run is ready to begin.</summary>
    internal const long Growth = 24L << 20;

    /// <summary>The same for what only some runs do: the pictures at the end with their 8-bit canvas, and the code of evaluations. Measured.</summary>
    private static long GrowthOf(Recipe recipe) => Growth + (recipe.PlotLoss ? 14L << 20 : 0) + (recipe.EvalStrategy != "no" ? 4L << 20 : 0);

    /// <summary>Panels of frozen weights that a matrix unit multiplies, packed once and kept.</summary>
    internal long Panels { get; init; }

    /// <summary>All parts together.</summary>
    internal long Total => Weights + Trained + Panels + Gradients + Optimizer + Activations + Data + Program + Before;

    /// <summary>Whether layers keep only their input and run again in backward.</summary>
    internal bool Checkpoints { get; init; }

    /// <summary>A line for the user where the plan itself decided something, or null.</summary>
    internal string? Notice { get; init; }

    /// <summary>The parts by name, those below half a MiB left out.</summary>
    internal IEnumerable<(string Name, long Bytes)> Parts()
    {
        (string, long)[] all = [("weights", Weights), ("trained", Trained), ("panels", Panels), ("gradients", Gradients), ("optimizer", Optimizer), ("activations", Activations), ("data", Data), ("program", Program), ("before", Before)];
        return all.Where(p => p.Item2 >= 1 << 19);
    }

    /// <summary>A few aligned lines: the total, then the parts.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"memory      {MachineMemory.Text(Total)} at most{(Checkpoints ? ", layers recomputed in backward" : "")}");
        foreach ((string name, long bytes) in Parts())
            text.Append(CultureInfo.InvariantCulture, $"\n  {name,-12}{bytes / 1048576.0,9:N0} MiB");
        return text.ToString();
    }

    /// <summary>The plan of a run whose model is loaded and prepared and whose rows are encoded.</summary>
    /// <param name="recipe">The recipe. Where it does not say whether layers are recomputed, the plan decides: not when it fits without.</param>
    /// <param name="model">The loaded model.</param>
    /// <param name="parts">What the run does.</param>
    /// <param name="rows">All encoded rows that are held.</param>
    /// <param name="microBatches">The micro-batches of the run in any order; the largest are rehearsed.</param>
    /// <exception cref="UsageException">It does not fit in the machine's memory, and the recipe does not say that this be ignored.</exception>
    internal static MemoryPlan For(Recipe recipe, LanguageModel model, MemoryParts parts, IReadOnlyCollection<EncodedRow> rows, IEnumerable<IReadOnlyList<EncodedRow>> microBatches) =>
        For(recipe, model, parts, rows, microBatches, new MachineMemory());

    internal static MemoryPlan For(Recipe recipe, LanguageModel model, MemoryParts parts, IReadOnlyCollection<EncodedRow> rows, IEnumerable<IReadOnlyList<EncodedRow>> microBatches, MachineMemory machine)
    {
        IReadOnlyList<EncodedRow>[] largest = LargestBatches.Of(microBatches);
        long data = rows.Sum(r => 2L * sizeof(int) * r.Ids.Length + 120);
        // What reading data and converting weights left behind should not stay beside the run.
        model.Backend.Trim();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // The first update reads them anyway, and only then is the rest of the process what the program takes.
        foreach (Weight weight in model.Decoder.Weights)
            foreach (Tensor part in weight is QuantizedTensor packed ? packed.Parts : weight is Parameter parameter ? [parameter.Value] : [])
                if (part.Storage.IsExternal) part.Storage.Touch();
        var ground = new Ground(machine.ResidentBytes, machine.PeakResidentBytes, data);
        bool given = recipe.Checkpointing is not null;
        MemoryPlan plan = Rehearse(recipe, model, parts, largest, ground);
        long limit = machine.LimitBytes, room = Math.Min(limit, machine.AvailableBytes + ground.Resident);
        string? without = null;
        if (plan.Panels > 0 && plan.Total > room)                            // the first to go: recomputing layers costs more time
        {
            without = $"weight_panels: frozen weights are packed for each product, as {MachineMemory.Text(plan.Total)} would not fit in the {MachineMemory.Text(room)} that are free; same results";
            recipe = recipe with { PureTuner = recipe.PureTuner with { WeightPanels = "off" } };
            plan = Rehearse(recipe, model, parts, largest, ground) with { Notice = without };
        }
        if (!given && plan.Total > room)
        {
            MemoryPlan less = Rehearse(recipe with { GradientCheckpointing = true }, model, parts, largest, ground);
            if (less.Total < plan.Total)
                plan = less with
                {
                    Notice = $"gradient_checkpointing: layers are recomputed in backward{(without is null ? "" : " and frozen weights packed for each product")}, as {MachineMemory.Text(plan.Total)} would not fit in the {MachineMemory.Text(room)} that are free; same results, about a third slower",
                };
        }
        if (plan.Total > limit && !recipe.PureTuner.IgnoreMemoryPlan)
            throw new UsageException(MemoryCures.Refusal(recipe, plan, limit, changed => Rehearse(changed.Recipe, model, parts, changed.Batches, ground), largest));
        if (plan.Total > room && (plan.Notice is null || plan.Notice == without))
            plan = plan with { Notice = $"memory: {MachineMemory.Text(plan.Total)} are planned{(without is null ? "" : ", with frozen weights packed for each product,")} and {MachineMemory.Text(room)} are free: close other programs, or the machine will swap" };
        return plan;
    }

    /// <summary>Refuses a checkpoint whose weights alone are more than the machine's memory, by its header.</summary>
    /// <exception cref="UsageException">They do not fit.</exception>
    internal static void RequireRoomForWeights(Checkpoint checkpoint, ModelWishes wishes, MachineMemory machine)
    {
        long bytes = checkpoint.Names.Select(checkpoint.Describe).Sum(t => WeightBytes(t, wishes)), limit = machine.LimitBytes;
        // What is packed already gets no smaller by rounding.
        string Cure() => wishes.ExpandsPacked ? "train it with 'finetuning_type: qlora', " : wishes.Rounds is null && checkpoint.Names.Select(checkpoint.Describe).Sum(t => t.Elements) < bytes ? "train it with 'quantization_bit: 4', " : "";
        if (bytes > limit)
            throw new UsageException($"model_name_or_path: the weights of {checkpoint.Source} need {MachineMemory.Text(bytes)} and this machine has {MachineMemory.Text(limit)}; take a smaller model, {Cure()}or set pure_tuner.ignore_memory_plan: true to try it nevertheless");
    }

    private static long WeightBytes(CheckpointTensor t, ModelWishes wishes)
    {
        if (wishes.Rounds is { } rounds && rounds.Picks(t.Name)) return t.Elements * rounds.Bits / 8;
        bool isPacked = t.DType is not { IsFloat: true } || t.StoredBytes <= t.Elements;
        return isPacked && !wishes.ExpandsPacked ? t.StoredBytes : t.Elements * (t.DType is { IsFloat: true } kept ? kept : DType.F32).Size;
    }

    /// <summary>What the process holds before training, beside the device's blocks.</summary>
    private readonly record struct Ground(long Resident, long Peak, long Data);

    private static MemoryPlan Rehearse(Recipe recipe, LanguageModel model, MemoryParts parts, IReadOnlyList<IReadOnlyList<EncodedRow>> batches, in Ground ground)
    {
        using Profile.Suspension unseen = Profile.Pause();
        using var rehearsal = new MemoryRehearsal(model.Backend);
        using LanguageModel shadow = model.Shadow(rehearsal.Device, recipe);
        rehearsal.Loaded();
        IReadOnlyList<(string Name, Parameter Parameter)> trained = parts.Prepare(recipe, shadow);
        rehearsal.Prepared();
        if (recipe.PureTuner.WeightPanels != "off") FrozenWeights.Prepare(shadow.Decoder, trained);
        rehearsal.Kept();
        parts.Before?.Invoke(shadow);
        rehearsal.Train(trained, () => parts.Optimizer(recipe, shadow, trained), (g, o) => parts.Step(recipe, shadow, g, o), [.. batches.Select(b => Batch.Pack(b))],
            parts.Beside is null ? null : () => parts.Beside(shadow));
        long program = Math.Max(0, ground.Resident - rehearsal.Ready - ground.Data) + GrowthOf(recipe);
        var plan = new MemoryPlan(rehearsal.Weights, rehearsal.Trained, rehearsal.Gradients, rehearsal.Optimizer, rehearsal.Activations, ground.Data, program, 0) { Checkpoints = recipe.Checkpointing ?? false, Panels = rehearsal.Panels };
        return plan with { Before = Math.Max(0, Math.Max(ground.Peak, rehearsal.Peak + program + ground.Data) - plan.Total) };
    }
}

/// <summary>The micro-batches that take most memory: by tokens, by learned tokens, by attention.</summary>
internal static class LargestBatches
{
    internal static IReadOnlyList<EncodedRow>[] Of(IEnumerable<IReadOnlyList<EncodedRow>> batches)
    {
        (long Size, IReadOnlyList<EncodedRow>? Batch) tokens = default, targets = default, attention = default;
        foreach (IReadOnlyList<EncodedRow> batch in batches)
        {
            long t = 0, l = 0, a = 0;
            foreach (EncodedRow row in batch)
            {
                t += row.Ids.Length;
                a += (long)row.Ids.Length * row.Ids.Length;
                foreach (int label in row.Labels)
                    if (label != SupervisedEncoder.Ignored) l++;
            }
            if (t > tokens.Size) tokens = (t, batch);
            if (l > targets.Size) targets = (l, batch);
            if (a > attention.Size) attention = (a, batch);
        }
        return [.. new[] { attention.Batch, targets.Batch, tokens.Batch }.OfType<IReadOnlyList<EncodedRow>>().Distinct()];
    }
}
