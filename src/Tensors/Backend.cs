using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One device with one in-order queue: its memory, the primitives every operator can be composed of, and its fused kernels.</summary>
/// <remarks>Work is enqueued; only <see cref="Download"/> waits. All calls of one backend come from one thread at a time.</remarks>
public abstract partial class Backend : IDisposable
{
    private readonly Dictionary<Type, object> _used = [];

    /// <summary>Short name: cpu, reference, null, npu, opencl.</summary>
    public abstract string Name { get; }

    /// <summary>What the device is and what of it is used, for people.</summary>
    public virtual string Description => Name;

    /// <summary>Whether operators run by their definitions here even where a portable kernel would do: true for the oracle.</summary>
    public virtual bool RunsDefinitions => false;

    /// <summary>Whether it only counts memory and computes nothing: what is written and read has no meaning, so nobody need make it.</summary>
    internal virtual bool IsMeasuring => false;

    /// <summary>Whether the process sees the device's memory.</summary>
    internal virtual bool IsHost => false;

    /// <summary>
    /// What both operands of every product of matrices are rounded to, to nearest even, before they are multiplied: those of <see cref="MatMul"/>
    /// and those inside fused kernels. Sums run in F32 and results keep their dtype. F32, as each backend begins, rounds nothing.
    /// </summary>
    /// <exception cref="NotSupportedException">The device does not multiply this dtype.</exception>
    public DType ProductType
    {
        get;
        set
        {
            if (!Multiplies(value)) throw new NotSupportedException($"{Name}: this device has no matrix products of {value.Name}; ask Multiplies first, or leave them f32");
            field = value;
        }
    }

    /// <summary>Whether products of matrices can take operands of this dtype and add up in F32. F32 every device has.</summary>
    public virtual bool Multiplies(DType type) => type == DType.F32;

    /// <summary>
    /// From here on the device notes whether an operand or a result of a 16-bit product is beyond the range of its dtype. Where that becomes an
    /// infinity it shows in the gradients by itself, and nothing is done; a device that puts the largest number in its place has to look.
    /// </summary>
    internal virtual void WatchOverflow() { }

    /// <summary>Ends the watch: where something was beyond the range a sum of squares, F32 [1], becomes -1. Nothing is read back.</summary>
    internal virtual void EndWatch(Tensor sum) { }

    /// <summary>Contiguous copies that kernels had to make of inputs with strided rows.</summary>
    public long PackedCopies { get; internal set; }

    /// <summary>The kernel in use for a contract: one given by <see cref="Use"/>, else the backend's own, else null.</summary>
    public TKernel? Find<TKernel>() where TKernel : class =>
        _used.Count > 0 && _used.TryGetValue(typeof(TKernel), out object? used) ? (TKernel)used : this as TKernel;

    /// <summary>Puts a kernel in the place of the backend's own until the result is disposed.</summary>
    public IDisposable Use<TKernel>(TKernel kernel) where TKernel : class
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (!typeof(TKernel).IsInterface) throw new ArgumentException($"use: name the kernel's interface, not {typeof(TKernel).Name}");
        _used.TryGetValue(typeof(TKernel), out object? before);
        _used[typeof(TKernel)] = kernel;
        return new Restore(this, typeof(TKernel), before);
    }

    /// <summary>Kernels put in by <see cref="Use"/>.</summary>
    internal int KernelsInUse => _used.Count;

    /// <summary>Waits until all queued work is done.</summary>
    public virtual void Synchronize() { }

    /// <summary>Keeps a matrix that stays as it is in the form that products take it in, where there is one; see <see cref="Weight.Prepare"/>.</summary>
    internal virtual void Prepare(Tensor weight, bool backward) { }

    /// <summary>Copies host bytes into a contiguous tensor.</summary>
    public abstract void Upload(ReadOnlySpan<byte> elements, Tensor y);

    /// <summary>Copies a contiguous tensor's bytes to the host, after all queued work.</summary>
    public abstract void Download(Tensor x, Span<byte> elements);

    /// <summary>y = value, converted to y's dtype.</summary>
    public abstract void Fill(Tensor y, double value);

    /// <summary>y = x, element by element, with any strides and any two dtypes; narrowing rounds to nearest even.</summary>
    public abstract void Copy(Tensor x, Tensor y);

    /// <summary>y = alpha · a b (+ y), for each matrix of the leading dimensions, a and b rounded to <see cref="ProductType"/>.</summary>
    /// <param name="a">[..., m, k], any strides (a transpose is a view), any float dtype.</param>
    /// <param name="b">[..., k, n], likewise; leading lengths as a's.</param>
    /// <param name="y">[..., m, n], rows contiguous. The sum over k runs in F32, in an order that shapes and layout alone decide.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    public abstract void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false);

    /// <summary>y = f(x), element by element; x and y of the same shape and float dtype.</summary>
    public abstract void Unary(UnaryKind kind, Tensor x, Tensor y);

    /// <summary>y = f(a, b), element by element; same shapes (stride 0 broadcasts) and dtypes; comparisons write Bool.</summary>
    public abstract void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y);

    /// <summary>y = f(a, b) with a number b; comparisons write Bool.</summary>
    public abstract void Binary(BinaryKind kind, Tensor a, double b, Tensor y);

    /// <summary>y = condition ? a : b, element by element; condition is Bool.</summary>
    public abstract void Select(Tensor condition, Tensor a, Tensor b, Tensor y);

    /// <summary>y = reduction of x over its last dimension (+ y). x [..., n], y [...]. Accumulates in F32 or wider.</summary>
    public abstract void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false);

    /// <summary>Index of the largest element of each row, the first of equals. x [..., n], y [...] I32.</summary>
    public abstract void ArgMax(Tensor x, Tensor y);

    /// <summary>y[i] = table[ids[i]]; table [rows, d] of any float dtype, ids I32 [n], y [n, d].</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table (checked where the host can see it).</exception>
    public abstract void Gather(Tensor table, Tensor ids, Tensor y);

    /// <summary>table[ids[i]] += dy[i], in the order of i. Ids below 0 are left out.</summary>
    public abstract void ScatterAdd(Tensor dy, Tensor ids, Tensor table);

    private sealed class Restore(Backend backend, Type contract, object? before) : IDisposable
    {
        public void Dispose()
        {
            if (before is null) backend._used.Remove(contract);
            else backend._used[contract] = before;
        }
    }
}
