using System.Buffers;
using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IDropoutKernel
{
    Support IDropoutKernel.Supports(in DropoutSpec spec) => spec.Rate is >= 0 and < 1 && _can.Has(AscendKernel.Dropout, DType.F32) ? Support.Both : Support.None;

    /// <summary>The mask is our counter's, made on the host and sent as bits: the card's own generator would give others.</summary>
    void IDropoutKernel.Apply(in DropoutSpec spec, Tensor x, Into y)
    {
        if (y.IsEmpty || x.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        DType type = _can.Has(AscendKernel.Dropout, x.DType) ? x.DType : DType.F32;
        Tensor xs = Typed(x, type).Packed(), room = Room(y, type), mask = SentMask(spec, x.Shape.Count);
        OpCall c = Begin();
        c.aclnnDropoutDoMask(c.In(xs), c.In(mask), spec.Rate, c.Out(room));
        Deliver(room, y);
    }

    private Tensor SentMask(in DropoutSpec spec, long count)
    {
        int bytes = DropoutBits.Bytes(count);
        byte[] bits = ArrayPool<byte>.Shared.Rent(bytes);
        DropoutBits.Fill(spec.Key, CounterRandom.DropBelow(spec.Rate), bits.AsMemory(0, bytes));
        Tensor mask = Tensor.Empty(this, [bytes], DType.U8);
        Upload(bits.AsSpan(0, bytes), mask);
        ArrayPool<byte>.Shared.Return(bits);
        return mask;
    }
}
