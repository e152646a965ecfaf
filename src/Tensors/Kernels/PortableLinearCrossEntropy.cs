namespace Pure.Tuner.Kernels;

/// <summary>Output head and loss over the primitives of any backend, in chunks of rows: the logits of a chunk are all that is ever held.</summary>
/// <remarks>
/// The target's logit is x · w[target], its row looked up, so no one-hot row is ever written:
/// d nll / dx = scale · (Σ (p_j - e/V) c_j w_j - (1-e) c_t w_t), with c the slope of the cap (1 without) and e the smoothing.
/// With a frozen head forward keeps that gradient, and backward only multiplies rows by dnll; else it keeps lse and the
/// target's logit, and backward makes the logits anew. Everything accumulates in F32. Where products round their operands the target's row is taken
/// off inside the product: beside it, it would leave the rounding of a p near 1.
/// </remarks>
public sealed class PortableLinearCrossEntropy(Backend backend) : ILinearCrossEntropyKernel
{
    /// <inheritdoc/>
    public Support Supports(in LinearCrossEntropySpec spec) => spec.DType.IsFloat ? Support.Both : Support.None;

    /// <inheritdoc/>
    public StateSpec State(in LinearCrossEntropySpec spec) =>
        spec.WantsWeightGrad
            ? new(([spec.Rows], DType.F32), ([spec.Rows], DType.F32))
            : new(([spec.Rows, spec.Hidden], DType.F32));

