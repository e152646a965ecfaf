using System.Buffers;

namespace Pure.Tuner;

/// <summary>Where modules get their parameters, and the registry of all that were made, in construction order with the published names.</summary>
internal sealed class WeightSource
{
    private readonly Registry _registry;

    private WeightSource(Registry registry, string path) => (_registry, Path) = (registry, path);

    /// <summary>Weights from a checkpoint, on a backend.</summary>
    /// <param name="checkpoint">The tensors.</param>
    /// <param name="backend">The device.</param>
    /// <param name="layout">Where packed weights stand in it, or null: none are packed.</param>
    /// <param name="expands">Whether packed weights are dequantised, to F32.</param>
    internal static WeightSource From(Checkpoint checkpoint, Backend backend, PackedLayout? layout, bool expands = false) => new(new Registry(backend, new CheckpointFill(checkpoint, layout, expands)), "");

    /// <summary>Fresh parameters: normal with the given deviation for matrices, 1 for norms, 0 for biases.</summary>
    internal static WeightSource Fresh(Backend backend, int seed, double deviation) => new(new Registry(backend, new FreshFill(seed, deviation)), "");

    /// <summary>Parameters of a type whose elements mean nothing: for rehearsals of models that are not there.</summary>
    /// <param name="backend">A device that only counts.</param>
    /// <param name="dtype">Type of all of them.</param>
    /// <param name="ownHead">Whether the output head has a weight of its own.</param>
    /// <param name="packed">Format of the linear layers of the blocks, or null.</param>
    internal static WeightSource Shapes(Backend backend, DType dtype, bool ownHead, PackedFormat? packed = null) => new(new Registry(backend, new ShapeFill(dtype, ownHead, packed)), "");

    /// <summary>Made-up weights that cost little to make: for measurements of models that are not there.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="dtype">Type of what is not packed.</param>
    /// <param name="quantizer">Rounds the linear layers of the blocks, or null.</param>
    /// <param name="ownHead">Whether the output head has a weight of its own.</param>
    internal static WeightSource Synthetic(Backend backend, DType dtype, IQuantizer? quantizer, bool ownHead) => new(new Registry(backend, new SyntheticFill(dtype, quantizer, ownHead)), "");

    /// <summary>Where the module stands, as in the checkpoint's names.</summary>
    internal string Path { get; }

    internal Backend Backend => _registry.Backend;

    /// <summary>All parameters made so far, in order; packed weights are not among them.</summary>
    internal IReadOnlyList<Parameter> Parameters => _registry.Parameters;

    /// <summary>All parameters and packed weights made so far, in order.</summary>
    internal IReadOnlyList<Weight> Weights => _registry.Weights;

    /// <summary>The source for a part of the module.</summary>
    internal WeightSource At(string name) => new(_registry, Join(name));

    /// <summary>Whether the checkpoint has it; a fresh source has everything.</summary>
    internal bool Has(string name) => _registry.Fill.Has(Join(name));

    /// <summary>Makes, names and records a parameter.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    internal Parameter Parameter(string name, Shape shape)
    {
        string path = Join(name);
        using (TensorScope.Suspend()) return Adopt(path, _registry.Fill.Make(Backend, path, shape));
    }

    /// <summary>Makes, names and records a matrix: packed where the checkpoint has it so and it is to stay so, else a parameter.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    internal Weight Weight(string name, Shape shape)
    {
        string path = Join(name);
        using (TensorScope.Suspend())
        {
            if (_registry.Fill.MakePacked(Backend, path, shape) is not { } packed) return Parameter(name, shape);
            _registry.Weights.Add(packed);
            return packed;
        }
    }

