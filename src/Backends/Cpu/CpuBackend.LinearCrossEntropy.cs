namespace Pure.Tuner;

/// <remarks>
/// Some rows meet some rows of the head at a time, so that logits are made, used and overwritten in the cache. Each row keeps its running maximum m and Σ e^(z - m),
/// as in attention's online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867). With a frozen head forward also sums Σ e^(z - m) W beside them:
/// d nll / dx is that over Σ, less the target's row, so backward scales rows and never sees the vocabulary again; where products round, the target's term is
/// no part of the sum, or the difference would be the rounding of a p near 1. Else maximum and 1/Σ are kept, since lse would
/// round away digits of every probability; logits are kept too where they are few, else made anew.
/// </remarks>
public sealed unsafe partial class CpuBackend : ILinearCrossEntropyKernel
{
    /// <summary>Rows that meet a piece of the head together.</summary>
    private const int LossRows = 512;

    /// <summary>Most rows of a piece of the head, and most of its elements.</summary>
    private const int LossWords = 2048, LossElements = 1 << 23;

    /// <summary>Most logits that are kept for the head's gradient: 128 MiB. Changes no bit of the result; tests try others.</summary>
    internal long KeptLogits { get; set; } = 1 << 25;

    Support ILinearCrossEntropyKernel.Supports(in LinearCrossEntropySpec spec) => spec.DType.IsFloat && spec.Vocab > 0 ? Support.Both : Support.None;

    StateSpec ILinearCrossEntropyKernel.State(in LinearCrossEntropySpec spec) =>
        !spec.WantsWeightGrad ? new(([spec.Rows, spec.Hidden], DType.F32))
        : (long)spec.Rows * spec.Vocab > KeptLogits ? new(([spec.Rows, 2], DType.F32))
        : new(([spec.Rows, 2], DType.F32), ([spec.Rows * spec.Vocab], DType.F32));

