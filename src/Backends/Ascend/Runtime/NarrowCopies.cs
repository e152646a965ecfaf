namespace Pure.Tuner.Ascend;

/// <summary>
/// The last F32 operands that were brought to 16 bits: q, k and v multiply the same rows, and a gradient is in three products. A copy is
/// known by the block that it was made of and void as soon as somebody writes there; a wait forgets all.
/// </summary>
internal sealed class NarrowCopies
{
    private const int Kept = 8;

    private readonly Entry?[] _ring = new Entry?[Kept];
    private int _next;

    /// <summary>The copy of a tensor where it is still true: a view that belongs to the scope.</summary>
    public Tensor? Find(Tensor x, DType dtype)
    {
        foreach (Entry? e in _ring)
            if (e is not null && e.Copy.DType == dtype && e.Offset == x.Offset && e.Source.TryGetTarget(out Storage? source) && ReferenceEquals(source, x.Storage) && e.Copy.Shape == x.Shape && x.Strides.SequenceEqual(e.Strides))
                return e.Copy.View(e.Copy.Shape);
        return null;
    }

    /// <summary>Takes over a copy of a tensor.</summary>
    public void Keep(Tensor x, Tensor copy)
    {
        _ring[_next]?.Copy.Dispose();
        _ring[_next] = new Entry(new(x.Storage), x.Offset, [.. x.Strides], copy);
        _next = (_next + 1) % Kept;
    }

    /// <summary>Notes that a block was written.</summary>
    public void Written(Storage storage)
    {
        for (int i = 0; i < Kept; i++)
            if (_ring[i] is { } e && e.Source.TryGetTarget(out Storage? source) && ReferenceEquals(source, storage)) Drop(i);
    }

    /// <summary>Gives all back.</summary>
    public void Forget()
    {
        for (int i = 0; i < Kept; i++) Drop(i);
    }

    private void Drop(int i)
    {
        _ring[i]?.Copy.Dispose();
        _ring[i] = null;
    }

    private sealed record Entry(WeakReference<Storage> Source, long Offset, int[] Strides, Tensor Copy);
}
