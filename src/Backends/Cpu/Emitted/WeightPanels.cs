using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>Panels of b that were packed before: the first one's, and how far it is to the next.</summary>
internal readonly unsafe struct KeptPanels(BFloat16* first, long step)
{
    public readonly BFloat16* First = first;

    /// <summary>Elements from a panel to the next; 0 where there are none.</summary>
    public readonly long Step = step;

    public bool Exist => Step != 0;
}

/// <summary>A matrix that stays as it is, [rows, columns], rounded to BF16 and packed for a unit: as Wᵀ on the right of a product, and as W. It lives with the matrix's block and goes when that is written.</summary>
internal sealed unsafe class WeightPanels(Tensor weight, PanelUnit unit) : IDisposable
{
    private readonly long _offset = weight.Offset;
    private readonly int _rows = weight.Shape[0], _columns = weight.Shape[1];
    private readonly DType _dtype = weight.DType;
    private Tensor? _forward, _backward;

    /// <summary>Whether it is for this matrix and unit.</summary>
    public bool IsOf(Tensor x, PanelUnit other) => unit == other && x.Offset == _offset && x.DType == _dtype && x.Shape.Rank == 2 && x.Shape[0] == _rows && x.Shape[1] == _columns;

    /// <summary>Room for one direction, to be packed; null where it is there already.</summary>
    public Tensor? Make(Backend backend, bool backward)
    {
        if ((backward ? _backward : _forward) is not null) return null;
        (int n, int k) = backward ? (_columns, _rows) : (_rows, _columns);
        Tensor room;
        using (TensorScope.Suspend()) room = Tensor.Empty(backend, [PanelProduct.Ceiling(n, unit.Columns), PanelUnit.StepsOf(k) * (PanelUnit.StepK / 2), unit.Columns * 2], DType.BF16);
        return backward ? _backward = room : _forward = room;
    }

    /// <summary>The panels of b, [k, n], where b is this matrix or whole rows of it, either way round, that begin and end with panels.</summary>
    public KeptPanels Find(Tensor b, PanelUnit other)
    {
        if (unit != other || b.DType != _dtype || _rows < 2 || _columns < 2) return default;
        int k = b.Shape[^2], n = b.Shape[^1], down = b.Strides[^2], across = b.Strides[^1];
        long from = b.Offset - _offset, row = from / _columns;
        if (from < 0 || from % _columns != 0) return default;
        // Wᵀ: columns of b are rows of the matrix. A panel may hold more columns than b has: nobody reads them.
        if (_forward is { } forward && k == _columns && down == 1 && (across == _columns || n == 1) && row + n <= _rows && row % unit.Columns == 0)
            return At(forward, row / unit.Columns * forward.Strides[0]);
        // W: rows of b are rows of the matrix, and the last step must not hold others.
        if (_backward is { } backward && n == _columns && across == 1 && (down == _columns || k == 1) && row + k <= _rows && row % PanelUnit.StepK == 0 && (k % PanelUnit.StepK == 0 || row + k == _rows))
            return At(backward, row * unit.Columns);
        return default;
    }

    /// <summary>Whether the panels are those of the weight as it is now.</summary>
    /// <param name="storage">Its block.</param>
    /// <param name="pack">Packs the weight, as W where told, into memory of its own, which is not the pool's.</param>
    public bool AreOf(Storage storage, Action<Tensor, bool, nint> pack)
    {
        using var scope = TensorScope.Begin();
        storage.AddHold();
        var weight = new Tensor(storage, [_rows, _columns], [_columns, 1], _offset, _dtype);
        return IsSame(_forward, turned: false) && IsSame(_backward, turned: true);

        bool IsSame(Tensor? kept, bool turned)
        {
            const uint Most = 1 << 30;               // a span holds no more than 2³¹ bytes
            if (kept is null) return true;
            nuint bytes = (nuint)kept.Shape.Count * sizeof(ushort);
            void* now = NativeMemory.AlignedAlloc(bytes, 64);
            try
            {
                pack(weight, turned, (nint)now);
                for (nuint at = 0; at < bytes; at += Most)
                {
                    int part = (int)Math.Min(Most, bytes - at);
                    if (!new ReadOnlySpan<byte>((byte*)now + at, part).SequenceEqual(new ReadOnlySpan<byte>((byte*)kept.Address + at, part))) return false;
                }
                return true;
            }
            finally { NativeMemory.AlignedFree(now); }
        }
    }

    public void Dispose()
    {
        _forward?.Dispose();
        _backward?.Dispose();
        (_forward, _backward) = (null, null);
    }

    private static KeptPanels At(Tensor panels, long element) => new((BFloat16*)panels.Address + element, panels.Strides[0]);
}
