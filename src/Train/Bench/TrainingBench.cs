using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>What a measured training step is.</summary>
/// <param name="Shape">The model.</param>
/// <param name="Method">lora, qlora or full.</param>
internal sealed record TrainingBenchOptions(ModelShape Shape, string Method)
{
    /// <summary>Tokens of a row.</summary>
    internal int Seq { get; init; } = 512;

    /// <summary>Rows of a step.</summary>
    internal int Batch { get; init; } = 1;

    /// <summary>Rank of the adapter.</summary>
    internal int Rank { get; init; } = 8;

    /// <summary>Whether layers are recomputed in backward.</summary>
    internal bool Checkpoints { get; init; }

    /// <summary>Whether frozen weights are kept in a matrix unit's layout where products round to BF16: time against memory.</summary>
    internal bool KeepsPanels { get; init; } = true;

    /// <summary>What dense weights are stored in.</summary>
    internal DType DType { get; init; } = DType.F32;

    /// <summary>Steps that are measured.</summary>
    internal int Runs { get; init; } = 5;

    /// <summary>How long steps are run before the first that is measured; 0 for none. The runtime compiles a loop well only after it has been called often.</summary>
    internal int WarmupMs { get; init; } = OperatorTimes.WarmupMs;

    /// <summary>How the linear layers are rounded, or null.</summary>
    internal IQuantizer? Quantizer { get; init; }
}

/// <summary>What came out.</summary>
/// <param name="StepMs">Each measured step.</param>
/// <param name="Phases">Milliseconds of forward, backward and optimizer in the median step.</param>
/// <param name="BuildMs">Making the weights.</param>
/// <param name="Loss">Of the last step: a number, so that work was done.</param>
internal sealed record TrainingBenchResult(double[] StepMs, IReadOnlyList<(string Name, double Ms)> Phases, double BuildMs, double Loss)
{
    internal double MedianMs => StepMs.Order().ElementAt(StepMs.Length / 2);
}

/// <summary>Times whole training steps of a published shape with made-up weights and tokens.</summary>
internal static class TrainingBench
{
    internal static TrainingBenchResult Run(TrainingBenchOptions o, Backend backend)
    {
        var clock = Stopwatch.StartNew();
        using var model = new DecoderModel(o.Shape.Config, WeightSource.Synthetic(backend, o.DType, o.Quantizer, o.Shape.Config.TiesHead != true));
        bool full = o.Method == "full";
        using AdapterSet? adapter = full ? null : AdapterSet.Create(model, new AdapterConfig { BaseModelNameOrPath = o.Shape.Name, R = o.Rank, LoraAlpha = 2 * o.Rank, TargetModules = LoraOptions.AllLinear(model) }, 42);
        adapter?.Attach();
        adapter?.TrainOnlyThis();
        (string Name, Parameter Parameter)[] trained = adapter is null ? [.. model.Parameters.Select(p => (p.Name, p))] : [.. adapter.Tensors.Select(t => (t.Name, t.Parameter))];
        foreach ((_, Parameter parameter) in trained) parameter.RequiresGrad = true;
        if (o.KeepsPanels) FrozenWeights.Prepare(model, trained);
        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(trained, 1e-4, 0));
        double build = clock.Elapsed.TotalMilliseconds;

        var phases = new List<(string Name, double Ms)>();
        double at = 0;
        var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 1e-4, 0, int.MaxValue), 1)
        {
            Checkpoints = o.Checkpoints,
            Scaler = LossScaler.For(backend),
            OnPhase = name =>
            {
                backend.Synchronize();
                phases.Add((name, clock.Elapsed.TotalMilliseconds - at));
                at = clock.Elapsed.TotalMilliseconds;
            },
        };
        Batch batch = Pure.Tuner.Batch.Pack([.. Enumerable.Range(0, o.Batch).Select(row => Row(o, row))]);
        var runs = new List<(double Ms, (string, double)[] Phases)>();
        double loss = 0;
        if (o.WarmupMs > 0) OpBench.Warm(() => Once(counts: false), o.WarmupMs);
        for (int i = 0; i < o.Runs; i++) Once(counts: true);
        return new TrainingBenchResult([.. runs.Select(r => r.Ms)], runs.OrderBy(r => r.Ms).ElementAt(runs.Count / 2).Phases, build, loss);

        void Once(bool counts)
        {
            phases.Clear();
            clock.Restart();
            at = 0;
            loss = step.Run([batch]).Loss;
            backend.Synchronize();
            if (counts) runs.Add((clock.Elapsed.TotalMilliseconds, [.. phases]));
        }
    }

    /// <summary>Floating-point operations of a step that count: two a weight forward, as many for the gradient of the activations, as many again for that of the weights where they are trained; of attention two products forward and four backward.</summary>
    internal static double Flops(TrainingBenchOptions o) =>
        2.0 * o.Shape.MatrixWeights * o.Seq * o.Batch * (o.Method == "full" ? 3 : 2) + 3 * o.Shape.AttentionFlops(o.Seq) * o.Shape.Config.Layers * o.Batch;

    private static EncodedRow Row(TrainingBenchOptions o, int row)
    {
        ulong key = Kernels.CounterRandom.Key(1, row, 0, "tokens");
        int[] ids = [.. Enumerable.Range(0, o.Seq).Select(i => (int)(Kernels.CounterRandom.Word(key, i) % (uint)o.Shape.Config.Vocab))];
        return new EncodedRow(ids, [.. ids]);
    }
}
