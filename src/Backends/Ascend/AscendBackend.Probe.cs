using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <summary>Asks a card that no list is known of: plans a small call of a kernel and throws the plan away. Nothing runs.</summary>
    private bool Probe(AscendKernel kernel, DType dtype)
    {
        if (dtype == DType.BF16 && _device.Attribute(AclTypes.AttributeBf16) == false) return false;
        bool before = _planOnly;
        _planOnly = true;
        try
        {
            using var scope = TensorScope.Begin();
            Plan(kernel, dtype);
            return true;
        }
        catch (AclException e) when (AclCodes.IsUnsupported(e.Code)) { return false; }
        catch (NotSupportedException) { return false; }
        finally { _planOnly = before; }
    }

    private void Plan(AscendKernel kernel, DType dtype)
    {
        Tensor x = Tensor.Empty(this, [4, 64], dtype), y = Tensor.EmptyLike(x), row = Tensor.Empty(this, [64], dtype), rstd = Tensor.Empty(this, [4, 1]);
        switch (kernel)
        {
            case AscendKernel.MatMul:
                Tensor square = Tensor.Empty(this, [64, 64], dtype);
                using (OpCall c = Begin("Matmul", _acl.aclnnMatmulGetWorkspaceSize))
                    c.Launch(_acl.aclnnMatmulGetWorkspaceSize(c.In(x), c.In(square), c.Out(y), 0, c.Size, c.Executor), _acl.aclnnMatmul);
                break;
            case AscendKernel.WideProduct:
                Tensor weight = Tensor.Empty(this, [64, 64], dtype), sums = Tensor.Empty(this, [4, 64]);
                using (OpCall c = Begin("Matmul", _acl.aclnnMatmulGetWorkspaceSize))
                    c.Launch(_acl.aclnnMatmulGetWorkspaceSize(c.In(x), c.In(weight), c.Out(sums), Card.CubeMathType(dtype), c.Size, c.Executor), _acl.aclnnMatmul);
                break;
            case AscendKernel.Elementwise:
                using (OpCall c = Begin("Muls", _acl.aclnnMulsGetWorkspaceSize))
                    c.Launch(_acl.aclnnMulsGetWorkspaceSize(c.In(x), c.Scalar(2), c.Out(y), c.Size, c.Executor), _acl.aclnnMuls);
                break;
            case AscendKernel.RmsNorm:
                using (OpCall c = Begin("RmsNorm", _acl.aclnnRmsNormGetWorkspaceSize))
                    c.Launch(_acl.aclnnRmsNormGetWorkspaceSize(c.In(x), c.In(row), 1e-5, c.Out(y), c.Out(rstd), c.Size, c.Executor), _acl.aclnnRmsNorm);
                break;
            case AscendKernel.AddRmsNorm:
                Tensor sum = Tensor.Empty(this, x.Shape, dtype);
                using (OpCall c = Begin("AddRmsNorm", _acl.aclnnAddRmsNormGetWorkspaceSize))
                    c.Launch(_acl.aclnnAddRmsNormGetWorkspaceSize(c.In(x), c.In(x), c.In(row), 1e-5, c.Out(y), c.Out(rstd), c.Out(sum), c.Size, c.Executor), _acl.aclnnAddRmsNorm);
                break;
            case AscendKernel.Rope:
                Tensor heads = x.View([1, 4, 1, 64]), turned = y.View([1, 4, 1, 64]);
                using (OpCall c = Begin("RotaryPositionEmbedding", _acl.aclnnRotaryPositionEmbeddingGetWorkspaceSize))
                    c.Launch(_acl.aclnnRotaryPositionEmbeddingGetWorkspaceSize(c.In(heads), c.In(heads), c.In(heads), 0, c.Out(turned), c.Size, c.Executor), _acl.aclnnRotaryPositionEmbedding);
                break;
            case AscendKernel.SwiGlu:
                Tensor half = Tensor.Empty(this, [4, 32], dtype);
                using (OpCall c = Begin("SwiGlu", _acl.aclnnSwiGluGetWorkspaceSize))
                    c.Launch(_acl.aclnnSwiGluGetWorkspaceSize(c.In(x), -1, c.Out(half), c.Size, c.Executor), _acl.aclnnSwiGlu);
                break;
            case AscendKernel.FlashAttention:
                // A mask that is never read while only planned.
                Tensor q = x.View([1, 4, 1, 64]), o = y.View([1, 4, 1, 64]), max = Tensor.Empty(this, [1, 1, 4, Lanes]), total = Tensor.EmptyLike(max), mask = Tensor.Empty(this, [MaskSide, MaskSide], DType.Bool);
                using (OpCall c = Begin("FlashAttentionScore", _acl.aclnnFlashAttentionScoreGetWorkspaceSize))
                    c.Launch(_acl.aclnnFlashAttentionScoreGetWorkspaceSize(c.In(q), c.In(q), c.In(q), 0, 0, 0, c.In(mask), 0, 0.125, 1, int.MaxValue, 0, 1, OpCall.Text("BSND"u8), 0, CausalToTheEnd,
                        c.Out(max), c.Out(total), c.Nothing(dtype), c.Out(o), c.Size, c.Executor), _acl.aclnnFlashAttentionScore);
                break;
            case AscendKernel.AdamW:
                Tensor step = Tensor.Empty(this, [1], DType.I64), m = Tensor.EmptyLike(x), v = Tensor.EmptyLike(x);
                using (OpCall c = Begin("ApplyAdamWV2", _acl.aclnnApplyAdamWV2GetWorkspaceSize))
                    c.Launch(_acl.aclnnApplyAdamWV2GetWorkspaceSize(c.Out(x), c.Out(m), c.Out(v), 0, c.In(y), c.In(step), 1e-3f, 0.9f, 0.999f, 0, 1e-8f, 0, 0, c.Size, c.Executor), _acl.aclnnApplyAdamWV2);
                break;
            case AscendKernel.CrossEntropy:
                Tensor target = Tensor.Empty(this, [4], DType.I64), loss = Tensor.Empty(this, [4], dtype), zloss = Tensor.EmptyLike(loss), lse = Tensor.EmptyLike(loss);
                using (OpCall c = Begin("CrossEntropyLoss", _acl.aclnnCrossEntropyLossGetWorkspaceSize))
                    c.Launch(_acl.aclnnCrossEntropyLossGetWorkspaceSize(c.In(x), c.In(target), 0, OpCall.Text("none"u8), NoTarget, 0, 0, 0, c.Out(loss), c.Out(y), c.Out(zloss), c.Out(lse), c.Size, c.Executor), _acl.aclnnCrossEntropyLoss);
                using (OpCall c = Begin("CrossEntropyLossGrad", _acl.aclnnCrossEntropyLossGradGetWorkspaceSize))
                    c.Launch(_acl.aclnnCrossEntropyLossGradGetWorkspaceSize(c.In(loss), c.In(y), c.In(target), 0, 0, 0, OpCall.Text("none"u8), NoTarget, 0, 0, c.Out(x), c.Size, c.Executor), _acl.aclnnCrossEntropyLossGrad);
                break;
            case AscendKernel.Foreach:
                Tensor norm = row.View([1], [1], 0);
                using (OpCall c = Begin("ForeachNorm", _acl.aclnnForeachNormGetWorkspaceSize))
                    c.Launch(_acl.aclnnForeachNormGetWorkspaceSize(c.List([x]), c.Scalar(2), c.List([norm], isWritten: true), c.Size, c.Executor), _acl.aclnnForeachNorm);
                using (OpCall c = Begin("ForeachMulScalarV2", _acl.aclnnForeachMulScalarV2GetWorkspaceSize))
                    c.Launch(_acl.aclnnForeachMulScalarV2GetWorkspaceSize(c.List([x]), c.Scalar(2), c.List([x], isWritten: true), c.Size, c.Executor), _acl.aclnnForeachMulScalarV2);
                break;
            case AscendKernel.WeightQuant:
                Tensor codes = Tensor.Empty(this, [64, 32], DType.U8), scales = Tensor.Empty(this, [2, 64], dtype);
                using (OpCall c = Begin("WeightQuantBatchMatmulV2", _acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize))
                    c.Launch(_acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize(c.In(x), c.As(codes, AclTypes.Int4, [64, 64], [1, 64]), c.In(scales), c.In(scales), 0, 0, 0, 32, c.Out(y), c.Size, c.Executor), _acl.aclnnWeightQuantBatchMatmulV2);
                break;
            case AscendKernel.WeightQuant8:
                Tensor bytes = Tensor.Empty(this, [64, 64], DType.U8);
                using (OpCall c = Begin("WeightQuantBatchMatmulV2", _acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize))
                    c.Launch(_acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize(c.In(x), c.As(bytes, AclTypes.Int8, [64, 64], [1, 64]), c.In(row), 0, 0, 0, 0, 0, c.Out(y), c.Size, c.Executor), _acl.aclnnWeightQuantBatchMatmulV2);
                break;
            case AscendKernel.Dropout:
                Tensor bits = Tensor.Empty(this, [32], DType.U8);
                using (OpCall c = Begin("DropoutDoMask", _acl.aclnnDropoutDoMaskGetWorkspaceSize))
                    c.Launch(_acl.aclnnDropoutDoMaskGetWorkspaceSize(c.In(x), c.In(bits), 0.1, c.Out(y), c.Size, c.Executor), _acl.aclnnDropoutDoMask);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "unknown kernel");
        }
    }
}
