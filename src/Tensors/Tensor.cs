using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>An n-dimensional array on a device: a block of memory seen through a shape and strides.</summary>
/// <remarks>
/// A tensor belongs to the <see cref="TensorScope"/> it was made in and dies with it; outside every scope the caller disposes it.
/// It has no views and no arithmetic of its own: those are operators, so that none can lose a gradient.
/// </remarks>
public sealed class Tensor : IDisposable
{
    private Storage? _storage;
    private readonly int[] _strides;

    internal Tensor(Storage storage, Shape shape, int[] strides, long offset, DType dtype)
    {
        _storage = storage;
        Shape = shape;
        _strides = strides;
        Offset = offset;
        DType = dtype;
        IsContiguous = Contiguous(shape, strides);
        TensorScope.Adopt(this);
    }

    /// <summary>Lengths of the dimensions.</summary>
    public Shape Shape { get; }

    /// <summary>Type of the elements.</summary>
    public DType DType { get; }

    /// <summary>The device that holds the elements.</summary>
    public Backend Backend => Storage.Backend;

    /// <summary>Steps between neighbours in each dimension, in elements; 0 where one element stands for all.</summary>
    public ReadOnlySpan<int> Strides => _strides;

    /// <summary>True when the elements lie one after another in row-major order.</summary>
    public bool IsContiguous { get; }

    /// <summary>True when neighbours in the last dimension lie side by side.</summary>
    public bool HasUnitRows => Shape.Rank == 0 || Shape.Last <= 1 || _strides[^1] == 1;

    /// <summary>Elements from the start of the block to the first element.</summary>
    internal long Offset { get; }

    /// <summary>What made this tensor, for the tape alone: an operator's node, a parameter, or nothing.</summary>
    internal object? Node { get; set; }

    /// <summary>Which output of <see cref="Node"/> this is.</summary>
    internal int NodeOutput { get; set; }

    internal TensorScope.Frame? Owner { get; set; }
    internal int OwnerIndex { get; set; }

    internal Storage Storage => _storage ?? throw new ObjectDisposedException(nameof(Tensor), $"tensor: {DType.Name} {Shape} is used after its scope ended");

    internal bool IsDisposed => _storage is null;

    /// <summary>Address of the first element, for backends whose memory the process can see, and a handle plus bytes for others.</summary>
    internal nint Address => Storage.Pointer + (nint)(Offset * DType.Size);

    /// <summary>A new tensor with undefined elements.</summary>
    public static Tensor Empty(Backend backend, Shape shape, DType dtype = DType.F32) =>
        new(backend.Rent(checked(shape.Count * dtype.Size)), shape, shape.ContiguousStrides(), 0, dtype);

    /// <summary>A new tensor on the same device with undefined elements of the same shape and, unless named, dtype.</summary>
    public static Tensor EmptyLike(Tensor x, DType? dtype = null) => Empty(x.Backend, x.Shape, dtype ?? x.DType);

    /// <summary>A new tensor of zeros.</summary>
    public static Tensor Zeros(Backend backend, Shape shape, DType dtype = DType.F32) => Full(backend, shape, 0, dtype);

    /// <summary>A new tensor with the same value everywhere.</summary>
    public static Tensor Full(Backend backend, Shape shape, double value, DType dtype = DType.F32)
    {
        Tensor y = Empty(backend, shape, dtype);
        try { backend.Fill(y, value); }
        catch
        {
            y.Dispose();
            throw;
        }
        return y;
    }

    /// <summary>A new tensor with a copy of host elements in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of elements is not that of the shape.</exception>
    public static Tensor From<T>(Backend backend, ReadOnlySpan<T> elements, Shape shape) where T : unmanaged
    {
        if (elements.Length != shape.Count)
            throw new ArgumentException($"tensor: {elements.Length} elements given for {shape} ({elements.Length} against {shape.Count})");
        Tensor y = Empty(backend, shape, DTypes.Of<T>());
        try { backend.Upload(MemoryMarshal.AsBytes(elements), y); }
        catch
        {
            y.Dispose();
            throw;
        }
        return y;
    }

    /// <summary>Copies the elements to the host in row-major order, after all queued work is done.</summary>
    /// <exception cref="ArgumentException">T is not the dtype's element or the length is not the tensor's.</exception>
    public void CopyTo<T>(Span<T> elements) where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw new ArgumentException($"tensor: read as {typeof(T).Name} but it is {DType.Name}");
        if (elements.Length != Shape.Count) throw new ArgumentException($"tensor: room for {elements.Length} elements of {Shape} ({elements.Length} against {Shape.Count})");
        if (IsContiguous)
        {
            Backend.Download(this, MemoryMarshal.AsBytes(elements));
            return;
        }
        using Tensor packed = Empty(Backend, Shape, DType);
        Backend.Copy(this, packed);
        Backend.Download(packed, MemoryMarshal.AsBytes(elements));
    }

    /// <summary>The elements in row-major order.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        var elements = new T[Shape.Count];
        CopyTo(elements.AsSpan());
        return elements;
    }

    /// <summary>The one element of an F32 tensor that has one.</summary>
    public float Item()
    {
        Span<float> one = stackalloc float[1];
        CopyTo(one);
        return one[0];
    }

    /// <summary>The same block seen otherwise. Only operators and kernels may use it: it carries no gradient.</summary>
    internal Tensor View(Shape shape, int[] strides, long offset)
    {
        Storage storage = Storage;
        storage.AddHold();
        return new(storage, shape, strides, offset, DType);
    }

    /// <summary>The same elements under another shape; the tensor must be contiguous.</summary>
    internal Tensor View(Shape shape)
    {
        if (!IsContiguous) throw new ArgumentException($"view: {Shape} is not contiguous and cannot be seen as {shape}");
        if (shape.Count != Shape.Count) throw new ArgumentException($"view: {Shape} cannot be seen as {shape} ({Shape.Count} elements against {shape.Count})");
        return View(shape, shape.ContiguousStrides(), Offset);
    }

    /// <summary>A second handle on the same elements that belongs to no scope.</summary>
    internal Tensor Hold()
    {
        Storage storage = Storage;
        storage.AddHold();
        using (TensorScope.Suspend())
            return new(storage, Shape, _strides, Offset, DType);
    }

    /// <summary>This tensor when it is contiguous, else a contiguous copy.</summary>
    internal Tensor Packed()
    {
        if (IsContiguous) return this;
        Tensor y = Empty(Backend, Shape, DType);
        Backend.Copy(this, y);
        Backend.PackedCopies++;
        return y;
    }

    /// <summary>This tensor when its rows are contiguous, else a contiguous copy, which is counted: what an operator's Forward hands to a kernel.</summary>
    /// <remarks>The copy carries no gradient; only <c>Op.Forward</c> and kernels may use it.</remarks>
    public Tensor WithUnitRows() => HasUnitRows ? this : Packed();

    /// <summary>Lets go of the block. Safe to call twice.</summary>
    public void Dispose()
    {
        Storage? storage = _storage;
        if (storage is null) return;
        _storage = null;
        Node = null;
        Owner?.Forget(this);
        storage.Release();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{DType.Name} {Shape}";

    private static bool Contiguous(Shape shape, int[] strides)
    {
        int expected = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            int length = shape[i];
            if (length == 0) return true;
            if (length != 1 && strides[i] != expected) return false;
            expected *= length;
        }
        return true;
    }
}
