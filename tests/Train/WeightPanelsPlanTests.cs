using System.Globalization;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Panels of frozen weights in a training: planned to the byte, given up where they would not fit, no bit changed. Alone, since it gives every backend a kernel for BF16.</summary>
[Trait("Category", "Unit"), Collection(nameof(MatrixUnitsCollection))]
public sealed class WeightPanelsPlanTests : IClassFixture<TinyCheckpoint>, IDisposable
{
    private readonly TinyCheckpoint _checkpoint;
    private readonly string _root = Directory.CreateTempSubdirectory("panels").FullName;

    public WeightPanelsPlanTests(TinyCheckpoint checkpoint)
    {
        _checkpoint = checkpoint;
        CpuBackend.PanelsForTests = MatrixUnits.Here.BF16 ?? PanelKind.Narrow;
    }

    public void Dispose()
    {
        CpuBackend.PanelsForTests = null;
        Directory.Delete(_root, recursive: true);
    }

    [SkippableTheory]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    public void A_rehearsed_run_holds_to_the_byte_what_the_run_holds(bool lora, bool checkpoints, bool prepares)
    {
        SkipWithoutCode();
        using var real = new CpuBackend(2) { Poison = true };
        using var measured = CpuBackend.Measuring();
        (long Peak, long Live, int Blocks, long Pooled, long Panels, double Loss) ran = Held(real), rehearsed = Held(measured);
        Assert.Equal(ran with { Loss = 0 }, rehearsed with { Loss = 0 });
        Assert.Equal(prepares && ran.Panels > 0, prepares);
        Assert.Equal(0, ran.Live);

        (long, long, int, long, long, double) Held(CpuBackend backend)
        {
            backend.ProductType = DType.BF16;
            long panels = 0;
            double loss = 0;
            using (LanguageModel model = LanguageModel.Load(_checkpoint.Folder, backend))
            {
                if (lora) model.AddLora(new LoraOptions { Rank = 4 });
                var trained = model.Trainables();
                if (!lora)
                {
                    foreach (Parameter p in model.Decoder.Parameters) p.RequiresGrad = p.Name.Contains("layers.1.", StringComparison.Ordinal);
                    trained = [.. trained.Where(t => t.Parameter.RequiresGrad)];
                }
                long before = backend.LiveBytes;
                if (prepares) FrozenWeights.Prepare(model.Decoder, trained);
                panels = backend.LiveBytes - before;
                using var gradients = new Gradients(trained.Select(t => t.Parameter));
                using var optimizer = new AdamW(ParameterGroups.Trainer(trained, 1e-4, 0));
                var step = new SupervisedStep(model.Decoder, gradients, optimizer, new LearningRateSchedule("constant", 1e-4, 0, 10), 1) { Checkpoints = checkpoints };
                foreach (int length in new[] { 30, 7, 90 }) loss = step.Run([Batch.Pack(Row(length), Row(length / 2 + 2))]).Loss;
            }
            return (backend.PeakBytes, backend.LiveBytes, backend.LiveBlocks, backend.PooledBytes, panels, loss);
        }
    }

    /// <summary>The row of the plan is what a run keeps; below it nothing is kept, recomputing layers comes after, and lines say so.</summary>
    [SkippableFact]
    public void Panels_are_planned_and_the_first_to_go()
    {
        SkipWithoutCode();
        Recipe recipe = new() { ModelNameOrPath = _checkpoint.Folder, OutputDir = _root, LoraRank = 4, Bf16 = true };
        MemoryPlan plan = Plan(recipe, free: 1_000_000_000, out long kept);
        Assert.Equal(kept, plan.Panels);
        Assert.True(plan.Panels > 0 && plan.Notice is null);
        MemoryPlan off = Plan(recipe with { PureTuner = new PureTunerOptions { WeightPanels = "off" } }, free: 1_000_000_000, out _);
        Assert.Equal(0, off.Panels);
        MemoryPlan tight = Plan(recipe with { DisableGradientCheckpointing = true }, free: 0, out _);
        Assert.Equal((0L, false), (tight.Panels, tight.Checkpoints));
        Assert.StartsWith("memory: ", tight.Notice);
        Assert.Contains(" are planned, with frozen weights packed for each product, and ", tight.Notice);
        MemoryPlan tighter = Plan(recipe, free: 0, out _);
        Assert.Equal((0L, true), (tighter.Panels, tighter.Checkpoints));
        Assert.StartsWith("gradient_checkpointing: layers are recomputed in backward and frozen weights packed for each product, as ", tighter.Notice);
        // Room for all but the panels.
        long between = off.Total + plan.Panels / 2;
        MemoryPlan without = Plan(recipe, between, out _, exact: true);
        Assert.Equal((0L, false), (without.Panels, without.Checkpoints));
        Assert.StartsWith("weight_panels: frozen weights are packed for each product, as ", without.Notice);
        Assert.EndsWith("; same results", without.Notice);
    }

    private MemoryPlan Plan(Recipe recipe, long free, out long kept, bool exact = false)
    {
        using LanguageModel model = LanguageModel.Load(_checkpoint.Folder, threads: 1);
        model.Backend.ProductType = DType.BF16;
        Prepare(recipe, model);
        EncodedRow[] rows = [.. Enumerable.Range(0, 4).Select(_ => Row(400))];
        MemoryPlan plan = MemoryPlan.For(recipe, model, new MemoryParts(Prepare, (r, _, t) => new AdamW(ParameterGroups.Trainer(t, r.LearningRate, 0)),
            (r, m, g, o) => new SupervisedStep(m.Decoder, g, o, new LearningRateSchedule("constant", 1e-4, 0, 10), 1) { Checkpoints = r.Checkpointing ?? false }), rows, [rows], Machine(exact ? free >> 10 : 1_000_000_000, exact ? 1_000_000_000 : free));
        var backend = (CpuBackend)model.Backend;
        long before = backend.LiveBytes;
        if (plan.Panels > 0) FrozenWeights.Prepare(model.Decoder, model.Trainables());
        kept = backend.LiveBytes - before;
        return plan;

        static IReadOnlyList<(string Name, Parameter Parameter)> Prepare(Recipe r, LanguageModel m)
        {
            m.AddLora(new LoraOptions { Rank = r.LoraRank });
            return m.Trainables();
        }
    }

    private MachineMemory Machine(long totalKB, long availableKB)
    {
        Write("proc/meminfo", string.Create(CultureInfo.InvariantCulture, $"MemTotal:       {totalKB} kB\nMemFree:        1 kB\nMemAvailable:   {availableKB} kB\n"));
        Write("proc/self/status", "Name:\ttest\nVmHWM:\t  100000 kB\nVmRSS:\t   90000 kB\n");
        return new MachineMemory(_root);
    }

    private void Write(string file, string text)
    {
        string path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static EncodedRow Row(int length) => new([.. Enumerable.Range(0, length).Select(i => i % 300)], [.. Enumerable.Range(0, length).Select(i => i % 300)]);

    private static void SkipWithoutCode()
    {
        string? obstacle = (MatrixUnits.Here.BF16 ?? PanelKind.Narrow).Obstacle;
        Skip.If(obstacle is not null, $"no code of our own can be run here: {obstacle}");
    }
}
