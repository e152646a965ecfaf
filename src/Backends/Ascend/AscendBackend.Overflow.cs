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

    /// <summary>An operand of a product in the dtype that it takes.</summary>
    private Tensor Operand(Tensor x, DType type)
    {
        Tensor y = Typed(x, type);
        if (!ReferenceEquals(x, y)) Note(y);
        return y;
    }
}
