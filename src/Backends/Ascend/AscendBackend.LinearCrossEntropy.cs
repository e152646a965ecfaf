using System.Runtime.InteropServices;
using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Output head and loss: a chunk of logits at a time through LogSoftmax, in larger chunks than on a processor, and the head brought to its dtype once.</summary>
/// <remarks>
/// The target's probability is picked by its place, its gradient taken off by its row of the head, so that no one-hot row is written:
/// d nll / dx = scale · (Σ (p_j - e/V) c_j w_j - (1-e) c_t w_t), with c the slope of the cap (1 without) and e the smoothing. Where products round
/// their operands it is taken off the probability itself: beside the product it would leave the rounding of a p near 1. Without smoothing
/// cards with CrossEntropyLoss make loss and gradient of a chunk's logits by it. With a frozen
/// head forward keeps that and backward multiplies it; else nothing is kept and backward makes the logits anew.
/// </remarks>
public sealed unsafe partial class AscendBackend : ILinearCrossEntropyKernel
{
    /// <summary>Logits of a chunk: 256 MB in F32. Their number fits the 32 bits of an index.</summary>
    private const long ChunkLogits = 64L << 20;

    /// <summary>A target that is none: no row has it.</summary>
    private const long NoTarget = -100;

    Support ILinearCrossEntropyKernel.Supports(in LinearCrossEntropySpec spec) =>
        spec.DType.IsFloat && spec.Vocab > 0 && spec.Vocab <= ChunkLogits / 16 && _acl.aclnnLogSoftmaxGetWorkspaceSize != null ? Support.Both : Support.None;

    StateSpec ILinearCrossEntropyKernel.State(in LinearCrossEntropySpec spec) => spec.WantsWeightGrad ? StateSpec.None : new(([spec.Rows, spec.Hidden], DType.F32));