    /// <inheritdoc/>
    public void Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state)
    {
        int chunk = ChunkRows(spec);
        for (int start = 0; start < spec.Rows; start += chunk)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(chunk, spec.Rows - start);
            Tensor xs = x.Slice(start, count).Widened(), ts = targets.Slice(start, count).Packed();
            Tensor z = Logits(spec, xs, w), wt = TargetRows(spec, w, ts), zt = TargetLogits(spec, xs, wt);

            Tensor max = Tensor.Empty(backend, [count]), sum = Tensor.Empty(backend, [count]), lse = Tensor.Empty(backend, [count]);
            Tensor p = Tensor.EmptyLike(z);
            backend.Reduce(ReduceKind.Max, z, max);
            backend.Binary(BinaryKind.Sub, z, max.AcrossRow(spec.Vocab), p);
            backend.Unary(UnaryKind.Exp, p, p);
            backend.Reduce(ReduceKind.Sum, p, sum);
            backend.Unary(UnaryKind.Log, sum, lse);
            backend.Binary(BinaryKind.Add, lse, max, lse);
            Loss(spec, z, lse, zt, nll.Slice(start, count));
            if (state.IsEmpty) continue;

            if (spec.WantsWeightGrad)
            {
                backend.Copy(lse, state[0].Slice(start, count));
                backend.Copy(zt, state[1].Slice(start, count));
                continue;
            }
            backend.Binary(BinaryKind.Div, p, sum.AcrossRow(spec.Vocab), p);
            Spread(spec, p);
            TimesCapSlope(spec, p, z);
            Tensor slope = Tensor.Full(backend, [count], -TargetScale(spec) * (1 - spec.Smoothing));
            TimesCapSlope(spec, slope, zt);
            var to = new Into(state[0].Slice(start, count), false);
            if (!Rounds) Gradient(w, p, spec.LogitScale, wt, slope, to);
            else
            {
                TakeOff(spec, p, ts, slope);
                float lift = LogitLift.Of(backend.ProductType);              // the factor of the loss comes behind this product
                if (lift != 1) backend.Binary(BinaryKind.Mul, p, lift, p);
                Gradient(w, p, spec.LogitScale / lift, null, null, to);
            }
        }
    }

    /// <inheritdoc/>
    public void Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw)
    {
        if (!spec.WantsWeightGrad)
        {
            if (!dw.IsEmpty) throw new ArgumentException("linear_cross_entropy: the weight's gradient was not announced in the spec");
            if (!dx.IsEmpty) ScaleRows(spec, state[0], dnll, dx);
            return;
        }
        if (!dw.IsEmpty && !dw.Accumulate) backend.Fill(dw.Target, 0);
        int chunk = ChunkRows(spec);
        for (int start = 0; start < spec.Rows && !(dx.IsEmpty && dw.IsEmpty); start += chunk)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(chunk, spec.Rows - start);
            Tensor xs = x.Slice(start, count).Widened(), ts = targets.Slice(start, count).Packed(), d = dnll.Slice(start, count);
            Tensor lse = state[0].Slice(start, count), zt = state[1].Slice(start, count);
            Tensor z = Logits(spec, xs, w), p = Tensor.EmptyLike(z);
            backend.Binary(BinaryKind.Sub, z, lse.AcrossRow(spec.Vocab), p);
            backend.Unary(UnaryKind.Exp, p, p);
            Spread(spec, p);
            backend.Binary(BinaryKind.Mul, p, d.AcrossRow(spec.Vocab), p);
            TimesCapSlope(spec, p, z);
            Tensor slope = Tensor.Empty(backend, [count]);
            backend.Binary(BinaryKind.Mul, d, -TargetScale(spec) * (1 - spec.Smoothing), slope);
            TimesCapSlope(spec, slope, zt);
            if (Rounds) TakeOff(spec, p, ts, slope);

            if (!dw.IsEmpty)
            {
                backend.MatMul(p.Transposed(), xs, dw.Target, spec.LogitScale, accumulate: true);
                if (!Rounds)
                {
                    Tensor taken = Tensor.EmptyLike(xs);
                    backend.Binary(BinaryKind.Mul, xs, slope.AcrossRow(spec.Hidden), taken);
                    backend.ScatterAdd(taken, ts, dw.Target);
                }
            }
            if (!dx.IsEmpty) Gradient(w, p, spec.LogitScale, Rounds ? null : TargetRows(spec, w, ts), slope, new Into(dx.Target.Slice(start, count), dx.Accumulate));
        }
    }

    /// <summary>Rows of a chunk: about 32 MB of logits, at least 16 rows, by shape alone.</summary>
    internal static int ChunkRows(in LinearCrossEntropySpec spec) => (int)Math.Max(16, (32L << 20) / (4L * Math.Max(1, spec.Vocab)));

    /// <summary>Whether products round their operands.</summary>
    private bool Rounds => backend.ProductType != DType.F32;

    /// <summary>What the target's part is scaled by itself: inside the product the product does it.</summary>
    private float TargetScale(in LinearCrossEntropySpec spec) => Rounds ? 1 : spec.LogitScale;

    /// <summary>p[target] += slope</summary>
    private void TakeOff(in LinearCrossEntropySpec spec, Tensor p, Tensor targets, Tensor slope)
    {
        int rows = p.Shape[0], vocab = spec.Vocab;
        Tensor places = Tensor.From<int>(backend, [.. Enumerable.Range(0, rows).Select(i => i * vocab)], [rows]);
        backend.Binary(BinaryKind.Add, targets, places, places);
        backend.ScatterAdd(slope.View([rows, 1]), places, p.View([checked(rows * vocab), 1]));
    }

    private Tensor Logits(in LinearCrossEntropySpec spec, Tensor x, Weight w)
    {
        Tensor z = Tensor.Empty(backend, [x.Shape[0], spec.Vocab]);
        w.MatMul(x, transposed: false, z, spec.LogitScale, accumulate: false);
        Cap(spec, z);
        return z;
    }

    private Tensor TargetRows(in LinearCrossEntropySpec spec, Weight w, Tensor targets)
    {
        Tensor rows = Tensor.Empty(backend, [targets.Shape[0], spec.Hidden]);
        w.Rows(targets, rows);
        return rows;
    }

    private Tensor TargetLogits(in LinearCrossEntropySpec spec, Tensor x, Tensor wt)
    {
        Tensor products = Tensor.EmptyLike(x), z = Tensor.Empty(backend, [x.Shape[0]]);
        backend.Binary(BinaryKind.Mul, Operand(x), Operand(wt), products);
        backend.Reduce(ReduceKind.Sum, products, z);
        backend.Binary(BinaryKind.Mul, z, spec.LogitScale, z);
        Cap(spec, z);
        return z;
    }

    /// <summary>x as the products of the other logits take it, in F32: the target's logit is one of theirs.</summary>
    private Tensor Operand(Tensor x)
    {
        if (backend.ProductType == DType.F32) return x;
        Tensor narrow = Tensor.EmptyLike(x, backend.ProductType);
        backend.Copy(x, narrow);
        return narrow.Widened();
    }

    /// <summary>nll = lse - (1-e) · z[target] - e · mean of z</summary>
    private void Loss(in LinearCrossEntropySpec spec, Tensor z, Tensor lse, Tensor zt, Tensor nll)
    {
        if (spec.Smoothing == 0)
        {
            backend.Binary(BinaryKind.Sub, lse, zt, nll);
            return;
        }
        Tensor mean = Tensor.EmptyLike(lse), target = Tensor.EmptyLike(zt);
        backend.Reduce(ReduceKind.Sum, z, mean);
        backend.Binary(BinaryKind.Mul, mean, (double)spec.Smoothing / spec.Vocab, mean);
        backend.Binary(BinaryKind.Mul, zt, 1 - spec.Smoothing, target);
        backend.Binary(BinaryKind.Add, mean, target, mean);
        backend.Binary(BinaryKind.Sub, lse, mean, nll);
    }

    /// <summary>p = p - e/V</summary>
    private void Spread(in LinearCrossEntropySpec spec, Tensor p)
    {
        if (spec.Smoothing != 0) backend.Binary(BinaryKind.Sub, p, (double)spec.Smoothing / spec.Vocab, p);
    }

    /// <summary>z = c · tanh(z / c)</summary>
    private void Cap(in LinearCrossEntropySpec spec, Tensor z)
    {
        if (spec.SoftCap == 0) return;
        backend.Binary(BinaryKind.Div, z, spec.SoftCap, z);
        backend.Unary(UnaryKind.Tanh, z, z);
        backend.Binary(BinaryKind.Mul, z, spec.SoftCap, z);
    }

    /// <summary>g = g · (1 - (z / c)²), z being capped already.</summary>
    private void TimesCapSlope(in LinearCrossEntropySpec spec, Tensor g, Tensor z)
    {
        if (spec.SoftCap == 0) return;
        Tensor slope = Tensor.EmptyLike(z);
        backend.Unary(UnaryKind.Square, z, slope);
        backend.Binary(BinaryKind.Mul, slope, -1.0 / ((double)spec.SoftCap * spec.SoftCap), slope);
        backend.Binary(BinaryKind.Add, slope, 1, slope);
        backend.Binary(BinaryKind.Mul, g, slope, g);
    }

    /// <summary>y = scale · p W + slope · w[target] (+ y), without the latter where p has it</summary>
    private void Gradient(Weight w, Tensor p, float scale, Tensor? wt, Tensor? slope, Into y)
    {
        bool direct = y.Target.DType == DType.F32;                           // else summed in F32 and rounded once
        Tensor g = direct ? y.Target : Tensor.Empty(backend, y.Target.Shape);
        w.MatMul(p, transposed: true, g, scale, direct && y.Accumulate);
        if (wt is not null)
        {
            backend.Binary(BinaryKind.Mul, wt, slope!.AcrossRow(wt.Shape[1]), wt);
            backend.Binary(BinaryKind.Add, g, wt, g);
        }
        if (!direct) Deliver(g, y);
    }

    private void ScaleRows(in LinearCrossEntropySpec spec, Tensor g, Tensor dnll, Into dx)
    {
        using var scope = TensorScope.Begin();
        bool direct = dx.Target.DType == DType.F32 && !dx.Accumulate;
        Tensor scaled = direct ? dx.Target : Tensor.EmptyLike(g);
        backend.Binary(BinaryKind.Mul, g, dnll.AcrossRow(spec.Hidden), scaled);
        if (!direct) Deliver(scaled, dx);
    }

    private void Deliver(Tensor g, Into y)
    {
        if (y.Accumulate) backend.Binary(BinaryKind.Add, g, y.Target.Widened(), g);
        backend.Copy(g, y.Target);
    }
}