    /// <summary>Records a parameter made elsewhere; takes the tensor over.</summary>
    internal Parameter Adopt(string path, Tensor value)
    {
        var parameter = new Parameter(path, value);
        _registry.Weights.Add(parameter);
        _registry.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Puts another weight in the place of one that was made here, in all lists.</summary>
    /// <returns>The old one, which is the caller's now.</returns>
    internal Weight Replace(Weight old, Weight by)
    {
        _registry.Weights[_registry.Weights.IndexOf(old)] = by;
        _registry.Parameters.Clear();
        _registry.Parameters.AddRange(_registry.Weights.OfType<Parameter>());
        return old;
    }

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private sealed record Registry(Backend Backend, IFill Fill)
    {
        internal List<Parameter> Parameters { get; } = [];
        internal List<Weight> Weights { get; } = [];
    }

    private interface IFill
    {
        bool Has(string path);
        Tensor Make(Backend backend, string path, Shape shape);
        QuantizedTensor? MakePacked(Backend backend, string path, Shape shape) => null;
    }

    private sealed class CheckpointFill(Checkpoint checkpoint, PackedLayout? layout, bool expands) : IFill
    {
        private const int PartBytes = 1 << 20;               // stays in the second-level cache between reading and writing

        public bool Has(string path) => checkpoint.Contains(path) || layout?.Has(path) == true;

        public QuantizedTensor? MakePacked(Backend backend, string path, Shape shape)
        {
            if (expands || layout?.Has(path) != true) return null;
            QuantizedTensor packed = layout.Load(backend, path, shape);
            checkpoint.Release();
            return packed;
        }

        public Tensor Make(Backend backend, string path, Shape shape)
        {
            if (layout?.Has(path) == true)
            {
                using QuantizedTensor packed = layout.Load(backend, path, shape);
                Tensor dense = Tensor.Empty(backend, shape);
                packed.Read(.., dense);
                checkpoint.Release();
                return dense;
            }
            if (!checkpoint.Contains(path))
                throw new CheckpointException($"{checkpoint.Source}: tensor '{path}' is missing; the configuration asks for {shape}: config.json and the weights must be of one model, fetch both again");
            CheckpointTensor stored = checkpoint.Describe(path);
            if (!stored.Shape.SequenceEqual(shape.Select(d => (long)d)))
                throw new CheckpointException($"{checkpoint.Source}: tensor '{path}' is [{string.Join(", ", stored.Shape)}] where the configuration asks for {shape}: config.json and the weights must be of one model, fetch both again");
            DType dtype = stored.DType is { IsFloat: true } kept ? kept : DType.F32;
            if (stored.IsRaw && stored.StoredAs.Equals(dtype.Name, StringComparison.OrdinalIgnoreCase) && checkpoint.Map(backend, path, shape, dtype) is { } mapped) return mapped;
            Tensor tensor = Tensor.Empty(backend, shape, dtype);
            if (backend.IsMeasuring) return tensor;
            byte[]? part = null;
            try
            {
                int rowElements = checked((int)(shape.Count / Math.Max(1, shape[0]))), rowBytes = rowElements * dtype.Size;
                int step = Math.Clamp(PartBytes / Math.Max(1, rowBytes), 1, Math.Max(1, shape[0]));
                part = ArrayPool<byte>.Shared.Rent(Math.Min(step, shape[0]) * rowBytes);
                for (int row = 0; row < shape[0]; row += step)          // never a second copy of a whole tensor
                {
                    int rows = Math.Min(step, shape[0] - row);
                    Span<byte> bytes = part.AsSpan(0, rows * rowBytes);
                    checkpoint.ReadBytes(path, row, bytes);
                    int[] lengths = [.. shape.Lengths];
                    lengths[0] = rows;
                    using Tensor rowsOf = tensor.View(new Shape(lengths), [.. tensor.Strides], (long)row * rowElements);
                    backend.Upload(bytes, rowsOf);
                }
                checkpoint.Release();
                return tensor;
            }
            catch
            {
                tensor.Dispose();
                throw;
            }
            finally
            {
                if (part is not null) ArrayPool<byte>.Shared.Return(part);
            }
        }
    }

    private sealed class ShapeFill(DType dtype, bool ownHead, PackedFormat? packed) : IFill
    {
        public bool Has(string path) => ownHead || path != "lm_head.weight";

        public Tensor Make(Backend backend, string path, Shape shape) => Tensor.Empty(backend, shape, dtype);

        public QuantizedTensor? MakePacked(Backend backend, string path, Shape shape) =>
            packed is not null && path.EndsWith("_proj.weight", StringComparison.Ordinal) ? QuantizedTensor.Empty(backend, path, shape, packed) : null;
    }

    private sealed class FreshFill(int seed, double deviation) : IFill
    {
        public bool Has(string path) => true;

        public Tensor Make(Backend backend, string path, Shape shape)
        {
            if (backend.IsMeasuring) return Tensor.Empty(backend, shape);
            if (shape.Rank == 1) return Tensor.Full(backend, shape, path.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
            var values = new float[shape.Count];
            ulong key = Kernels.CounterRandom.Key(seed, 0, 0, path);
            for (int i = 0; i < values.Length; i += 2)
            {
                double u = (Kernels.CounterRandom.Word(key, i) + 1.0) / 4294967297.0, v = Kernels.CounterRandom.Word(key, i + 1) / 4294967296.0;
                double radius = deviation * Math.Sqrt(-2 * Math.Log(u));          // Box and Muller
                values[i] = (float)(radius * Math.Cos(2 * Math.PI * v));
                if (i + 1 < values.Length) values[i + 1] = (float)(radius * Math.Sin(2 * Math.PI * v));
            }
            return Tensor.From<float>(backend, values, shape);
        }
    }

    /// <summary>Every row is a window on one pool of normal numbers; where it begins follows from the name and the row.</summary>
    private sealed class SyntheticFill(DType dtype, IQuantizer? quantizer, bool ownHead) : IFill
    {
        private const int Pool = 1 << 20;
        private const double Deviation = 0.02;
        private readonly float[] _pool = MakePool();

        public bool Has(string path) => ownHead || path != "lm_head.weight";

        public QuantizedTensor? MakePacked(Backend backend, string path, Shape shape)
        {
            if (quantizer is null || !path.EndsWith("_proj.weight", StringComparison.Ordinal)) return null;
            return backend.IsMeasuring ? QuantizedTensor.Empty(backend, path, shape, quantizer.Format) : quantizer.Quantize(backend, path, shape, (row, y) => Fill(path, row, shape[1], y));
        }

        public Tensor Make(Backend backend, string path, Shape shape)
        {
            if (shape.Rank == 1) return Tensor.Full(backend, shape, path.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
            Tensor y = Tensor.Empty(backend, shape, dtype);
            if (backend.IsMeasuring) return y;
            int step = Math.Max(1, Pool / shape[1]);
            var rows = new float[Math.Min(step, shape[0]) * shape[1]];
            for (int row = 0; row < shape[0]; row += step)
            {
                int count = Math.Min(step, shape[0] - row);
                Fill(path, row, shape[1], rows.AsSpan(0, count * shape[1]));
                using Tensor part = Tensor.From<float>(backend, rows.AsSpan(0, count * shape[1]), [count, shape[1]]), target = y.View([count, shape[1]], [shape[1], 1], (long)row * shape[1]);
                backend.Copy(part, target);
            }
            return y;
        }

        private void Fill(string path, int firstRow, int width, Span<float> y)
        {
            ulong key = Kernels.CounterRandom.Key(1, 0, 0, path);
            for (int row = 0; row * (long)width < y.Length; row++)
            {
                Span<float> target = y.Slice(row * width, width);
                int from = (int)(Kernels.CounterRandom.Word(key, firstRow + row) % Pool);
                while (target.Length > 0)
                {
                    int count = Math.Min(target.Length, Pool - from);
                    _pool.AsSpan(from, count).CopyTo(target);
                    target = target[count..];
                    from = 0;
                }
            }
        }

        private static float[] MakePool()
        {
            var pool = new float[Pool];
            ulong key = Kernels.CounterRandom.Key(1, 0, 0, "pool");
            for (int i = 0; i < Pool; i++)
            {
                double u = (Kernels.CounterRandom.Word(key, 2 * i) + 1.0) / 4294967297.0, v = Kernels.CounterRandom.Word(key, 2 * i + 1) / 4294967296.0;
                pool[i] = (float)(Deviation * Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
            }
            return pool;
        }
    }
}