    void ILinearCrossEntropyKernel.Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state)
    {
        CheckTargets(spec, targets);
        bool keepsGradient = !state.IsEmpty && !spec.WantsWeightGrad, isOnline = keepsGradient && spec.Smoothing == 0;
        foreach ((int start, int count) in LossBlocks(spec.Rows))
        {
            using var scope = TensorScope.Begin();
            Tensor xs = x.Slice(start, count).Widened(), ids = targets.Slice(start, count).Packed(), stats = Tensor.Empty(this, [count, LossStats.Floats]);
            Tensor? gradient = keepsGradient ? state[0].Slice(start, count) : null;
            Tensor? kept = state.OrNull(1)?.Slice(start * spec.Vocab, count * spec.Vocab);
            var head = new HeadPieces(this, spec, w, count, kept);
            for (int first = 0; first < spec.Vocab; first += head.Words)
            {
                using var piece = TensorScope.Begin();
                (Tensor z, Tensor rows) = head.Logits(xs, first);
                ForRows(count, new LossRow(spec, z, ids, stats, first, isOnline ? gradient : null, RoundsOperands), 30L * z.Shape[1]);
                if (isOnline) MatMul(z, rows, gradient!, spec.LogitScale, accumulate: first > 0);
            }
            ForRows(count, new LossEnd(spec, stats, nll.Slice(start, count), state.IsEmpty || keepsGradient ? null : state[0].Slice(start, count)), 100);
            if (isOnline)
            {
                Tensor rows = Tensor.Empty(this, [count, spec.Hidden]);
                w.Rows(ids, rows);
                ForRows(count, new OnlineGradientEnd(spec, stats, rows, gradient!, RoundsOperands), 2L * spec.Hidden);
            }
            for (int first = 0; first < spec.Vocab && keepsGradient && !isOnline; first += head.Words)      // every word has a share of the target: only known once Σ is
            {
                using var piece = TensorScope.Begin();
                (Tensor z, Tensor rows) = head.Logits(xs, first);
                ForRows(count, new LossGradientRow(spec, z, ids, stats, null, null, first), 30L * z.Shape[1]);
                MatMul(z, rows, gradient!, spec.LogitScale, accumulate: first > 0);
            }
        }
    }

    void ILinearCrossEntropyKernel.Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw)
    {
        if (!spec.WantsWeightGrad)
        {
            if (!dw.IsEmpty) throw new ArgumentException("linear_cross_entropy: the weight's gradient was not announced in the spec");
            if (!dx.IsEmpty) ForRows(spec.Rows, new ScaledRow(state[0], dnll, dx, spec.Hidden), spec.Hidden);
            return;
        }
        if (dx.IsEmpty && dw.IsEmpty) return;
        if (spec.Rows == 0 && dw is { IsEmpty: false, Accumulate: false }) Fill(dw.Target, 0);
        foreach ((int start, int count) in LossBlocks(spec.Rows))
        {
            using var scope = TensorScope.Begin();
            Tensor xs = x.Slice(start, count).Widened(), ids = targets.Slice(start, count).Packed(), scales = state[0].Slice(start, count), d = dnll.Slice(start, count);
            Tensor? kept = state.OrNull(1)?.Slice(start * spec.Vocab, count * spec.Vocab);
            Tensor? dxs = dx.IsEmpty ? null : dx.Target.Slice(start, count), sum = dx is { IsEmpty: false, Target.DType: not DType.F32 } ? Tensor.Empty(this, dxs!.Shape) : dxs;
            var head = new HeadPieces(this, spec, w, count, null);
            for (int first = 0; first < spec.Vocab; first += head.Words)
            {
                using var piece = TensorScope.Begin();
                (Tensor z, Tensor rows) = kept is null ? head.Logits(xs, first) : head.Room(first);
                Tensor? capped = kept?.Slice(count * first, count * z.Shape[1]).View(z.Shape);
                ForRows(count, new LossGradientRow(spec, z, ids, null, scales, d, first, capped), 30L * z.Shape[1]);
                if (sum is not null) MatMul(z, rows, sum, spec.LogitScale, (dx.Accumulate && sum == dxs) || first > 0);
                if (!dw.IsEmpty) MatMul(z.Transposed(), xs, dw.Target.Slice(first, rows.Shape[0]), spec.LogitScale, dw.Accumulate || start > 0);
            }
            if (sum == dxs) continue;
            if (dx.Accumulate) Binary(BinaryKind.Add, sum!, dxs!.Widened(), sum!);
            Copy(sum!, dxs!);                                            // narrowed once
        }
    }

    private void CheckTargets(in LinearCrossEntropySpec spec, Tensor targets)
    {
        for (int row = 0; row < spec.Rows && !IsMeasuring; row++)
            if ((uint)Id(targets, row) >= (uint)spec.Vocab)
                throw new ArgumentOutOfRangeException(nameof(targets), $"linear_cross_entropy: target {Id(targets, row)} of row {row} is outside the vocabulary of {spec.Vocab}");
    }

    /// <summary>Blocks of nearly equal size: each reads the whole head.</summary>
    private static (int Start, int Count)[] LossBlocks(int rows)
    {
        var blocks = new (int, int)[(rows + LossRows - 1) / LossRows];
        for (int i = 0; i < blocks.Length; i++)
        {
            int start = (int)((long)rows * i / blocks.Length);
            blocks[i] = (start, (int)((long)rows * (i + 1) / blocks.Length) - start);
        }
        return blocks;
    }

    /// <summary>The head in pieces of rows: views where it is dense F32, or dense and both products round it themselves; else F32 copies that both read.</summary>
    private readonly struct HeadPieces
    {
        private readonly CpuBackend _backend;
        private readonly LinearCrossEntropySpec _spec;
        private readonly Weight _weight;
        private readonly Tensor? _rows, _kept;
        private readonly Tensor _logits;
        private readonly int _count;

        /// <summary>Its room belongs to the present scope.</summary>
        /// <param name="backend">Where.</param>
        /// <param name="spec">Sizes.</param>
        /// <param name="w">The head.</param>
        /// <param name="count">Rows of x.</param>
        /// <param name="kept">Room for all logits, one piece after another, or null: then each piece overwrites the last.</param>
        public HeadPieces(CpuBackend backend, LinearCrossEntropySpec spec, Weight w, int count, Tensor? kept)
        {
            (_backend, _spec, _weight, _count, _kept) = (backend, spec, w, count, kept);
            Words = Math.Min(spec.Vocab, Math.Clamp(LossElements / Math.Max(1, spec.Hidden), 16, LossWords));
            if (backend.RoundsOperands && Words < spec.Vocab) Words = Math.Max(PanelUnit.StepK, Words / PanelUnit.StepK * PanelUnit.StepK);      // pieces of panels that were packed once
            if (w is not Parameter dense || dense.Value.DType != DType.F32 && !backend.RoundsOperands) _rows = Tensor.Empty(backend, [Words, spec.Hidden]);
            _logits = kept ?? Tensor.Empty(backend, [checked(count * Words)]);
        }

        /// <summary>Rows of a piece, but for the last.</summary>
        public int Words { get; }

        /// <summary>Scaled logits of the piece that begins at a row, [rows of x, words], and its rows of the head, [words, hidden].</summary>
        public (Tensor Logits, Tensor Rows) Logits(Tensor x, int first)
        {
            (Tensor z, Tensor rows) = Room(first);
            _backend.MatMul(x, rows.Transposed(), z, _spec.LogitScale);
            return (z, rows);
        }

        /// <summary>The same before the logits are made.</summary>
        public (Tensor Logits, Tensor Rows) Room(int first)
        {
            int words = Math.Min(Words, _spec.Vocab - first);
            Tensor rows = _rows?.Slice(0, words) ?? ((Parameter)_weight).Value.Slice(first, words);
            if (_rows is not null) _weight.Read(first..(first + words), rows);
            return (_logits.Slice(_kept is null ? 0 : _count * first, _count * words).View([_count, words]), rows);
        }
    }
}
