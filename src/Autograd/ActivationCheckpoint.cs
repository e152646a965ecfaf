namespace Pure.Tuner;

/// <summary>Runs a block keeping only its input, and once more in backward. Chen et al. 2016, arXiv:1604.06174.</summary>
public static class ActivationCheckpoint
{
    /// <summary>y = block(x). The block must compute the same both times: randomness comes from counters, so it does.</summary>
    /// <param name="block">From one tensor to one tensor; may use parameters.</param>
    /// <param name="x">The input, any shape.</param>
    /// <param name="again">What runs in backward in the block's place, or null: the same graph, of whose result nobody reads the elements.</param>
    public static Tensor Run(Func<Tensor, Tensor> block, Tensor x, Func<Tensor, Tensor>? again = null) =>
        Tape.Current is { IsRehearsal: false } ? new ActivationCheckpointOp(block, again ?? block).Apply(x) : block(x);

    private sealed class ActivationCheckpointOp(Func<Tensor, Tensor> block, Func<Tensor, Tensor> again) : Op
    {
        internal Tensor Apply(Tensor x)
        {
            // The block's parameters are this node's; a tape that only they reach must record it too.
            Tensor y;
            Parameter[] used;
            using (var rehearsal = Tape.Rehearse())
            {
                using var leaf = new Leaf(x);
                using var scope = TensorScope.Begin();
                y = block(leaf.Value);
                if (ReferenceEquals(y, leaf.Value)) return x;          // a block that does nothing
                scope.Return(y);
                used = [.. rehearsal.ParametersUsed];
                y.Node = null;
            }
            _result = y;
            Tensor[] inputs = [x, .. used.Select(p => p.Value)];
            return Run(inputs);
        }

        private Tensor? _result;

        internal override string Name => "checkpoint";

        /// <summary>What the block does counts where the block does it.</summary>
        protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => default;

        protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
        {
            y[0] = _result!;
            _result = null;
            Save(x[0]);
        }

        protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
        {
            using Leaf? leaf = dx.Wants(0) ? new Leaf(Saved(0)) : null;
            using (var tape = Tape.Begin())
            {
                using var scope = TensorScope.Begin();
                Tensor y = again(leaf?.Value ?? Saved(0));
                tape.Backward(y, dy[0]!);          // parameters get theirs directly
            }
            if (leaf?.Grad is { } grad) dx.Pass(0, grad);
        }
    }
}
