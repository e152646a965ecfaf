using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IAdamWKernel
{
    private readonly DeviceConstants _constants = new();
    private int _stepSent;

    void IAdamWKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV)
    {
        foreach (Tensor t in (ReadOnlySpan<Tensor>)(maxV is null ? [p, g, m, v] : [p, g, m, v, maxV]))
            if (!t.IsContiguous || t.Shape.Count != p.Shape.Count)
                throw new ArgumentException($"adamw: contiguous tensors of one size are needed: p {p.Shape}, g {g.Shape}, m {m.Shape}, v {v.Shape}, found {t.Shape}");
        if (p.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor grad = g;
        if (spec.GradScale != 1)
        {
            grad = Tensor.EmptyLike(g);
            Binary(BinaryKind.Mul, g, spec.GradScale, grad);
        }
        // The operator's formula is ours without L2; it takes one dtype for all.
        if (!spec.L2 && maxV is null && p.DType == DType.F32 && _can.Has(AscendKernel.AdamW, DType.F32) && MayTry(AscendKernel.AdamW, 1))
            try
            {
                StepByKernel(spec, p, grad, m, v);
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.AdamW, 1, e); }
        StepByParts(spec, p, grad, m, v, maxV);
    }

    private void StepByKernel(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v)
    {
        // One number on the card: the updates before this one, since the kernel adds one itself, as its published source says too (torch_npu hands over its
        // own count less one). The powers of beta are F32 there: 1 - beta2^t is off by up to about 1e-4 of itself in the first updates.
        // Filled, not sent: nothing crosses the bus.
        Tensor step = _constants.Get(this, "adamw.step", [1], DType.I64, static _ => { });
        if (_stepSent != spec.Step)
        {
            Fill(step, spec.Step - 1);
            _stepSent = spec.Step;
        }
        // It wants equal shapes, too.
        Shape flat = [checked((int)p.Shape.Count)];
        (p, g, m, v) = (p.View(flat), g.View(flat), m.View(flat), v.View(flat));
        OpCall c = BeginLate(AscendKernel.AdamW, 1, p.Shape.Count);
        c.aclnnApplyAdamWV2(c.Out(p), c.Out(m), c.Out(v), c.Null, c.In(g), c.In(step), (float)spec.LearningRate, (float)spec.Beta1, (float)spec.Beta2, (float)spec.WeightDecay, (float)spec.Epsilon, 0, 0);
    }

    /// <summary>The same of smaller operators: for the older cards, for L2, AMSGrad and narrow weights.</summary>
    private void StepByParts(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV)
    {
        Tensor w = Typed(p, DType.F32), root = Tensor.EmptyLike(v);
        if (spec.L2)
        {
            Tensor decayed = Tensor.EmptyLike(g);
            Copy(g, decayed);
            AddTo(decayed, w, spec.WeightDecay);
            g = decayed;
        }
        else ScaleInPlace(w, 1 - spec.LearningRate * spec.WeightDecay);
        OpCall c = Begin();
        c.aclnnLerps(c.In(m), c.In(g), c.Scalar(1 - spec.Beta1), c.Out(m));
        ScaleInPlace(v, spec.Beta2);
        c.aclnnInplaceAddcmul(c.Out(v), c.In(g), c.In(g), c.Scalar(1 - spec.Beta2));
        Tensor second = v;
        if (maxV is not null)
        {
            Binary(BinaryKind.Max, maxV, v, maxV);
            second = maxV;
        }
        Unary(UnaryKind.Sqrt, second, root);
        ScaleInPlace(root, 1 / Math.Sqrt(1 - Math.Pow(spec.Beta2, spec.Step)));
        Binary(BinaryKind.Add, root, spec.Epsilon, root);
        c.aclnnInplaceAddcdiv(c.Out(w), c.In(m), c.In(root), c.Scalar(-spec.LearningRate / (1 - Math.Pow(spec.Beta1, spec.Step))));
        if (!ReferenceEquals(w, p)) Copy(w, p);
    }
}
