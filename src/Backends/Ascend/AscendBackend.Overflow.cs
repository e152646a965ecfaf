using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>Overflow on cards that saturate: the first 910 and 310P put the largest F16 in the place of what is beyond it, and nothing would show.</summary>
public sealed unsafe partial class AscendBackend
{
    /// <summary>Halfway between 65504, the largest F16, and the one below it. What became 65504 is counted as beyond.</summary>
    private const double NearlyLargest = 65488;

    private bool _watches;

    /// <inheritdoc/>
    internal override void WatchOverflow()
    {
        _watches = Card.Saturates && ProductType == DType.F16;
        _narrow.Forget();                            // each is looked at anew
        if (_watches) Fill(LargestSeen(), 0);
    }

    /// <inheritdoc/>
    internal override void EndWatch(Tensor sum)
    {
        if (!_watches) return;
        _watches = false;
        using var scope = TensorScope.Begin();
        Tensor isBeyond = Tensor.Empty(this, [1], DType.Bool), none = Tensor.Full(this, [1], -1);
        Binary(BinaryKind.Greater, LargestSeen(), NearlyLargest, isBeyond);
        Select(isBeyond, none, sum, sum);
    }

    /// <summary>The largest operand and result of the products since the watch began, [1]: it stays on the card.</summary>
    private Tensor LargestSeen() => _constants.Get(this, "overflow.largest", [1], DType.F32, static _ => { });

    /// <summary>Notes how large the elements of a product's operand or result are.</summary>
    private void Note(Tensor x)
    {
        if (!_watches || x.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor packed = x.IsContiguous ? x : x.Shape.Rank == 2 && x.Transposed() is { IsContiguous: true } turned ? turned : x.Packed();
        Tensor sizes = Tensor.Empty(this, [1, checked((int)x.Shape.Count)], x.DType), most = Tensor.Empty(this, [1], x.DType), seen = LargestSeen();
        Unary(UnaryKind.Abs, packed.View(sizes.Shape), sizes);
        Largest(sizes, most);
        Binary(BinaryKind.Max, seen, Typed(most, DType.F32), seen);
    }

    private readonly NarrowCopies _narrow = new();

    /// <summary>An operand of a product in the dtype that it takes; a transposed matrix stays one.</summary>
    private Tensor Operand(Tensor x, DType type)
    {
        if (x.DType == type) return x;
        if (x.Shape.Rank == 2 && x.Strides[0] == 1 && x.Strides[1] != 1 && x.Strides[1] != 0) return Operand(x.Transposed(), type).Transposed();
        bool isKept = x.DType == DType.F32;
        if (isKept && _narrow.Find(x, type) is { } known) return known;
        Tensor y = isKept ? Alone(x.Shape, type) : Tensor.Empty(this, x.Shape, type);
        try
        {
            Copy(x, y);
            Note(y);
        }
        catch when (isKept)
        {
            y.Dispose();
            throw;
        }
        if (!isKept) return y;
        _narrow.Keep(x, y);
        return y.View(y.Shape);
    }
}
