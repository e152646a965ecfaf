namespace Pure.Tuner.Ascend;

/// <summary>Small tensors that are made once and read for ever: masks, ones, tables. They lie outside the pool, which counts what is alive.</summary>
internal sealed class DeviceConstants : IDisposable
{
    private readonly Dictionary<string, Tensor> _made = new(StringComparer.Ordinal);

    /// <summary>The constant of that name, made on first use.</summary>
    public Tensor Get(AscendBackend backend, string name, Shape shape, DType dtype, Action<Tensor> fill)
    {
        if (_made.TryGetValue(name, out Tensor? known)) return known;
        Tensor made = Outside(backend, shape, dtype);
        try { fill(made); }
        catch
        {
            made.Dispose();
            throw;
        }
        return _made[name] = made;
    }

    /// <summary>A tensor on a block of its own that the pool does not know and no scope owns.</summary>
    public static Tensor Outside(AscendBackend backend, Shape shape, DType dtype)
    {
        long bytes = Math.Max(1, shape.Count * dtype.Size), size = (bytes + 511) / 512 * 512;
        nint block;
        try { block = backend.Device.Allocate(size); }
        catch (OutOfMemoryException)
        {
            backend.Trim();                          // idle blocks of the pool go first
            block = backend.Device.Allocate(size);
        }
        using (TensorScope.Suspend())
            return new Tensor(new Storage(backend, block, size, new Block(backend, block), external: true), shape, shape.ContiguousStrides(), 0, dtype);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _made.Values) tensor.Dispose();
        _made.Clear();
    }

    /// <summary>Waits before it frees: work that reads the block may still be queued.</summary>
    private sealed class Block(AscendBackend backend, nint block) : IDisposable
    {
        public void Dispose()
        {
            try { backend.Synchronize(); }
            catch (AclException) { }                 // a card that failed runs nothing any more
            try { _ = backend.Device.Free(block); }
            catch (Exception e) when (e is AclException or ObjectDisposedException) { }
        }
    }
}
