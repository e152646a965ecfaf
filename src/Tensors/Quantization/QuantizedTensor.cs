using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>A frozen matrix in a packed format, [out, in]. Gradients go through it, it gets none.</summary>
public sealed class QuantizedTensor : Weight
{
    private readonly Tensor[] _parts;

    /// <summary>Takes over the parts: they leave their scope and are disposed with this.</summary>
    /// <param name="name">Path in the published checkpoint.</param>
    /// <param name="shape">[out, in].</param>
    /// <param name="format">What the parts mean.</param>
    /// <param name="parts">As <see cref="PackedFormat.Parts"/> says, contiguous.</param>
    /// <exception cref="ArgumentException">A part has another shape or dtype than the format asks for.</exception>
    public QuantizedTensor(string name, Shape shape, PackedFormat format, params ReadOnlySpan<Tensor> parts)
    {
        (Name, Shape, Format) = (name, shape, format);
        IReadOnlyList<PackedPart> expected = format.Parts(shape);
        if (parts.Length != expected.Count) throw new ArgumentException($"{name}: {format} {shape} has {expected.Count} parts, not {parts.Length}");
        for (int i = 0; i < parts.Length; i++)
            if (parts[i].Shape != expected[i].Shape || parts[i].DType != expected[i].DType || !parts[i].IsContiguous)
                throw new ArgumentException($"{name}: the {expected[i].Name} of {format} {shape} are {expected[i].DType.Name} {expected[i].Shape}, not {parts[i]}");
        _parts = new Tensor[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            _parts[i] = parts[i].Hold();
            parts[i].Dispose();
        }
    }

    /// <summary>A packed matrix whose parts are still undefined.</summary>
    /// <exception cref="ArgumentException">A matrix of that shape cannot be stored so.</exception>
    public static QuantizedTensor Empty(Backend backend, string name, Shape shape, PackedFormat format)
    {
        IReadOnlyList<PackedPart> parts = format.Parts(shape);
        using (TensorScope.Suspend())
            return new QuantizedTensor(name, shape, format, [.. parts.Select(p => Tensor.Empty(backend, p.Shape, p.DType))]);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Shape Shape { get; }

    /// <summary>What the parts mean.</summary>
    public PackedFormat Format { get; }

    /// <summary>Codes, scales, ...: as <see cref="PackedFormat.Parts"/> says.</summary>
    public IReadOnlyList<Tensor> Parts => _parts;

    /// <inheritdoc/>
    public override Backend Backend => _parts[0].Backend;

    /// <inheritdoc/>
    public override long Bytes => _parts.Sum(p => p.Shape.Count * p.DType.Size);

    /// <inheritdoc/>
    public override void MatMul(Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        (int inner, int outer) = transposed ? (Shape[0], Shape[1]) : (Shape[1], Shape[0]);
        if (x.Shape.Rank != 2 || y.Shape.Rank != 2 || x.Shape[1] != inner || y.Shape[1] != outer || x.Shape[0] != y.Shape[0])
            throw new ArgumentException($"matmul: {Name} {Format} {Shape}{(transposed ? ", transposed," : "")} does not fit {x.Shape} into {y.Shape}");
        Kernel(x).MatMul(this, x, transposed, y, alpha, accumulate);
    }

    /// <inheritdoc/>
    public override void Rows(Tensor ids, Tensor y)
    {
        if (ids.DType != DType.I32 || ids.Shape.Rank != 1 || y.Shape.Rank != 2 || y.Shape[0] != ids.Shape[0] || y.Shape[1] != Shape[1])
            throw new ArgumentException($"rows: {Name} {Format} {Shape} by ids {ids} does not fit {y}");
        Kernel(y).Rows(this, ids, y);
    }

    /// <inheritdoc/>
    public override void Read(Range rows, Tensor y)
    {
        (int start, int length) = rows.GetOffsetAndLength(Shape[0]);
        if (y.Shape.Rank != 2 || y.Shape[0] != length || y.Shape[1] != Shape[1]) throw new ArgumentException($"read: {length} rows of {Name} {Shape} do not fit {y.Shape}");
        Kernel(y).Read(this, start, y);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Tensor part in _parts) part.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Format} {Shape}";

    /// <summary>Elements of a part where the process sees them: for formats and host kernels.</summary>
    /// <param name="part">Its number.</param>
    /// <param name="first">First element, counted in T.</param>
    /// <param name="count">How many.</param>
    internal unsafe Span<T> Part<T>(int part, long first, int count) where T : unmanaged
    {
        Tensor tensor = _parts[part];
        if (!tensor.Backend.IsHost) throw new NotSupportedException($"{Name}: {tensor.Backend.Name} does not let the process see its memory");
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if ((first + count) * sizeof(T) > tensor.Shape.Count * tensor.DType.Size) throw new ArgumentOutOfRangeException(nameof(first), $"{this}: part {part} ends before element {first + count}");
        return new Span<T>((void*)(tensor.Address + (nint)(first * sizeof(T))), count);
    }

    /// <summary>All elements of a part, copied to the host: for files.</summary>
    internal byte[] PartBytes(int part)
    {
        Tensor tensor = _parts[part];
        var bytes = new byte[tensor.Shape.Count * tensor.DType.Size];
        tensor.Backend.Download(tensor, bytes);
        return bytes;
    }

    private IPackedKernel Kernel(Tensor x) => x.Backend.Find<IPackedKernel>()
        ?? throw new NotSupportedException($"{Name}: {x.Backend.Name} cannot compute with packed weights ({Format}); load the model dequantised or take another device");
}
