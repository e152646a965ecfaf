using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        PrimitiveChecks.Copy(x, y);
        if (y.Shape.Count == 0 || IsSame(x, y)) return;
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor px = Part(x, i), py = Part(y, i)) Copy(px, py);
            return;
        }
        if (x.DType == y.DType && x.IsContiguous && y.IsContiguous)
        {
            Written(y);
            Move(x.Address, y.Address, x.Shape.Count * x.DType.Size, AclTypes.DeviceToDevice);
            return;
        }
        OpCall c = Begin();
        if (x.DType == y.DType)
        {
            // The library's general copy: any strides. Bits that the card cannot read as bf16 it moves as f16.
            int type = _can.Computes(x.DType) ? AclTypes.Of(x.DType) : AclTypes.Float16;
            Written(y);
            c.aclnnInplaceCopy(c.As(y, type, y.Shape.Lengths, y.Strides), c.As(x, type, x.Shape.Lengths, x.Strides));
            return;
        }
        if (x.DType == DType.BF16 && y.DType.IsFloat && !_can.Computes(DType.BF16))
        {
            WidenBits(x, y);
            return;
        }
        if (!_can.Computes(x.DType) || !_can.Computes(y.DType))
        {
            OnHost($"copy {x.DType.Name} to {y.DType.Name}", y, [x], static (host, from, to) => host.Copy(from[0], to));
            return;
        }
        if (x.IsContiguous && y.IsContiguous)
        {
            c.aclnnCast(c.In(x), AclTypes.Of(y.DType), c.Out(y));
            return;
        }
        c.aclnnInplaceCopy(c.Out(y), c.In(x));
    }

    /// <summary>BF16 on a card without it: the bits are the upper half of those of F32, so as integers times 2¹⁶. Exact, NaN too.</summary>
    private void WidenBits(Tensor x, Tensor y)
    {
        using var scope = TensorScope.Begin();
        Tensor from = x.Packed(), to = y.DType == DType.F32 && y.IsContiguous ? y : Tensor.Empty(this, y.Shape);
        Written(to);
        OpCall c = Begin();
        c.aclnnCast(c.As(from, AclTypes.Int16, from.Shape.Lengths, from.Strides), AclTypes.Int32, c.As(to, AclTypes.Int32, to.Shape.Lengths, to.Strides));
        c.aclnnInplaceMuls(c.As(to, AclTypes.Int32, to.Shape.Lengths, to.Strides), c.Scalar(1 << 16, isInteger: true));
        if (!ReferenceEquals(to, y)) Copy(to, y);
    }

    /// <summary>The tensor itself when it has the dtype, else a copy that belongs to the scope. A transposed matrix stays one: its copy is made row by row.</summary>
    private Tensor Typed(Tensor x, DType dtype)
    {
        if (x.DType == dtype) return x;
        if (x.Shape.Rank == 2 && x.Strides[0] == 1 && x.Strides[1] != 1 && x.Strides[1] != 0) return Typed(x.Transposed(), dtype).Transposed();
        Tensor y = Tensor.Empty(this, x.Shape, dtype);
        Copy(x, y);
        return y;
    }

    /// <summary>y = alpha · p (+ y), whatever y's dtype and strides; p may be overwritten.</summary>
    private void Deliver(Tensor p, Tensor y, double alpha, bool accumulate)
    {
        if (!accumulate)
        {
            if (p.DType != DType.F32 && y.DType == DType.F32 && alpha != 1)
            {
                Copy(p, y);                          // scaled where nothing is rounded
                ScaleInPlace(y, alpha);
                return;
            }
            ScaleInPlace(p, alpha);
            Copy(p, y);
            return;
        }
        if (p.DType == y.DType && _can.Computes(y.DType))
        {
            AddTo(y, p, alpha);
            return;
        }
        if (y.DType == DType.F32)
        {
            using Tensor wide = Wide(p);
            AddTo(y, wide, alpha);
            return;
        }
        using Tensor sum = Wide(y);                  // summed in F32 and rounded once
        if (p.DType == DType.F32) AddTo(sum, p, alpha);
        else
        {
            using Tensor wide = Wide(p);
            AddTo(sum, wide, alpha);
        }
        Copy(sum, y);
    }

    /// <summary>Where a gradient goes: straight when the kernel can write there, else by way of a tensor of its own.</summary>
    private Tensor Room(Into into, DType dtype) =>
        !into.Accumulate && into.Target.IsContiguous && into.Target.DType == dtype ? into.Target : Tensor.Empty(this, into.Target.Shape, dtype);

    /// <summary>Brings a gradient from its room to where it belongs.</summary>
    private void Deliver(Tensor room, Into into)
    {
        if (!ReferenceEquals(room, into.Target)) Deliver(room, into.Target, 1, into.Accumulate);
    }
}
