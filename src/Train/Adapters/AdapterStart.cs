using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Where an adapter's first values come from.</summary>
internal interface IStart
{
    /// <summary>A tensor of the adapter.</summary>
    Parameter Make(Backend backend, string name, Shape shape, Func<float[]> fresh);

    /// <summary>A tensor that may be stored with the adapter, or null.</summary>
    Tensor? Optional(Backend backend, string name, Shape shape);

    /// <summary>Whether nothing is stored: the adapter begins here.</summary>
    bool IsFresh { get; }

    /// <summary>The random A of the next linear layer.</summary>
    float[] NextA();
}

/// <summary>Drawn from a seed as PEFT draws.</summary>
internal sealed class FreshStart(long seed, List<(Linear Layer, int Rank)> targets) : IStart
{
    private readonly IEnumerator<float[]> _draws =
        LoraStart.Draw(seed, targets.Select(t => new LoraShape(t.Layer.In, t.Rank, t.Layer.Out))).GetEnumerator();

    public bool IsFresh => true;

    public Parameter Make(Backend backend, string name, Shape shape, Func<float[]> fresh)
    {
        if (backend.IsMeasuring)
            using (TensorScope.Suspend()) return new Parameter(name, Tensor.Empty(backend, shape));
        float[] values = fresh();                // what it computes belongs to the caller's scope
        using (TensorScope.Suspend())
            return new Parameter(name, Tensor.From<float>(backend, values, shape));
    }

    public Tensor? Optional(Backend backend, string name, Shape shape) => null;

    public float[] NextA() => _draws.MoveNext() ? _draws.Current : throw new InvalidOperationException("lora start: more layers than announced");

    /// <summary>Standard normal numbers as a function of the name.</summary>
    internal static float[] Normal(long count, string name)
    {
        var values = new float[count];
        ulong key = CounterRandom.Key(0, 0, 0, name);
        for (long i = 0; i < count; i++)
        {
            double u = (CounterRandom.Word(key, 2 * i) + 1.0) / 4294967297.0, v = CounterRandom.Word(key, 2 * i + 1) / 4294967296.0;
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }
        return values;
    }
}

/// <summary>Read from adapter_model.safetensors.</summary>
internal sealed class StoredStart(Checkpoint file, string folder) : IStart
{
    private readonly HashSet<string> _rest = [.. file.Names];

    public bool IsFresh => false;

    public Parameter Make(Backend backend, string name, Shape shape, Func<float[]> fresh)
    {
        Tensor? value = Optional(backend, name, shape);
        return value is not null ? new Parameter(name, value) : throw new UsageException($"{file.Source}: tensor '{name}' is missing; adapter_config.json asks for it");
    }

    public Tensor? Optional(Backend backend, string name, Shape shape)
    {
        if (!_rest.Remove(name)) return null;
        CheckpointTensor stored = file.Describe(name);
        if (!stored.Shape.SequenceEqual(shape.Select(d => (long)d)))
            throw new UsageException($"{file.Source}: tensor '{name}' is [{string.Join(", ", stored.Shape)}] where the base and adapter_config.json ask for {shape}; the adapter was made for another base");
        var values = new float[stored.Elements];
        file.Read(name, values);
        using (TensorScope.Suspend()) return Tensor.From<float>(backend, values, shape);
    }

    public float[] NextA() => throw new InvalidOperationException("stored adapter: nothing is drawn");

    /// <summary>A tensor that nobody asked for would be lost without a word.</summary>
    internal void RefuseRest()
    {
        if (_rest.Count > 0)
            throw new UsageException($"{folder}: tensor '{_rest.Order(StringComparer.Ordinal).First()}' is in the file but adapter_config.json gives it no place ({_rest.Count} such tensors)");
    }
}
