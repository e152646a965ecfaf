namespace Pure.Tuner.Cli;

/// <summary>Made-up weights of a published shape, in any type.</summary>
internal static class BenchWeights
{
    /// <summary>Refuses a type that is none.</summary>
    public static void Check(string? dtype)
    {
        if (dtype is null or "f32" or "bf16" || PackedSample.Find(dtype) is not null) return;
        string[] known = ["f32", "bf16", .. PackedSample.All.Select(s => s.Format.Name)];
        throw new UsageException($"bench: dtype: there is no '{dtype}'; did you mean '{Nearest.Of(dtype, known)}'? (known: {string.Join(", ", known)})");
    }

    /// <summary>The shape that is asked for, SmolLM2-135M where none is.</summary>
    public static ModelShape Shape(BenchOptions o) => ModelShape.Find(o.Shape ?? "smollm2-135m").With(o.Sizes);

    public static DecoderModel Model(BenchOptions o, Backend backend)
    {
        ModelShape shape = Shape(o);
        PackedSample? packed = o.DType is { } name ? PackedSample.Find(name) : null;
        return new DecoderModel(shape.Config, WeightSource.Synthetic(backend, o.DType == "bf16" ? DType.BF16 : DType.F32, packed is null ? null : new Sampled(packed), shape.Config.TiesHead != true));
    }

    /// <summary>Random codes in place of rounded numbers: what a product costs does not depend on them.</summary>
    private sealed class Sampled(PackedSample sample) : IQuantizer
    {
        public PackedFormat Format => sample.Format;

        public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows) => sample.Make(backend, shape, Kernels.CounterRandom.Key(5, 0, 0, name));
    }
}
