using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IRopeKernel
{
    /// <summary>Elements that the operator turns at most: the documents say 896 or 1024, by release.</summary>
    private const int LongestHead = 896;

    private readonly RopeTables _ropeForth = new(), _ropeBack = new();

    Support IRopeKernel.Supports(in RopeSpec spec) => spec.Rotary % 2 == 0 && spec.Rotary <= spec.HeadDim ? Support.Both : Support.None;

    void IRopeKernel.Rotate(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y)
    {
        if (y.IsEmpty || y.Target.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        int rest = spec.HeadDim - spec.Rotary;
        if (rest > 0) Deliver(Columns(x, spec.Rotary, rest).Packed(), Columns(y.Target, spec.Rotary, rest), 1, y.Accumulate);
        if (spec.Rotary == 0) return;
        Into turned = rest == 0 ? y : new Into(Columns(y.Target, 0, spec.Rotary), y.Accumulate);
        Tensor turning = rest == 0 ? x : Columns(x, 0, spec.Rotary);
        if (spec.Rotary <= LongestHead && _can.Has(AscendKernel.Rope, x.DType) && x.DType == y.Target.DType && MayTry(AscendKernel.Rope, spec.Rotary))
            try
            {
                RotateByKernel(spec, turning, cos, sin, turned);
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.Rope, spec.Rotary, e); }
        RotateByParts(spec, turning, cos, sin, turned);
    }

    private void RotateByKernel(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y)
    {
        // [1, tokens, heads, d], contiguous: the operator refuses a strided result, and its input may not be its output.
        Shape four = [1, spec.Tokens, spec.Heads, spec.Rotary], table = [1, spec.Tokens, 1, spec.Rotary];
        Tensor xs = x.Packed().View(four), room = Room(y, x.DType), ys = room.View(four);
        (Tensor c, Tensor s) = Tables(spec, cos, sin, x.DType);
        (c, s) = (c.View(table), s.View(table));
        OpCall call = Begin(asks: true);
        call.aclnnRotaryPositionEmbedding(call.In(xs), call.In(c), call.In(s), spec.Layout == RopeLayout.HalfSplit ? 0 : 1, call.Out(ys));
        Deliver(room, y);
    }

    /// <summary>cos and sin of every element of a head in x's dtype, [tokens, rotary]; kept, since q and k of all layers turn by the same. Turning back is a negative sin.</summary>
    private (Tensor Cos, Tensor Sin) Tables(in RopeSpec spec, Tensor cos, Tensor sin, DType dtype)
    {
        RopeTables kept = spec.Inverse ? _ropeBack : _ropeForth;
        if (kept.Find(spec, cos, sin, dtype) is { } known) return known;
        (Tensor c, Tensor s) = kept.Make(this, spec, cos, sin, dtype);
        Spread(spec, cos, c);
        Spread(spec, sin, s);
        if (spec.Inverse) ScaleInPlace(s, -1);
        kept.Made(spec, cos, sin, dtype);
        return (c, s);
    }

    /// <summary>Halves one after another, or each number twice, by a stride of 0.</summary>
    private void Spread(in RopeSpec spec, Tensor half, Tensor full)
    {
        int pairs = spec.Rotary / 2;
        Tensor rows = half.Packed();
        if (spec.Layout == RopeLayout.HalfSplit) Copy(rows.View([spec.Tokens, 2, pairs], [pairs, 0, 1], rows.Offset), full.View([spec.Tokens, 2, pairs]));
        else Copy(rows.View([spec.Tokens, pairs, 2], [pairs, 1, 0], rows.Offset), full.View([spec.Tokens, pairs, 2]));
    }

    /// <summary>(a, b) to (a c - b s, b c + a s), for cards without the operator.</summary>
    private void RotateByParts(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y)
    {
        int pairs = spec.Rotary / 2;
        Tensor wide = Typed(x, DType.F32), result = Tensor.Empty(this, wide.Shape), c = Everywhere(cos), s = Everywhere(sin);
        if (spec.Inverse)
        {
            Tensor back = Tensor.EmptyLike(sin);
            Unary(UnaryKind.Neg, sin, back);
            s = Everywhere(back);
        }
        (int step, int second) = spec.Layout == RopeLayout.HalfSplit ? (1, pairs) : (2, 1);
        Tensor a = Pairs(wide, 0), b = Pairs(wide, second), product = Tensor.Empty(this, a.Shape);
        Tensor u = Pairs(result, 0), v = Pairs(result, second);
        Binary(BinaryKind.Mul, a, c, u);
        Binary(BinaryKind.Mul, b, s, product);
        Binary(BinaryKind.Sub, u, product, u);
        Binary(BinaryKind.Mul, b, c, v);
        Binary(BinaryKind.Mul, a, s, product);
        Binary(BinaryKind.Add, v, product, v);
        Deliver(result, y.Target, 1, y.Accumulate);

        Tensor Pairs(Tensor of, int first) => of.View([of.Shape[0], of.Shape[1], pairs], [of.Strides[0], of.Strides[1], of.Strides[2] * step], of.Offset + (long)first * of.Strides[2]);
        Tensor Everywhere(Tensor of) => of.View([x.Shape[0], x.Shape[1], pairs], [of.Strides[0], 0, of.Strides[1]], of.Offset);
    }

    /// <summary>Elements [start, start + count) of the last of three dimensions.</summary>
    private static Tensor Columns(Tensor x, int start, int count) =>
        x.View([x.Shape[0], x.Shape[1], count], [.. x.Strides], x.Offset + (long)start * x.Strides[2]);
}
