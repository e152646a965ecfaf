using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>One block of a decoder on the card beside the same on the reference backend.</summary>
/// <param name="DType">What the weights are stored in; computation is F32.</param>
/// <param name="LossError">Difference of the losses over the loss.</param>
/// <param name="GradientError">The largest of all parameters: length of the difference over length of the gradient.</param>
/// <param name="Passed">Whether both are as small as rounding makes them.</param>
/// <param name="Fault">What went wrong, if it did not run.</param>
/// <param name="Planned">Operators that were planned for it.</param>
/// <param name="Reused">Operators that were launched with what an earlier pass had planned.</param>
internal sealed record NpuCheck(string DType, double LossError, double GradientError, bool Passed, string? Fault, long Planned, long Reused);

/// <summary>A rate that was measured on the card.</summary>
internal sealed record NpuRate(string What, double Value, string Unit);

/// <summary>What <c>doctor --device npu</c> found: all that helps to tell why a card does not work, in one object.</summary>
internal sealed record NpuReport
{
    /// <summary>Symbols by what stops without them.</summary>
    private static readonly (string Feature, string[] Operators)[] s_features =
    [
        ("attention", ["FlashAttentionScore", "FlashAttentionScoreGrad", "FlashAttentionVarLenScore", "FlashAttentionUnpaddingScoreGrad"]),
        ("norms", ["RmsNorm", "RmsNormGrad"]),
        ("rotation", ["RotaryPositionEmbedding", "RotaryPositionEmbeddingGrad"]),
        ("gates", ["SwiGlu", "SwiGluGrad", "Silu", "SiluBackward"]),
        ("loss", ["LogSoftmax", "Softmax", "SoftmaxBackward"]),
        ("optimizer", ["ApplyAdamWV2"]),
        ("dropout", ["DropoutDoMask"]),
        ("4-bit weights", ["WeightQuantBatchMatmulV2"]),
        ("everything", ["Add", "Mul", "Muls", "Cast", "InplaceCopy", "InplaceFillScalar", "Matmul", "ReduceSum", "Amax", "SWhere", "IndexSelect", "IndexAdd"]),
    ];

    public required string Device { get; init; }
    public required string Card { get; init; }
    public required string Toolkit { get; init; }
    public required string? RuntimeVersion { get; init; }
    public required string Host { get; init; }
    public required long FreeBytes { get; init; }
    public required long TotalBytes { get; init; }
    public required IReadOnlyDictionary<string, string[]> MissingSymbols { get; init; }
    public required string[] Ways { get; init; }
    public required string[] RefusedKernels { get; init; }
    public required NpuCheck[] Checks { get; init; }
    public required NpuRate[] Rates { get; init; }
    public required long HostFallbacks { get; init; }
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
    public required string Verdict { get; init; }
    public required bool Usable { get; init; }

