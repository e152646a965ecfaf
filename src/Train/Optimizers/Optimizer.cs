using System.Globalization;

namespace Pure.Tuner;

/// <summary>Moves parameters against their gradients, and keeps what it has to remember between steps.</summary>
/// <param name="groups">Parameters by rate and decay.</param>
internal abstract class Optimizer(IReadOnlyList<ParameterGroup> groups) : IDisposable
{
    /// <summary>Parameters by rate and decay.</summary>
    internal IReadOnlyList<ParameterGroup> Groups { get; } = groups;

    /// <summary>Steps done.</summary>
    internal int Steps { get; private set; }

    /// <summary>Bytes of the state.</summary>
    internal long StateBytes => State().Sum(s => s.Value.Shape.Count * s.Value.DType.Size);

    /// <summary>One step.</summary>
    /// <param name="rateFactor">The schedule's factor of this step.</param>
    /// <param name="gradScale">Factor of all gradients.</param>
    internal void Step(double rateFactor, float gradScale)
    {
        Steps++;
        foreach (ParameterGroup group in Groups)
            foreach ((_, Parameter parameter) in group.Parameters) parameter.Value.Storage.Written();
        Update(rateFactor, gradScale);
    }

    /// <summary>The step itself; <see cref="Steps"/> counts it already.</summary>
    protected abstract void Update(double rateFactor, float gradScale);

    /// <summary>The state of each parameter as "parameter.name", named as PyTorch's optimizer of that kind names it.</summary>
    internal abstract IEnumerable<(string Name, Tensor Value)> State();

    /// <summary>Writes the state; the number of steps stands in the metadata.</summary>
    internal void Save(string path)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["steps"] = Steps.ToString(CultureInfo.InvariantCulture);
        foreach ((string name, Tensor value) in State()) TensorFiles.Add(writer, name, value);
        writer.Save(path);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">A tensor is missing or of another shape.</exception>
    internal void Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach ((string name, Tensor value) in State())
        {
            if (file.Find(name) is not { } entry || !entry.Shape.SequenceEqual(value.Shape.Select(d => (long)d)) || entry.Type.Keep != value.DType || entry.Type.Bits != 8 * value.DType.Size)
                throw new CheckpointException($"{path}: '{name}' is missing or not {value.DType.Name} {value.Shape}; the file belongs to another run");
            value.Backend.Upload(file.Bytes(name), value);
        }
        Steps = file.Metadata.TryGetValue("steps", out string? steps) && int.TryParse(steps, out int n) ? n : throw new CheckpointException($"{path}: the number of steps is missing; the file belongs to another program");
    }

    /// <summary>Gives the state back.</summary>
    public abstract void Dispose();
}
