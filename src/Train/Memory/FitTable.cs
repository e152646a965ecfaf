namespace Pure.Tuner;

/// <summary>A way to use a model, in a table of what fits.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Checkpoints">Whether layers are recomputed in backward.</param>
/// <param name="IsAdapter">Whether a LoRA is trained beside the base.</param>
/// <param name="IsPacked">Whether the linear layers of the base are in 4 bits.</param>
internal sealed record FitMethod(string Name, bool Checkpoints = false, bool IsAdapter = false, bool IsPacked = false)
{
    internal static readonly FitMethod Inference = new("inference"), Qlora = new("qlora", IsAdapter: true, IsPacked: true), QloraRecomputed = new("qlora, recomputed", true, true, true),
        Lora = new("lora", IsAdapter: true), LoraRecomputed = new("lora, recomputed", true, true), Freeze = new("freeze"), Full = new("full"), FullRecomputed = new("full, recomputed", true);

    internal static IReadOnlyList<FitMethod> All { get; } = [Inference, Qlora, QloraRecomputed, Lora, LoraRecomputed, Freeze, Full, FullRecomputed];
}

/// <summary>What a model of a size takes with a method, and how fast it may be.</summary>
/// <param name="Shape">The model.</param>
/// <param name="Method">The method.</param>
/// <param name="Bytes">Memory, the program counted in.</param>
/// <param name="TokensPerSecond">An estimate; see <see cref="FitTable"/>.</param>
internal sealed record Fit(ModelShape Shape, FitMethod Method, long Bytes, double TokensPerSecond);

/// <summary>Which model sizes fit which method, by the rehearsal that plans real runs.</summary>
/// <remarks>
/// Training: one row of so many tokens a micro-batch, all of them learned; the base in BF16 as published, trained tensors in F32, AdamW; LoRA
/// of rank 8 on every linear layer, for qlora those layers of the base in NF4 with double quantisation (embedding and head stay); freeze trains the last two layers. Inference: keys and values for as many tokens.
/// Speed: the multiply-adds of a token (2 flops a matrix weight forward; backward once more for LoRA, twice more for full; one more forward
/// when layers are recomputed) over the measured speed of matrix multiply, times what training has been seen to reach of it. Inference
/// reads every weight for a token: their bytes over the measured speed of reading.
/// </remarks>
internal static class FitTable
{
    /// <summary>Share of the speed of matrix multiply that training of SmolLM2-135M reaches (docs/memory.md).</summary>
    internal const double TrainingShare = 0.5;

    private const int Rank = 8, FreezeLayers = 2;

    private static readonly IQuantizer s_nf4 = Quantizers.FourBits("nf4", doubled: true);

    /// <summary>One cell.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="method">The method.</param>
    /// <param name="tokens">Tokens of a row.</param>
    /// <param name="program">Bytes of the program itself.</param>
    /// <param name="gflops">Measured speed of matrix multiply.</param>
    /// <param name="readGB">Measured speed of reading memory, GB/s.</param>
    internal static Fit Of(ModelShape shape, FitMethod method, int tokens, long program, double gflops, double readGB) =>
        new(shape, method, Bytes(shape, method, tokens) + program, Speed(shape, method, gflops, readGB));

    private static long Bytes(ModelShape shape, FitMethod method, int tokens)
    {
        using Profile.Suspension unseen = Profile.Pause();
        using var rehearsal = new MemoryRehearsal();
        using var model = new DecoderModel(shape.Config, WeightSource.Shapes(rehearsal.Device, DType.BF16, shape.Config.TiesHead != true, method.IsPacked ? s_nf4.Format : null));
        rehearsal.Loaded();
        if (method == FitMethod.Inference)
        {
            Chat(model, tokens);
            return rehearsal.Peak;
        }
        using AdapterSet? adapter = method.IsAdapter ? AdapterSet.Create(model, new AdapterConfig { BaseModelNameOrPath = shape.Name, R = Rank, LoraAlpha = 2 * Rank, TargetModules = LoraOptions.AllLinear(model) }, 42) : null;
        IReadOnlyList<(string Name, Parameter Parameter)> trained = Trained(model, adapter, method);
        rehearsal.Prepared();
        var row = new EncodedRow(new int[tokens], new int[tokens]);
        rehearsal.Train(trained, () => new AdamW(ParameterGroups.Trainer(trained, 1e-4, 0)),
            (g, o) => new SupervisedStep(model, g, o, new LearningRateSchedule("constant", 1e-4, 0, 1), 1) { Checkpoints = method.Checkpoints }, [Batch.Pack(row)], null);
        return rehearsal.Peak;
    }

    private static List<(string Name, Parameter Parameter)> Trained(DecoderModel model, AdapterSet? adapter, FitMethod method)
    {
        if (adapter is not null)
        {
            adapter.Attach();
            adapter.TrainOnlyThis();
            return [.. adapter.Tensors.Select(t => (t.Name, t.Parameter))];
        }
        string[] last = [.. Enumerable.Range(model.Config.Layers - FreezeLayers, FreezeLayers).Select(i => $"model.layers.{i}.")];
        List<(string Name, Parameter Parameter)> trained = [];
        foreach (Parameter p in model.Parameters)
        {
            p.RequiresGrad = method != FitMethod.Freeze || last.Any(l => p.Name.StartsWith(l, StringComparison.Ordinal));
            if (!p.RequiresGrad) continue;
            p.Replace(TensorFiles.Clone(p.Value, DType.F32));
            trained.Add((p.Name, p));
        }
        return trained;
    }

    private static void Chat(DecoderModel model, int tokens)
    {
        var logits = new float[model.Vocab];
        using var session = new DecodeSession(model, [new int[tokens]], tokens + 1, usesCache: true);
        session.Start(1, logits, default);
        session.Append(0, 0);
        session.Run([0], logits, default);
    }

    private static double Speed(ModelShape shape, FitMethod method, double gflops, double readGB)
    {
        double forward = 2.0 * shape.MatrixWeights;
        if (method == FitMethod.Inference) return readGB * 1e9 / (2.0 * shape.MatrixWeights);        // BF16: two bytes a weight
        double backward = method == FitMethod.Freeze ? 2.0 * (shape.HeadWeights + 2.0 * FreezeLayers * shape.LayerWeights)
            : method.IsAdapter ? forward : 2 * forward;
        double again = method.Checkpoints ? 2.0 * shape.LayerWeights * shape.Config.Layers : 0;
        return gflops * 1e9 * TrainingShare / (forward + backward + again);
    }
}