    void ILinearCrossEntropyKernel.Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state)
    {
        CheckIds("linear_cross_entropy", targets, spec.Vocab, lowest: 0);
        if (spec.Rows == 0) return;
        using var scope = TensorScope.Begin();
        var head = new HeadOfChunks(this, spec, w);
        for (int start = 0, count; start < spec.Rows; start += count)
        {
            using var chunk = TensorScope.Begin();
            count = Math.Min(ChunkRows(spec), spec.Rows - start);
            Tensor xs = x.Slice(start, count), ts = targets.Slice(start, count).Packed();
            Tensor z = head.Logits(xs), logP = Tensor.EmptyLike(z);
            if (TryFusedLoss(spec, z, ts, logP, nll.Slice(start, count), out Tensor labels))
            {
                if (state.IsEmpty || spec.WantsWeightGrad) continue;
                if (FusedGradient(spec, z, logP, labels, Tensor.Full(this, [count], 1)) is { } dz)
                {
                    head.GradientOfLogits(dz, new Into(state[0].Slice(start, count), false), isOfLossOne: true);
                    continue;
                }
            }
            Tensor places = PlacesOf(ts, spec.Vocab);
            SoftmaxRows(z, logP, log: true);
            Loss(spec, logP, Picked(logP, places), nll.Slice(start, count));
            if (state.IsEmpty || spec.WantsWeightGrad) continue;

            Tensor p = logP, slope = Tensor.Full(this, [count], -head.TargetScale * (1 - spec.Smoothing));
            Unary(UnaryKind.Exp, logP, p);
            if (spec.Smoothing != 0) Binary(BinaryKind.Sub, p, (double)spec.Smoothing / spec.Vocab, p);
            if (spec.SoftCap != 0)
            {
                TimesCapSlope(spec, p, z);
                TimesCapSlope(spec, slope, Picked(z, places));
            }
            var to = new Into(state[0].Slice(start, count), false);
            if (!head.Rounds) head.GradientOfRows(p, ts, slope, to);
            else
            {
                TakeOff(p, places, slope);
                head.GradientOfLogits(p, to, isOfLossOne: true);
            }
        }
    }

    void ILinearCrossEntropyKernel.Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw)
    {
        using var scope = TensorScope.Begin();
        if (!spec.WantsWeightGrad)
        {
            if (!dw.IsEmpty) throw new ArgumentException("linear_cross_entropy: the weight's gradient was not announced in the spec");
            if (dx.IsEmpty || spec.Rows == 0) return;
            Tensor scaled = Tensor.EmptyLike(state[0]);
            Binary(BinaryKind.Mul, state[0], dnll.AcrossRow(spec.Hidden), scaled);
            Deliver(scaled, dx.Target, 1, dx.Accumulate);
            return;
        }
        if (!dw.IsEmpty && !dw.Accumulate) Fill(dw.Target, 0);
        if (dx.IsEmpty && dw.IsEmpty) return;
        var head = new HeadOfChunks(this, spec, w);
        for (int start = 0, count; start < spec.Rows; start += count)
        {
            using var chunk = TensorScope.Begin();
            count = Math.Min(ChunkRows(spec), spec.Rows - start);
            Tensor xs = x.Slice(start, count), ts = targets.Slice(start, count).Packed(), d = dnll.Slice(start, count);
            Tensor z = head.Logits(xs), p = Tensor.EmptyLike(z);
            if (TryFusedLoss(spec, z, ts, p, Tensor.Empty(this, [count]), out Tensor labels) && FusedGradient(spec, z, p, labels, d) is { } dz)
            {
                if (!dw.IsEmpty) MatMul(dz.Transposed(), Typed(xs, DType.F32), dw.Target, spec.LogitScale, accumulate: true);
                if (!dx.IsEmpty) head.GradientOfLogits(dz, new Into(dx.Target.Slice(start, count), dx.Accumulate));
                continue;
            }
            Tensor slope = Tensor.Empty(this, [count]);
            SoftmaxRows(z, p, log: false);
            if (spec.Smoothing != 0) Binary(BinaryKind.Sub, p, (double)spec.Smoothing / spec.Vocab, p);
            Binary(BinaryKind.Mul, p, d.AcrossRow(spec.Vocab), p);
            Binary(BinaryKind.Mul, d, -head.TargetScale * (1 - spec.Smoothing), slope);
            if (spec.SoftCap != 0)
            {
                TimesCapSlope(spec, p, z);
                TimesCapSlope(spec, slope, Picked(z, PlacesOf(ts, spec.Vocab)));
            }
            if (head.Rounds) TakeOff(p, PlacesOf(ts, spec.Vocab), slope);
            if (!dw.IsEmpty)
            {
                Tensor wide = Typed(xs, DType.F32);
                MatMul(p.Transposed(), wide, dw.Target, spec.LogitScale, accumulate: true);
                if (!head.Rounds)
                {
                    Tensor taken = Tensor.Empty(this, wide.Shape);
                    Binary(BinaryKind.Mul, wide, slope.AcrossRow(spec.Hidden), taken);
                    ScatterAdd(taken, ts, dw.Target);
                }
            }
            if (dx.IsEmpty) continue;
            var to = new Into(dx.Target.Slice(start, count), dx.Accumulate);
            if (head.Rounds) head.GradientOfLogits(p, to);
            else head.GradientOfRows(p, ts, slope, to);
        }
    }

    /// <summary>nll = -log p[target], and log p, where the card makes them. The two outputs of the z-loss must be there, though nothing is put in them.</summary>
    /// <param name="spec">The sizes.</param>
    /// <param name="z">The logits.</param>
    /// <param name="targets">A class for each row.</param>
    /// <param name="logP">Where log p goes.</param>
    /// <param name="nll">Where the loss goes.</param>
    /// <param name="wide">The targets as both directions take them on A2 and A3: I64 alone.</param>
    private bool TryFusedLoss(in LinearCrossEntropySpec spec, Tensor z, Tensor targets, Tensor logP, Tensor nll, out Tensor wide)
    {
        wide = targets;
        if (spec.Smoothing != 0 || !_can.Has(AscendKernel.CrossEntropy, DType.F32) || !MayTry(AscendKernel.CrossEntropy, spec.Vocab)) return false;
        Tensor zloss = Tensor.EmptyLike(nll), lse = Tensor.EmptyLike(nll);
        wide = Tensor.EmptyLike(targets, DType.I64);
        Copy(targets, wide);
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnCrossEntropyLoss(c.In(z), c.In(wide), c.Null, OpCall.Text("none"u8), NoTarget, 0, 0, 0, c.Out(nll), c.Out(logP), c.Out(zloss), c.Out(lse));
            return true;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.CrossEntropy, spec.Vocab, e); }
        return false;
    }

    /// <summary>dnll · (p - 1 at the target), times the slope of the cap: the gradient of the logits. Without a cap it takes their place. Null where the card refuses.</summary>
    private Tensor? FusedGradient(in LinearCrossEntropySpec spec, Tensor z, Tensor logP, Tensor wide, Tensor dnll)
    {
        Tensor dz = spec.SoftCap == 0 ? z : Tensor.EmptyLike(z), g = dnll.Packed();
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnCrossEntropyLossGrad(c.In(g), c.In(logP), c.In(wide), c.Null, c.Null, c.Null, OpCall.Text("none"u8), NoTarget, 0, 0, c.Out(dz));
        }
        catch (AclException e) when (IsRefusal(e))
        {
            Refused(AscendKernel.CrossEntropy, spec.Vocab, e);
            return null;
        }
        if (spec.SoftCap != 0) TimesCapSlope(spec, dz, z);
        return dz;
    }

    private static int ChunkRows(in LinearCrossEntropySpec spec) => (int)Math.Max(16, ChunkLogits / spec.Vocab / 16 * 16);

    /// <summary>Place of each row's target among the logits of the chunk: i · vocab + target.</summary>
    private Tensor PlacesOf(Tensor targets, int vocab)
    {
        int count = targets.Shape[0], most = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(256, count));
        Tensor starts = _constants.Get(this, $"rows.{vocab}.{most}", [most], DType.I32, all =>
        {
            int[] firsts = [.. Enumerable.Range(0, most).Select(i => unchecked(i * vocab))];
            Upload(MemoryMarshal.AsBytes<int>(firsts), all);
        });
        Tensor places = Tensor.EmptyLike(targets);
        Binary(BinaryKind.Add, targets, starts.View([count], [1], 0), places);
        return places;
    }

    /// <summary>p[target] += slope, the targets by their places among all logits of the chunk.</summary>
    private void TakeOff(Tensor p, Tensor places, Tensor slope) =>
        ScatterAdd(slope.View([slope.Shape[0], 1]), places, p.View([checked((int)p.Shape.Count), 1]));

    /// <summary>One element of each row, [rows].</summary>
    private Tensor Picked(Tensor z, Tensor places)
    {
        Tensor y = Tensor.Empty(this, [places.Shape[0], 1]);
        Tensor flat = z.View([checked((int)z.Shape.Count), 1]);
        OpCall c = Begin();
        c.aclnnIndexSelect(c.In(flat), 0, c.In(places), c.Out(y));
        return y.View([places.Shape[0]]);
    }

    /// <summary>nll = -(1-e) · log p[target] - e · mean of log p</summary>
    private void Loss(in LinearCrossEntropySpec spec, Tensor logP, Tensor picked, Tensor nll)
    {
        if (spec.Smoothing == 0)
        {
            Unary(UnaryKind.Neg, picked, nll);
            return;
        }
        Tensor mean = Tensor.EmptyLike(picked), part = Tensor.EmptyLike(picked);
        Total(logP, mean);
        Binary(BinaryKind.Mul, mean, -(double)spec.Smoothing / spec.Vocab, mean);
        Binary(BinaryKind.Mul, picked, -(1.0 - spec.Smoothing), part);
        Binary(BinaryKind.Add, mean, part, nll);
    }

    /// <summary>g = g · (1 - (z / c)²), z being capped already.</summary>
    private void TimesCapSlope(in LinearCrossEntropySpec spec, Tensor g, Tensor z)
    {
        Tensor slope = Tensor.EmptyLike(z);
        Unary(UnaryKind.Square, z, slope);
        ScaleInPlace(slope, -1.0 / ((double)spec.SoftCap * spec.SoftCap));
        Binary(BinaryKind.Add, slope, 1, slope);
        Binary(BinaryKind.Mul, g, slope, g);
    }

    /// <summary>The head for all chunks: a dense one in the dtype of its products, a packed one as it is.</summary>
    private readonly struct HeadOfChunks
    {
        private readonly AscendBackend _owner;
        private readonly LinearCrossEntropySpec _spec;
        private readonly Weight _weight;
        private readonly Tensor? _dense;
        private readonly DType _type;

        /// <summary>Whether the product itself brings its operands to the dtype.</summary>
        private readonly bool _isRounded;

        public HeadOfChunks(AscendBackend owner, in LinearCrossEntropySpec spec, Weight weight)
        {
            (_owner, _spec, _weight) = (owner, spec, weight);
            // Narrow x and head multiply narrow, and the logits are widened: as torch does under bf16.
            DType stored = weight is Parameter p ? p.Value.DType : DType.F32;
            _type = owner.ProductType != DType.F32 ? owner.ProductType : stored == spec.DType && owner._can.Has(AscendKernel.MatMul, stored) ? stored : DType.F32;
            _isRounded = _type == owner.ProductType;
            _dense = weight is Parameter dense ? owner.Typed(dense.Value, _type) : null;
            if (_dense is not null && _dense.DType != stored) owner.Note(_dense);
        }

        /// <summary>The dtype that operands of the products with it are brought to.</summary>
        private DType Narrowed => _dense is null ? _owner.ProductType : _type;

        /// <summary>Whether these products round their operands: then the target's row is taken off inside them.</summary>
        public bool Rounds => Narrowed != DType.F32;

        /// <summary>What the target's part is scaled by itself: inside the product the product does it.</summary>
        public float TargetScale => Rounds ? 1 : _spec.LogitScale;

        /// <summary>cap(scale · W x), F32 [rows, vocab].</summary>
        public Tensor Logits(Tensor x)
        {
            Tensor z = Tensor.Empty(_owner, [x.Shape[0], _spec.Vocab]);
            if (_dense is null) _weight.MatMul(x, transposed: false, z, _spec.LogitScale, accumulate: false);
            else if (_isRounded) _owner.MatMul(x, _dense.Transposed(), z, _spec.LogitScale);
            else
            {
                using Tensor narrow = _owner.Alone(z.Shape, _type);
                _owner.MatMul(x, _dense.Transposed(), narrow);
                _owner.Copy(narrow, z);
                _owner.ScaleInPlace(z, _spec.LogitScale);
            }
            if (_spec.SoftCap == 0) return z;
            _owner.Binary(BinaryKind.Div, z, _spec.SoftCap, z);
            _owner.Unary(UnaryKind.Tanh, z, z);
            _owner.Binary(BinaryKind.Mul, z, _spec.SoftCap, z);
            return z;
        }

        /// <summary>y = scale · p W + slope · w[target] (+ y)</summary>
        public void GradientOfRows(Tensor p, Tensor targets, Tensor slope, Into y)
        {
            Tensor g = TimesHead(p, _spec.LogitScale), rows = Tensor.Empty(_owner, g.Shape);
            _weight.Rows(targets, rows);
            _owner.Binary(BinaryKind.Mul, rows, slope.AcrossRow(_spec.Hidden), rows);
            _owner.AddTo(g, rows);
            _owner.Deliver(g, y.Target, 1, y.Accumulate);
        }

        /// <summary>y = scale · dz W (+ y); dz may be overwritten.</summary>
        /// <param name="dz">Gradient of the logits.</param>
        /// <param name="y">Where to.</param>
        /// <param name="isOfLossOne">Whether it is that of a loss of 1: the factor of the loss comes behind this product.</param>
        public void GradientOfLogits(Tensor dz, Into y, bool isOfLossOne = false)
        {
            float lift = isOfLossOne ? LogitLift.Of(Narrowed) : 1;
            _owner.ScaleInPlace(dz, lift);
            _owner.Deliver(TimesHead(dz, _spec.LogitScale / lift), y.Target, 1, y.Accumulate);
        }

        /// <summary>scale · p W, F32 [rows, hidden].</summary>
        private Tensor TimesHead(Tensor p, float scale)
        {
            Tensor g = Tensor.Empty(_owner, [p.Shape[0], _spec.Hidden]);
            if (_dense is null) _weight.MatMul(p, transposed: true, g, scale, accumulate: false);
            else if (_isRounded) _owner.MatMul(p, _dense, g, scale);
            else
            {
                using Tensor narrowP = _owner.Alone(p.Shape, _type), narrowG = _owner.Alone(g.Shape, _type);
                _owner.Copy(p, narrowP);
                _owner.MatMul(narrowP, _dense, narrowG);
                _owner.Copy(narrowG, g);
                _owner.ScaleInPlace(g, scale);
            }
            return g;
        }
    }
}
