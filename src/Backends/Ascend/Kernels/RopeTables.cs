namespace Pure.Tuner.Ascend;

/// <summary>The angles of the last rotation as the operator takes them, for the layers of a pass, which all turn by the same.</summary>
/// <remarks>They lie on blocks of their own, outside the pool, that grow. A source is known by its block; whoever writes there makes the tables void.</remarks>
internal sealed class RopeTables : IDisposable
{
    private readonly WeakReference<Storage?> _cos = new(null), _sin = new(null);
    private (long Cos, long Sin, int Tokens, int Rotary, RopeLayout Layout, bool Inverse, DType DType) _key;
    private Tensor? _roomCos, _roomSin;

    /// <summary>The tables of these angles where they are still true.</summary>
    public (Tensor Cos, Tensor Sin)? Find(in RopeSpec spec, Tensor cos, Tensor sin, DType dtype) =>
        _roomCos is not null && _key == Key(spec, cos, sin, dtype) && _cos.TryGetTarget(out Storage? c) && ReferenceEquals(c, cos.Storage) && _sin.TryGetTarget(out Storage? s) && ReferenceEquals(s, sin.Storage)
            ? (Views(_roomCos, spec), Views(_roomSin!, spec)) : null;

    /// <summary>Room for tables [tokens, rotary] of these angles; what was there is void until <see cref="Made"/>.</summary>
    public (Tensor Cos, Tensor Sin) Make(AscendBackend backend, in RopeSpec spec, Tensor cos, Tensor sin, DType dtype)
    {
        _cos.SetTarget(null);
        int count = checked(spec.Tokens * spec.Rotary);
        if (_roomCos is null || _roomCos.Shape[0] < count || _roomCos.DType != dtype)
        {
            Dispose();
            int size = (int)Math.Min(int.MaxValue, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count));
            _roomCos = DeviceConstants.Outside(backend, [size], dtype);
            _roomSin = DeviceConstants.Outside(backend, [size], dtype);
        }
        return (Views(_roomCos, spec), Views(_roomSin!, spec));
    }

    /// <summary>The tables are written: from now on they are found.</summary>
    public void Made(in RopeSpec spec, Tensor cos, Tensor sin, DType dtype)
    {
        _key = Key(spec, cos, sin, dtype);
        _cos.SetTarget(cos.Storage);
        _sin.SetTarget(sin.Storage);
    }

    /// <summary>Notes that a block was written.</summary>
    public void Written(Storage storage)
    {
        if (_cos.TryGetTarget(out Storage? cos) && ReferenceEquals(cos, storage) || _sin.TryGetTarget(out Storage? sin) && ReferenceEquals(sin, storage)) _cos.SetTarget(null);
    }

    public void Dispose()
    {
        _cos.SetTarget(null);
        _roomCos?.Dispose();
        _roomSin?.Dispose();
        (_roomCos, _roomSin) = (null, null);
    }

    private static (long, long, int, int, RopeLayout, bool, DType) Key(in RopeSpec spec, Tensor cos, Tensor sin, DType dtype) =>
        (cos.Offset, sin.Offset, spec.Tokens, spec.Rotary, spec.Layout, spec.Inverse, dtype);

    private static Tensor Views(Tensor room, in RopeSpec spec) => room.View([spec.Tokens, spec.Rotary], [spec.Rotary, 1], 0);
}