    /// <summary>Opens the card, compares and measures: some seconds.</summary>
    /// <exception cref="UsageException">There is no toolkit or card; the sentence says what to do.</exception>
    internal static NpuReport Make(string device)
    {
        Backend backend = LanguageModel.OpenBackend(device, null);
        if (backend is not AscendBackend npu)
        {
            backend.Dispose();
            throw new UsageException($"doctor: device: '{device}' is no Ascend card; name npu or npu:1, or leave the option out for the computer itself");
        }
        using (npu)
        {
            (long free, long total) = npu.Device.Memory();
            NpuCheck[] checks = [.. ((DType[])[DType.F32, DType.F16, DType.BF16]).Where(npu.Capabilities.Computes).Select(d => Check(npu, d))];
            bool usable = checks.Length > 0 && checks.All(c => c.Passed);
            foreach (AscendKernel kernel in usable ? Enum.GetValues<AscendKernel>() : [])
                foreach (DType dtype in (DType[])[DType.F32, DType.F16, DType.BF16]) npu.Capabilities.Has(kernel, dtype);
            NpuRate[] rates = usable ? [.. Measure(npu)] : [];
            return new()
            {
                Device = device,
                Card = npu.Card.SocName,
                Toolkit = npu.Source,
                RuntimeVersion = npu.Device.Version(),
                Host = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}",
                FreeBytes = free,
                TotalBytes = total,
                MissingSymbols = Missing(npu.Library.Missing),
                Ways = npu.Card.Series == AscendSeries.Unknown
                    ? ["the card is in no list: each kernel is asked for when it is needed"]
                    : [.. AscendCapabilities.List(npu.Card.Series).Select(r => $"{r.Operator} {r.DType.Name}: {r.Way.ToString().ToLowerInvariant()} ({r.By})")],
                RefusedKernels = [.. npu.Capabilities.Refused, .. npu.Refusals],
                Checks = checks,
                Rates = rates,
                HostFallbacks = npu.HostFallbacks,
                Environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(e => ((string)e.Key, (string?)e.Value ?? ""))
                    .Where(e => e.Item1.StartsWith("ASCEND_", StringComparison.Ordinal) || e.Item1.StartsWith("HCCL_", StringComparison.Ordinal) || e.Item1 is "TASK_QUEUE_ENABLE" or "PURE_TUNER_EXECUTOR_CACHE" or "LD_LIBRARY_PATH")
                    .OrderBy(e => e.Item1, StringComparer.Ordinal).ToDictionary(e => e.Item1, e => e.Item2, StringComparer.Ordinal),
                Usable = usable,
                Verdict = usable
                    ? npu.Card.IsForTraining ? "ready: forward and backward agree with the reference" : "ready for answers: the card is made for inference, training runs by composition"
                    : $"not usable: {checks.FirstOrDefault(c => !c.Passed) switch { null => "it computes in no type that is needed", { Fault: { } fault } => fault, var c => $"in {c.DType} the loss differs by {c.LossError:G2} and gradients by {c.GradientError:G2} of their size" }}",
            };
        }
    }

    private static SortedDictionary<string, string[]> Missing(IReadOnlyList<string> names)
    {
        var missing = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            // Of operators only those that something stops without; of the runtime all.
            string? feature = name.StartsWith("aclnn", StringComparison.Ordinal) ? s_features.FirstOrDefault(f => f.Operators.Any(o => name == $"aclnn{o}" || name == $"aclnn{o}GetWorkspaceSize")).Feature : "runtime";
            if (feature is not null) missing[feature] = [.. missing.GetValueOrDefault(feature, []), name];
        }
        return missing;
    }

    /// <summary>Loss and every gradient of a model of one block, on the card and on the reference backend; three times, since from the third on operators are launched as they were planned before.</summary>
    private static NpuCheck Check(AscendBackend npu, DType dtype)
    {
        const int Passes = 3;
        long planned = npu.PlannedCalls, reused = npu.ReusedCalls;
        try
        {
            using var oracle = new ReferenceBackend();
            (double expected, double[][] right) = Step(oracle, dtype);
            double lossError = 0, worst = 0;
            for (int pass = 0; pass < Passes; pass++)
            {
                (double loss, double[][] gradients) = Step(npu, dtype);
                lossError = Larger(lossError, Math.Abs(loss - expected) / expected);
                for (int i = 0; i < right.Length; i++)
                {
                    double difference = Math.Sqrt(right[i].Zip(gradients[i], (a, b) => (a - b) * (a - b)).Sum()), size = Math.Sqrt(right[i].Sum(v => v * v));
                    worst = Larger(worst, difference / Math.Max(size, 1e-12));
                }
            }
            // Products of F32 that a card makes in F16 round as those do.
            double unit = dtype == DType.F32 && npu.Card.CubeMathType(DType.F32) == 0 ? 1e-5 : dtype == DType.BF16 ? 0.05 : 0.01;
            return new(dtype.Name, lossError, worst, lossError <= unit && worst <= 10 * unit, null, npu.PlannedCalls - planned, npu.ReusedCalls - reused);
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or OutOfMemoryException)
        {
            return new(dtype.Name, double.NaN, double.NaN, false, e.Message, npu.PlannedCalls - planned, npu.ReusedCalls - reused);
        }

        // No number is the worst of all.
        static double Larger(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b);
    }

    private static (double Loss, double[][] Gradients) Step(Backend backend, DType dtype)
    {
        const string Config = """
            { "model_type": "qwen2", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2,
              "vocab_size": 160, "rms_norm_eps": 1e-6, "tie_word_embeddings": true, "max_position_embeddings": 64 }
            """;
        const int Tokens = 32;
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "doctor"), WeightSource.Fresh(backend, 11, 0.05));
        foreach (Parameter p in model.Parameters)
        {
            if (dtype != DType.F32) p.Replace(TensorFiles.Clone(p.Value, dtype));
            p.RequiresGrad = true;
        }
        using var gradients = new Gradients(model.Parameters);
        int[] ids = [.. Enumerable.Range(0, Tokens).Select(i => i * 37 % 160)], rows = [.. Enumerable.Range(0, Tokens - 2)], targets = [.. rows.Select(r => ids[r + 1])];
        double loss;
        using (var tape = Tape.Begin())
        using (TensorScope.Begin())
        {
            var context = ForwardContext.Packed(20, Tokens - 20);
            Tensor mean = model.NegativeLogLikelihood(model.Hidden(ids, context), context, rows, targets).Sum() * (1f / rows.Length);
            tape.Backward(mean);
            loss = mean.Item();
        }
        gradients.Complete();
        return (loss, [.. gradients.Parameters.Select(p => Array.ConvertAll(p.Grad!.ToArray<float>(), v => (double)v))]);
    }

    private static IEnumerable<NpuRate> Measure(AscendBackend npu)
    {
        const int Launches = 200, Edge = 1024, Elements = 16 << 20;
        using (Tensor x = Tensor.Zeros(npu, [256]))
        {
            double seconds = Best(npu, () => { for (int i = 0; i < Launches; i++) npu.Binary(BinaryKind.Add, x, 1, x); });
            yield return new("a launch of a small operator", seconds / Launches * 1e6, "us");
        }
        var host = new float[Elements];
        using (Tensor big = Tensor.Zeros(npu, [Elements]))
        {
            yield return new("copy to the card", 4e-9 * Elements / Best(npu, () => npu.Upload(MemoryMarshal.AsBytes<float>(host), big)), "GB/s");
            yield return new("copy from the card", 4e-9 * Elements / Best(npu, () => npu.Download(big, MemoryMarshal.AsBytes(host.AsSpan()))), "GB/s");
        }
        foreach (DType dtype in ((DType[])[DType.F32, DType.F16, DType.BF16]).Where(d => npu.Capabilities.Has(AscendKernel.MatMul, d)))
        {
            using Tensor a = Tensor.Full(npu, [Edge, Edge], 0.5, dtype), b = Tensor.Full(npu, [Edge, Edge], 0.25, dtype), y = Tensor.Empty(npu, [Edge, Edge], dtype);
            yield return new($"matrix multiply of {Edge}, {dtype.Name}", 2e-9 * Edge * Edge * Edge / InARow(npu, () => npu.MatMul(a, b, y)), "GFLOP/s");
        }
    }

    /// <summary>Seconds of one of many in a row, so that neither handing over nor waiting is what is measured: as many as last a twentieth of a second.</summary>
    private static double InARow(AscendBackend npu, Action run)
    {
        int count = (int)Math.Clamp(0.05 / Best(npu, run), 1, 64);
        return count == 1 ? Best(npu, run) : Best(npu, () => { for (int i = 0; i < count; i++) run(); }) / count;
    }

    /// <summary>Seconds of the best of some runs, waited for.</summary>
    private static double Best(AscendBackend npu, Action run)
    {
        double best = double.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            npu.Synchronize();
            if (i > 0) best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
