using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>What the tape promises: sums of gradients, who is told when, and that nothing stays behind.</summary>
[Trait("Category", "Unit")]
public sealed class TapeTests : IDisposable
{
    private readonly Backend _backend = Devices.Open("reference");
    private readonly List<Parameter> _parameters = [];

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters) parameter.Dispose();
        Assert.Equal(0, _backend.LiveBlocks);
        Assert.Equal(0, _backend.ForgottenBlocks);
        _backend.Dispose();
    }

    private Parameter P(Shape shape, params float[] elements)
    {
        var parameter = new Parameter("p", Tensor.From<float>(_backend, elements, shape)) { RequiresGrad = true };
        _parameters.Add(parameter);
        return parameter;
    }

    private static float[] Grad(Parameter parameter) => parameter.Grad!.ToArray<float>();

    [Fact]
    public void Three_uses_add_up()
    {
        Parameter x = P([2], 3, 5);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        tape.Backward((x.Value * 2 + x.Value.Square() + x.Value * x.Value).Sum());
        Assert.Equal([2 + 4 * 3f, 2 + 4 * 5f], Grad(x));
    }

    [Fact]
    public void An_intermediate_used_three_times_adds_up()
    {
        Parameter x = P([2], 3, 5);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor h = x.Value * 2;
        tape.Backward((h.Square() + h * 7 + h).Sum());
        Assert.Equal([2 * (2 * 6 + 8), 2 * (2 * 10 + 8)], Grad(x));
    }

    [Fact]
    public void The_same_tensor_twice_in_one_kernel_gets_both_parts()
    {
        // As queries, keys and values: three destinations at one place, for a parameter and for an intermediate.
        using (_backend.Use<IAttentionKernel>(new CountingAttention()))
            foreach (bool direct in new[] { true, false })
            {
                Parameter x = P([2, 1, 1], 1, 2);
                using var tape = Tape.Begin();
                using var scope = TensorScope.Begin();
                Tensor h = direct ? x.Value : x.Value * 1;
                tape.Backward(TensorOps.Attention(h, h, h, Segments.Packed(2), 1).Sum());
                Assert.Equal([1 + 10 + 100, 1 + 10 + 100], Grad(x));
            }
    }

    [Fact]
    public void A_shared_gradient_is_copied_before_anyone_adds_to_it()
    {
        // Add passes one block to both sides; the left side then gets more. The right must not see it.
        Parameter a = P([2], 1, 2), b = P([2], 3, 4);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor left = a.Value * 1, right = b.Value * 1;
        Tensor once = left * 10;
        tape.Backward((left + right + once).Sum());
        Assert.Equal([11, 11], Grad(a));
        Assert.Equal([1, 1], Grad(b));
    }

    [Fact]
    public void Parts_of_one_gradient_block_stay_apart()
    {
        // Concat hands out slices of one block; adding to one must leave its neighbour alone.
        Parameter a = P([1], 1), b = P([1], 2);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor left = a.Value * 1, right = b.Value * 1;
        Tensor more = left * 5;
        tape.Backward((TensorOps.Concat(0, left, right) * Tensor.From<float>(_backend, [2, 3], [2])).Sum() + more);
        Assert.Equal([7], Grad(a));
        Assert.Equal([3], Grad(b));
    }

    [Fact]
    public void Tied_parameters_get_both_gradients()
    {
        Parameter table = P([3, 2], 1, 2, 3, 4, 5, 6);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor ids = Tensor.From<int>(_backend, [1], [1]);
        Tensor h = TensorOps.Embedding(ids, table);
        tape.Backward(h.Linear(table).Sum());                     // Σ_v W[1]·W[v]
        Assert.Equal([3, 4, 3 + 9, 4 + 12, 3, 4], Grad(table));
    }

    [Fact]
    public void Backward_adds_to_what_earlier_tapes_left()
    {
        Parameter x = P([1], 3);
        using var gradients = new Gradients(_parameters);
        for (int step = 1; step <= 3; step++)
        {
            using var tape = Tape.Begin();
            using var scope = TensorScope.Begin();
            tape.Backward(x.Value * 2, seed: 0.5f);
            Assert.Equal([step], Grad(x));
        }
        gradients.Clear();
        gradients.Complete();
        Assert.Equal([0], Grad(x));
    }

    [Fact]
    public void An_unused_parameter_gets_zero_and_a_frozen_one_nothing()
    {
        Parameter used = P([1], 3), unused = P([2], 4, 5), frozen = P([1], 6);
        frozen.RequiresGrad = false;
        using var gradients = new Gradients(_parameters);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        tape.Backward(used.Value * frozen.Value);
        gradients.Complete();
        Assert.Equal([6], Grad(used));
        Assert.Equal([0, 0], Grad(unused));
        Assert.Null(frozen.Grad);
        Assert.Equal(36, gradients.SquaredNorm().Item());
    }

    [Fact]
    public void GradientReady_comes_once_a_parameter_and_when_it_is_complete()
    {
        Parameter a = P([1], 2), b = P([1], 3);
        List<(Parameter, float)> ready = [];
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        tape.GradientReady = p => ready.Add((p, p.Grad!.Item()));
        Tensor h = a.Value * b.Value;
        tape.Backward(h * a.Value + a.Value * a.Value);            // a²b + a²
        Assert.Equal([(a, 2 * 2 * 3 + 4f), (b, 4f)], ready.OrderBy(r => r.Item1 == b));
        Assert.Equal(2, ready.Count);
    }

    [Fact]
    public void Frozen_inputs_cost_neither_gradient_nor_memory()
    {
        Parameter x = P([1, 4], 1, 2, 3, 4), w = P([2, 4], 1, 2, 3, 4, 5, 6, 7, 8);
        w.RequiresGrad = false;
        using var tape = Tape.Begin();
        using var outer = TensorScope.Begin();
        Tensor h;
        using (var scope = TensorScope.Begin()) h = scope.Return((x.Value * 1).Linear(w) + 1.0);
        Assert.Equal(3, _backend.LiveBlocks);                       // x, w, h: W frozen, so its input is not kept
        tape.Backward(h.Sum());
        Assert.Null(w.Grad);
        Assert.Equal([6, 8, 10, 12], Grad(x));
    }

    [Fact]
    public void Nothing_is_recorded_when_nothing_wants_a_gradient()
    {
        Parameter x = P([2], 1, 2);
        x.RequiresGrad = false;
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor y = (x.Value * 2).Exp().Sum();
        Assert.Equal(0, tape.Count);
        Assert.Equal("backward: the loss does not depend on a parameter that wants a gradient, under this tape", Assert.Throws<InvalidOperationException>(() => tape.Backward(y)).Message);
    }

    [Fact]
    public void Disposal_midway_leaks_nothing()
    {
        Parameter x = P([2, 3], 1, 2, 3, 4, 5, 6);
        using (var tape = Tape.Begin())
        {
            using var scope = TensorScope.Begin();
            _ = (x.Value.Transpose().Softmax() * 2).Exp();
            Assert.True(tape.Count >= 3);
        }
        Assert.Null(Tape.Current);
        Assert.Equal(1, _backend.LiveBlocks);
    }

    [Fact]
    public void Outside_every_scope_an_operator_leaves_only_its_result()
    {
        Parameter x = P([2, 3], 1, 2, 3, 4, 5, 6), row = P([3], 1, 1, 1);
        Tensor y = x.Value + row.Value;                            // stretches row on the way
        Tensor z = x.Value.Transpose();
        Tensor packed = z.Reshape([6]);                            // copies on the way
        Assert.Equal(4, _backend.LiveBlocks);
        y.Dispose();
        z.Dispose();
        packed.Dispose();
        Assert.Equal(2, _backend.LiveBlocks);
    }

    [Fact]
    public void Backward_twice_is_an_error()
    {
        Parameter x = P([1], 3);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor loss = x.Value * 2;
        tape.Backward(loss);
        Assert.Equal("backward: this tape has been run backward already", Assert.Throws<InvalidOperationException>(() => tape.Backward(loss)).Message);
        Assert.Equal([2], Grad(x));
    }

    [Fact]
    public void A_loss_of_two_elements_or_of_another_tape_is_an_error()
    {
        Parameter x = P([2], 3, 4);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Assert.Equal("backward: the loss must have one element, not [2]", Assert.Throws<ArgumentException>(() => tape.Backward(x.Value * 2)).Message);
        Tensor loss = x.Value.Sum();
        using var inner = Tape.Begin();
        Assert.Throws<InvalidOperationException>(() => inner.Backward(loss));
    }

    [Fact]
    public void An_exception_in_forward_releases_everything()
    {
        Parameter x = P([2, 3], 1, 2, 3, 4, 5, 6), w = P([3], 1, 1, 1);
        using (_backend.Use<IRmsNormKernel>(new PlainRmsNorm { Throws = true }))
        using (var tape = Tape.Begin())
        {
            Assert.Throws<InvalidOperationException>(() => x.Value.RmsNorm(w, 1e-5f));   // outside every scope
            Assert.Equal(2, _backend.LiveBlocks);
            Assert.Equal(0, tape.Count);
        }
    }

    [Fact]
    public void An_exception_in_backward_leaves_no_blocks_once_the_tape_ends()
    {
        Parameter x = P([2, 3], 1, 2, 3, 4, 5, 6);
        using (_backend.Use<IDropoutKernel>(new BrokenBackwardDropout()))
        using (var tape = Tape.Begin())
        {
            using var scope = TensorScope.Begin();
            Tensor loss = x.Value.Exp().Dropout(1, 0.5f).Square().Sum();
            Assert.Throws<InvalidOperationException>(() => tape.Backward(loss));
            Assert.Same(tape, Tape.Current);
        }
        Assert.Equal(1, _backend.LiveBlocks);
    }

    [Fact]
    public void Scopes_nest_and_return_hands_outward_what_they_own()
    {
        Tensor kept;
        using (var outer = TensorScope.Begin())
        {
            Tensor a, b;
            using (var inner = TensorScope.Begin())
            {
                a = Tensor.Zeros(_backend, [2]);
                b = inner.Return(Tensor.Zeros(_backend, [3]));
                Assert.Same(b, inner.Return(b));                   // no longer its own: ignored
            }
            Assert.True(a.IsDisposed);
            Assert.False(b.IsDisposed);
            kept = outer.Return(Tensor.Zeros(_backend, [4]));
        }
        Assert.False(kept.IsDisposed);
        Assert.Equal(1, _backend.LiveBlocks);
        kept.Dispose();
        kept.Dispose();
    }

    [Fact]
    public void A_tensor_used_after_its_scope_says_so()
    {
        Tensor a;
        using (TensorScope.Begin()) a = Tensor.Zeros(_backend, [2]);
        Assert.Contains("tensor: f32 [2] is used after its scope ended", Assert.Throws<ObjectDisposedException>(() => a.Exp()).Message);
    }

    /// <summary>Writes 1, 10 and 100 as gradients of queries, keys and values.</summary>
    private sealed class CountingAttention : IAttentionKernel
    {
        public Support Supports(in AttentionSpec spec) => Support.Both;
        public StateSpec State(in AttentionSpec spec, int tokens) => StateSpec.None;
        public void Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state) => y.Backend.Fill(y, 0);

        public void Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks)
        {
            Put(dq, 1);
            Put(dk, 10);
            Put(dv, 100);
        }

        private static void Put(Into into, double value)
        {
            if (into.Accumulate) into.Target.Backend.Binary(BinaryKind.Add, into.Target, value, into.Target);
            else into.Target.Backend.Fill(into.Target, value);
        }
    }

    private sealed class BrokenBackwardDropout : IDropoutKernel
    {
        private bool _forward = true;
        public Support Supports(in DropoutSpec spec) => Support.Both;

        public void Apply(in DropoutSpec spec, Tensor x, Into y)
        {
            if (!_forward) throw new InvalidOperationException("planted");
            _forward = false;
            x.Backend.Copy(x, y.Target);
        }
    }
}
