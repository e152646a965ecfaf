using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <summary>Asks a card that no list is known of: plans a small call of a kernel and throws the plan away. Nothing runs.</summary>
    private bool Probe(AscendKernel kernel, DType dtype)
    {
        if (dtype == DType.BF16 && _device.Attribute(AclTypes.AttributeBf16) == false) return false;
        bool isLate = kernel is AscendKernel.FlashAttention or AscendKernel.AdamW;
        return Plans(() => Plan(kernel, dtype)) && (!isLate || Card.Series != AscendSeries.Unknown || Runs(kernel, dtype));
    }

    /// <summary>Asks phase two as well, where phase one says yes to everything: the small call is run and waited for. Known cards are asked by their first call.</summary>
    private bool Runs(AscendKernel kernel, DType dtype)
    {
        bool before = _planOnly;
        _planOnly = false;
        try
        {
            using var scope = TensorScope.Begin();
            if (kernel == AscendKernel.AdamW)
            {
                Tensor w = Zeros([4, 64]), m = Zeros([4, 64]), v = Zeros([4, 64]), g = Zeros([4, 64]), step = Tensor.Empty(this, [1], DType.I64);
                Fill(step, 0);
                OpCall c = Begin(asks: true, isFirst: true);
                c.aclnnApplyAdamWV2(c.Out(w), c.Out(m), c.Out(v), c.Null, c.In(g), c.In(step), 1e-3f, 0.9f, 0.999f, 0, 1e-8f, 0, 0);
            }
            else
            {
                Tensor q = Zeros([1, 4, 1, 64]), o = Zeros([1, 4, 1, 64]), mask = CausalMask(), max = Tensor.Empty(this, [1, 1, 4, Lanes]), total = Tensor.EmptyLike(max);
                OpCall c = Begin(asks: true, isFirst: true);
                c.aclnnFlashAttentionScore(c.In(q), c.In(q), c.In(q), c.Null, c.Null, c.Null, c.In(mask), c.Null, 0.125, 1, int.MaxValue, 0, 1, OpCall.Text("BSND"u8), 0, CausalToTheEnd,
                    c.Out(max), c.Out(total), c.Nothing(dtype), c.Out(o));
            }
            Synchronize();
            return true;
        }
        catch (AclException e) when (AclCodes.IsUnsupported(e.Code) && _queue.Fault is null) { return false; }
        finally { _planOnly = before; }

        Tensor Zeros(Shape shape)
        {
            Tensor x = Tensor.Empty(this, shape, dtype);
            Fill(x, 0);
            return x;
        }
    }

    /// <summary>Whether the card plans all operators of a piece of work.</summary>
    private bool Plans(Action work)
    {
        bool before = _planOnly;
        _planOnly = true;
        try
        {
            using var scope = TensorScope.Begin();
            work();
            return true;
        }
        catch (AclException e) when (AclCodes.IsUnsupported(e.Code)) { return false; }
        catch (NotSupportedException) { return false; }
        finally { _planOnly = before; }
    }

    private void Plan(AscendKernel kernel, DType dtype)
    {
        Tensor x = Tensor.Empty(this, [4, 64], dtype), y = Tensor.EmptyLike(x), row = Tensor.Empty(this, [64], dtype), rstd = Tensor.Empty(this, [4, 1]);
        OpCall c = Begin();
        switch (kernel)
        {
            case AscendKernel.MatMul:
                Tensor square = Tensor.Empty(this, [64, 64], dtype);
                c.aclnnMatmul(c.In(x), c.In(square), c.Out(y), 0);
                break;
            case AscendKernel.WideProduct:
                Tensor weight = Tensor.Empty(this, [64, 64], dtype), sums = Tensor.Empty(this, [4, 64]);
                c.aclnnMatmul(c.In(x), c.In(weight), c.Out(sums), Card.CubeMathType(dtype));
                break;
            case AscendKernel.Elementwise:
                c.aclnnMuls(c.In(x), c.Scalar(2), c.Out(y));
                break;
            case AscendKernel.RmsNorm:
                c.aclnnRmsNorm(c.In(x), c.In(row), 1e-5, c.Out(y), c.Out(rstd));
                break;
            case AscendKernel.AddRmsNorm:
                Tensor sum = Tensor.Empty(this, x.Shape, dtype);
                c.aclnnAddRmsNorm(c.In(x), c.In(x), c.In(row), 1e-5, c.Out(y), c.Out(rstd), c.Out(sum));
                break;
            case AscendKernel.Rope:
                Tensor heads = x.View([1, 4, 1, 64]), turned = y.View([1, 4, 1, 64]);
                c.aclnnRotaryPositionEmbedding(c.In(heads), c.In(heads), c.In(heads), 0, c.Out(turned));
                break;
            case AscendKernel.SwiGlu:
                Tensor half = Tensor.Empty(this, [4, 32], dtype);
                c.aclnnSwiGlu(c.In(x), -1, c.Out(half));
                break;
            case AscendKernel.FlashAttention:
                // A mask that is never read while only planned.
                Tensor q = x.View([1, 4, 1, 64]), o = y.View([1, 4, 1, 64]), max = Tensor.Empty(this, [1, 1, 4, Lanes]), total = Tensor.EmptyLike(max), mask = Tensor.Empty(this, [MaskSide, MaskSide], DType.Bool);
                c.aclnnFlashAttentionScore(c.In(q), c.In(q), c.In(q), c.Null, c.Null, c.Null, c.In(mask), c.Null, 0.125, 1, int.MaxValue, 0, 1, OpCall.Text("BSND"u8), 0, CausalToTheEnd,
                    c.Out(max), c.Out(total), c.Nothing(dtype), c.Out(o));
                break;
            case AscendKernel.AdamW:
                Tensor step = Tensor.Empty(this, [1], DType.I64), m = Tensor.EmptyLike(x), v = Tensor.EmptyLike(x);
                c.aclnnApplyAdamWV2(c.Out(x), c.Out(m), c.Out(v), c.Null, c.In(y), c.In(step), 1e-3f, 0.9f, 0.999f, 0, 1e-8f, 0, 0);
                break;
            case AscendKernel.CrossEntropy:
                Tensor target = Tensor.Empty(this, [4], DType.I64), loss = Tensor.Empty(this, [4], dtype), zloss = Tensor.EmptyLike(loss), lse = Tensor.EmptyLike(loss);
                c.aclnnCrossEntropyLoss(c.In(x), c.In(target), c.Null, OpCall.Text("none"u8), NoTarget, 0, 0, 0, c.Out(loss), c.Out(y), c.Out(zloss), c.Out(lse));
                c.aclnnCrossEntropyLossGrad(c.In(loss), c.In(y), c.In(target), c.Null, c.Null, c.Null, OpCall.Text("none"u8), NoTarget, 0, 0, c.Out(x));
                break;
            case AscendKernel.Foreach:
                Tensor norm = row.View([1], [1], 0);
                c.aclnnForeachNorm(c.List([x]), c.Scalar(2), c.List([norm], isWritten: true));
                c.aclnnForeachMulScalarV2(c.List([x]), c.Scalar(2), c.List([x], isWritten: true));
                break;
            case AscendKernel.WeightQuant:
                Tensor codes = Tensor.Empty(this, [64, 32], DType.U8), scales = Tensor.Empty(this, [64, 2], dtype).Transposed();
                c.aclnnWeightQuantBatchMatmulV2(c.In(x), c.As(codes, AclTypes.Int4, [64, 64], [1, 64]), c.In(scales), c.In(scales), c.Null, c.Null, c.Null, 32, c.Out(y));
                break;
            case AscendKernel.WeightQuant8:
                Tensor bytes = Tensor.Empty(this, [64, 64], DType.U8);
                c.aclnnWeightQuantBatchMatmulV2(c.In(x), c.As(bytes, AclTypes.Int8, [64, 64], [1, 64]), c.In(row), c.Null, c.Null, c.Null, c.Null, 0, c.Out(y));
                break;
            case AscendKernel.Dropout:
                Tensor bits = Tensor.Empty(this, [32], DType.U8);
                c.aclnnDropoutDoMask(c.In(x), c.In(bits), 0.1, c.Out(y));
                break;
            default: throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "unknown kernel");
        }
    }
}
