using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IRmsNormKernel
{
    Support IRmsNormKernel.Supports(in RmsNormSpec spec) =>
        spec.Width > 0 && spec.DType.IsFloat && spec.WeightDType.IsFloat && _can.Has(AscendKernel.RmsNorm, NormType(spec)) ? Support.Both : Support.None;

    /// <summary>One number a row: the operator writes it in F32 whatever x is.</summary>
    StateSpec IRmsNormKernel.State(in RmsNormSpec spec) => new(([spec.Rows], DType.F32));

    void IRmsNormKernel.Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state)
    {
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        DType type = NormType(spec);
        Tensor xs = Matrix(x, spec.Rows, spec.Width, type), w = Typed(weight.Packed(), type);
        bool isDirect = y.IsContiguous && y.DType == type;
        Tensor ys = isDirect ? y.View([spec.Rows, spec.Width]) : Tensor.Empty(this, [spec.Rows, spec.Width], type);
        // The rank of x with the row as 1; backward takes the same numbers as the leading dimensions alone.
        Tensor rstd = state.OrNull(0)?.View([spec.Rows, 1]) ?? Tensor.Empty(this, [spec.Rows, 1]);
        if (!TryRmsNorm(spec, xs, w, ys, rstd)) ComposeRmsNorm(spec, xs, w, ys, rstd);
        if (!isDirect) Copy(ys.View(y.Shape), y);
    }

    void IRmsNormKernel.ForwardAdd(in RmsNormSpec spec, Tensor x, Tensor r, Tensor weight, Tensor h, Tensor y, State state)
    {
        if (TryAddRmsNorm(spec, x, r, weight, h, y, state)) return;
        Binary(BinaryKind.Add, x, r, h);
        ((IRmsNormKernel)this).Forward(spec, h, weight, y, state);
    }

    private bool TryAddRmsNorm(in RmsNormSpec spec, Tensor x, Tensor r, Tensor weight, Tensor h, Tensor y, State state)
    {
        DType type = NormType(spec);
        if (y.Shape.Count == 0 || h.DType != type || !h.IsContiguous || !y.IsContiguous || !_can.Has(AscendKernel.AddRmsNorm, type)) return false;
        if (!state.IsEmpty && !Card.KeepsSumsOfNorms || !MayTry(AscendKernel.AddRmsNorm, spec.Width)) return false;
        using var scope = TensorScope.Begin();
        Tensor xs = Matrix(x, spec.Rows, spec.Width, type), rs = Matrix(r, spec.Rows, spec.Width, type), w = Typed(weight.Packed(), type);
        Tensor ys = y.View([spec.Rows, spec.Width]), sums = h.View([spec.Rows, spec.Width]), rstd = state.OrNull(0)?.View([spec.Rows, 1]) ?? Tensor.Empty(this, [spec.Rows, 1]);
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnAddRmsNorm(c.In(xs), c.In(rs), c.In(w), spec.Epsilon, c.Out(ys), c.Out(rstd), c.Out(sums));
            return true;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.AddRmsNorm, spec.Width, e); }
        return false;
    }

    void IRmsNormKernel.Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight)
    {
        if (dx.IsEmpty && dweight.IsEmpty) return;
        if (spec.Rows == 0)
        {
            if (!dweight.IsEmpty && !dweight.Accumulate) Fill(dweight.Target, 0);
            return;
        }
        using var scope = TensorScope.Begin();
        DType type = NormType(spec);
        Tensor xs = Matrix(x, spec.Rows, spec.Width, type), dys = Matrix(dy, spec.Rows, spec.Width, type), w = Typed(weight.Packed(), type), rstd = state[0];
        // Both outputs must be there, wanted or not; that of the scale is F32 whatever the scale is.
        Tensor dxs = dx.IsEmpty ? Tensor.Empty(this, [spec.Rows, spec.Width], type) : Room(dx, type);
        Tensor dws = dweight.IsEmpty ? Tensor.Empty(this, [spec.Width]) : Room(dweight, DType.F32), dxMatrix = dxs.View([spec.Rows, spec.Width]);
        if (!TryRmsNormGrad(spec, dys, xs, rstd, w, dxMatrix, dws)) ComposeRmsNormGrad(spec, dys, xs, rstd, w, dxMatrix, dws);
        if (!dx.IsEmpty) Deliver(dxs, dx);
        if (!dweight.IsEmpty) Deliver(dws, dweight);
    }

    private bool TryRmsNorm(in RmsNormSpec spec, Tensor x, Tensor w, Tensor y, Tensor rstd)
    {
        if (!MayTry(AscendKernel.RmsNorm, spec.Width)) return false;
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnRmsNorm(c.In(x), c.In(w), spec.Epsilon, c.Out(y), c.Out(rstd));
            return true;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.RmsNorm, spec.Width, e); }
        return false;
    }

    private bool TryRmsNormGrad(in RmsNormSpec spec, Tensor dy, Tensor x, Tensor rstd, Tensor w, Tensor dx, Tensor dw)
    {
        if (!MayTry(AscendKernel.RmsNorm, spec.Width)) return false;
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnRmsNormGrad(c.In(dy), c.In(x), c.In(rstd), c.In(w), c.Out(dx), c.Out(dw));
            return true;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.RmsNorm, spec.Width, e); }
        return false;
    }

    /// <summary>rstd = 1 / √(mean of x² + eps), y = x · rstd · w, in F32 and rounded once.</summary>
    private void ComposeRmsNorm(in RmsNormSpec spec, Tensor x, Tensor w, Tensor y, Tensor rstd)
    {
        Tensor mean = rstd.View([spec.Rows]), wide = Typed(x, DType.F32), product = Tensor.EmptyLike(wide);
        Reduce(ReduceKind.SumSquares, wide, mean);
        ScaleInPlace(mean, 1.0 / spec.Width);
        Binary(BinaryKind.Add, mean, spec.Epsilon, mean);
        Unary(UnaryKind.Rsqrt, mean, mean);
        Binary(BinaryKind.Mul, wide, mean.AcrossRow(spec.Width), product);
        Binary(BinaryKind.Mul, product, EachRow(spec, Typed(w, DType.F32)), product);
        Copy(product, y);
    }

    /// <summary>n = x · rstd; dw = Σ dy · n; dx = rstd · (dy · w - n · mean of dy · w · n).</summary>
    private void ComposeRmsNormGrad(in RmsNormSpec spec, Tensor dy, Tensor x, Tensor rstd, Tensor w, Tensor dx, Tensor dw)
    {
        Tensor g = Typed(dy, DType.F32), n = Tensor.Empty(this, [spec.Rows, spec.Width]), product = Tensor.EmptyLike(n), mean = Tensor.Empty(this, [spec.Rows]), scale = rstd.View([spec.Rows]).AcrossRow(spec.Width);
        Binary(BinaryKind.Mul, Typed(x, DType.F32), scale, n);
        Binary(BinaryKind.Mul, g, n, product);
        Reduce(ReduceKind.Sum, product.Transposed(), dw);
        Tensor gw = Tensor.EmptyLike(n);
        Binary(BinaryKind.Mul, g, EachRow(spec, Typed(w, DType.F32)), gw);
        Binary(BinaryKind.Mul, gw, n, product);
        Reduce(ReduceKind.Sum, product, mean);
        ScaleInPlace(mean, 1.0 / spec.Width);
        Binary(BinaryKind.Mul, n, mean.AcrossRow(spec.Width), n);
        Binary(BinaryKind.Sub, gw, n, gw);
        Binary(BinaryKind.Mul, gw, scale, gw);
        Copy(gw, dx);
    }

    private static Tensor EachRow(in RmsNormSpec spec, Tensor w) => w.View([spec.Rows, spec.Width], [0, 1], w.Offset);

    /// <summary>x and scale have one dtype there; a pair of two runs in F32, so that neither loses anything.</summary>
    private DType NormType(in RmsNormSpec spec) => spec.DType == spec.WeightDType && _can.Has(AscendKernel.RmsNorm, spec.DType) ? spec.DType : DType.F32;

    /// <summary>All leading dimensions as one, contiguous, in a dtype; belongs to the scope when it is a copy.</summary>
    private Tensor Matrix(Tensor x, int rows, int width, DType dtype) => Typed(x, dtype).Packed().View([rows, width]);
}
