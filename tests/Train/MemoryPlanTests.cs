using System.Globalization;

namespace Pure.Tuner.Tests;

/// <summary>What a rehearsal counts against what a run holds; what is refused and with which cures; what the machine is said to have.</summary>
[Trait("Category", "Unit")]
public sealed class MemoryPlanTests(TinyCheckpoint checkpoint) : IClassFixture<TinyCheckpoint>, IDisposable
{
    private static readonly int[] s_lengths = [30, 7, 90, 55, 12];
    private readonly string _root = Directory.CreateTempSubdirectory("machine").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void A_rehearsed_run_holds_to_the_byte_what_the_run_holds(bool lora, bool checkpoints, bool lastLayerOnly)
    {
        using var real = new CpuBackend(2);
        using var measured = CpuBackend.Measuring();
        Assert.Equal(Held(real, lora, checkpoints, lastLayerOnly), Held(measured, lora, checkpoints, lastLayerOnly));
        Assert.True(measured.ResidentPeak > 0);
    }

    [Fact]
    public void Recomputation_is_chosen_only_where_the_plan_would_not_fit_and_the_recipe_does_not_say()
    {
        Recipe recipe = Tiny();
        MemoryPlan plain = Plan(recipe, Machine("1000000000", "1000000000"));
        Assert.False(plain.Checkpoints);
        Assert.Null(plain.Notice);

        MachineMemory tight = Machine("1000000000", "0");                  // nothing is free beside what this process holds
        MemoryPlan chosen = Plan(recipe, tight);
        Assert.True(chosen.Checkpoints);
        Assert.True(chosen.Activations < plain.Activations, $"{chosen.Activations} against {plain.Activations}");
        Assert.StartsWith("gradient_checkpointing: layers are recomputed in backward, as ", chosen.Notice);
        Assert.False(Plan(recipe with { DisableGradientCheckpointing = true }, tight).Checkpoints);
        Assert.StartsWith("memory: ", Plan(recipe with { DisableGradientCheckpointing = true }, tight).Notice);
        Assert.True(Plan(recipe with { GradientCheckpointing = true }, Machine("1000000000", "1000000000")).Checkpoints);
    }

    [Fact]
    public void A_plan_above_the_machine_is_refused_with_cures_and_can_be_overridden()
    {
        MachineMemory small = Machine("1000", "1000");
        string text = Assert.Throws<UsageException>(() => Plan(Tiny() with { FinetuningType = "full", DisableGradientCheckpointing = true }, small)).Message;
        Assert.StartsWith("memory: the run needs ", text);
        Assert.Contains(" and this machine has 1 MiB (", text);
        Assert.Contains("activations ", text);
        Assert.Contains("gradient_checkpointing: true (saves ", text);
        Assert.Contains("per_device_train_batch_size: 1, with more gradient_accumulation_steps (saves ", text);
        Assert.EndsWith("or set pure_tuner.ignore_memory_plan: true to try it nevertheless", text);
        Assert.True(Plan(Tiny() with { PureTuner = new PureTunerOptions { IgnoreMemoryPlan = true } }, small).Total > 1_024_000);
    }

    [Fact]
    public void Weights_that_cannot_fit_are_refused_before_they_are_read()
    {
        using Checkpoint file = Checkpoint.Open(checkpoint.Folder);
        MemoryPlan.RequireRoomForWeights(file, new ModelWishes(), Machine("1000000", "1000000"));
        string text = Assert.Throws<UsageException>(() => MemoryPlan.RequireRoomForWeights(file, new ModelWishes(), Machine("64", "64"))).Message;
        Assert.Matches(@"^model_name_or_path: the weights of .* need \d+ MiB and this machine has 0 MiB; take a smaller model", text);
    }

    [Fact]
    public void The_lines_are_aligned_and_add_up()
    {
        MemoryPlan plan = new(513L << 20, 9L << 20, 9L << 20, 19L << 20, 1660L << 20, 100, 116L << 20, 0) { Checkpoints = true };
        Assert.Equal("""
            memory      2,326 MiB at most, layers recomputed in backward
              weights           513 MiB
              trained             9 MiB
              gradients           9 MiB
              optimizer          19 MiB
              activations     1,660 MiB
              program           116 MiB
            """.ReplaceLineEndings("\n"), plan.ToString());
    }

    [Fact]
    public void A_container_has_what_its_groups_allow()
    {
        MachineMemory machine = Machine("16000000", "8000000");
        Assert.Equal((16000000L << 10, 8000000L << 10), (machine.LimitBytes, machine.AvailableBytes));
        Write("proc/self/cgroup", "0::/outer/inner\n");
        Write("sys/fs/cgroup/outer/memory.max", "2000000000\n");
        Write("sys/fs/cgroup/outer/memory.current", "1500000000\n");
        Write("sys/fs/cgroup/outer/memory.stat", "anon 1000000000\ninactive_file 400000000\n");
        Write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
        Assert.Equal((2_000_000_000, 900_000_000), (machine.LimitBytes, machine.AvailableBytes));
        Write("sys/fs/cgroup/outer/inner/memory.max", "1000000000\n");
        Assert.Equal(1_000_000_000, machine.LimitBytes);
    }

    [Fact]
    public void The_largest_batches_are_found_by_tokens_targets_and_attention()
    {
        static EncodedRow Row(int length, int learned) => new(new int[length], [.. Enumerable.Repeat(-100, length - learned), .. Enumerable.Repeat(1, learned)]);
        EncodedRow[] many = [Row(10, 2), Row(10, 2), Row(10, 2)], learned = [Row(12, 12)], one = [Row(25, 1)];
        Assert.Equal([one, learned, many], LargestBatches.Of([[Row(3, 1)], many, learned, one, [Row(5, 5)]]));
        Assert.Equal([one], LargestBatches.Of([one, one]));
    }

    [Fact]
    public void A_large_model_is_planned_in_a_moment()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        ModelShape seven = ModelShape.All.Single(s => s.Size == "7B");
        Fit lora = FitTable.Of(seven, FitMethod.Lora, 1024, 0, 100, 10), less = FitTable.Of(seven, FitMethod.LoraRecomputed, 1024, 0, 100, 10), full = FitTable.Of(seven, FitMethod.Full, 1024, 0, 100, 10);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);                 // a second or two on an idle machine; nothing that grows with the weights
        long weights = 2 * 6_738_415_616;                                  // Llama-2-7b in BF16
        Assert.InRange(less.Bytes, weights, weights * 3 / 2);
        Assert.True(less.Bytes < lora.Bytes && lora.Bytes < full.Bytes);
        Assert.True(full.Bytes > 8 * weights);                             // F32 weights, gradients and two moments
        Fit packed = FitTable.Of(seven, FitMethod.QloraRecomputed, 1024, 0, 100, 10);
        Assert.InRange(packed.Bytes, weights / 4, weights / 2);            // 4.1 of 16 bits a weight, and what training adds
        Assert.True(less.TokensPerSecond < lora.TokensPerSecond && full.TokensPerSecond < lora.TokensPerSecond);
    }

    /// <summary>Counters of the device after two updates of batches of several lengths.</summary>
    private (long Peak, long Live, int Blocks, long Pooled) Held(CpuBackend backend, bool lora, bool checkpoints, bool lastLayerOnly)
    {
        using (LanguageModel model = LanguageModel.Load(checkpoint.Folder, backend))
        {
            if (lora) model.AddLora(new LoraOptions { Rank = 4, Dropout = 0.1 });
            var trained = model.Trainables();
            if (lastLayerOnly)
            {
                foreach (Parameter p in model.Decoder.Parameters) p.RequiresGrad = p.Name.Contains("layers.1.");
                trained = [.. trained.Where(t => t.Parameter.RequiresGrad)];
            }
            using var gradients = new Gradients(trained.Select(t => t.Parameter));
            using var optimizer = new AdamW(ParameterGroups.Trainer(trained, 1e-4, 0));
            var step = new SupervisedStep(model.Decoder, gradients, optimizer, new LearningRateSchedule("constant", 1e-4, 0, 10), 1) { Checkpoints = checkpoints };
            foreach (int length in s_lengths) step.Run([Batch.Pack(Row(length), Row(length / 2 + 2))]);
        }
        return (backend.PeakBytes, backend.LiveBytes, backend.LiveBlocks, backend.PooledBytes);
    }

    private static EncodedRow Row(int length) => new([.. Enumerable.Range(0, length).Select(i => i % 300)], [.. Enumerable.Range(0, length).Select(i => i % 300)]);

    private Recipe Tiny() => new() { ModelNameOrPath = checkpoint.Folder, OutputDir = _root, LoraRank = 4 };

    private MemoryPlan Plan(Recipe recipe, MachineMemory machine)
    {
        using LanguageModel model = LanguageModel.Load(checkpoint.Folder, threads: 1);
        Prepare(recipe, model);
        // Long enough that activations of two narrow layers weigh something.
        EncodedRow[] rows = [.. Enumerable.Range(0, 8).Select(_ => Row(2000))];
        return MemoryPlan.For(recipe, model, new MemoryParts(Prepare, (r, _, t) => new AdamW(ParameterGroups.Trainer(t, r.LearningRate, 0)),
            (r, m, g, o) => new SupervisedStep(m.Decoder, g, o, new LearningRateSchedule("constant", 1e-4, 0, 10), 1) { Checkpoints = r.Checkpointing ?? false }), rows, [rows], machine);

        static IReadOnlyList<(string Name, Parameter Parameter)> Prepare(Recipe r, LanguageModel m)
        {
            if (r.FinetuningType == "lora") m.AddLora(new LoraOptions { Rank = r.LoraRank });
            return m.Trainables(r.PureBf16 ? DType.BF16 : DType.F32);
        }
    }

    private MachineMemory Machine(string totalKB, string availableKB)
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
}
