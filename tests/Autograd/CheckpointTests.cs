using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Running a block twice changes nothing but memory and time.</summary>
[Trait("Category", "Unit")]
public sealed class CheckpointTests : IDisposable
{
    private const int Layers = 4;
    private readonly Backend _backend = Devices.Open("reference");
    private readonly Parameter[] _weights;
    private readonly Parameter _x;

    public CheckpointTests()
    {
        _x = Random("x", [6, 8]);
        _weights = [.. Enumerable.Range(0, Layers).Select(i => Random($"w{i}", [8, 8]))];
    }

    public void Dispose()
    {
        foreach (Parameter parameter in _weights.Append(_x)) parameter.Dispose();
        Assert.Equal(0, _backend.LiveBlocks);
        _backend.Dispose();
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Same_bits_with_dropout_and_fewer_bytes(bool trainsInput)
    {
        _x.RequiresGrad = trainsInput;
        (float[][] plain, long plainBytes, int plainReady) = Run(checkpoint: false);
        (float[][] again, long bytes, int ready) = Run(checkpoint: true);
        Assert.Equal(plain, again);
        Assert.True(bytes < plainBytes, $"{bytes} bytes are held after forward with checkpoints, {plainBytes} without");
        Assert.Equal(plainReady, ready);
    }

    [Fact]
    public void Nested_checkpoints_give_the_same_bits()
    {
        (float[][] plain, _, _) = Run(checkpoint: false);
        (float[][] nested, _, int ready) = Run(checkpoint: true, nested: true);
        Assert.Equal(plain, nested);
        Assert.Equal(Layers + 1, ready);
    }

    [Fact]
    public void Without_a_tape_the_block_just_runs()
    {
        int runs = 0;
        using var scope = TensorScope.Begin();
        Checkpoint.Run(x => { runs++; return x.Exp(); }, _x.Value);
        Assert.Equal(1, runs);
    }

    [Fact]
    public void A_block_that_does_nothing_is_its_input()
    {
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Assert.Same(_x.Value, Checkpoint.Run(x => x, _x.Value));
        tape.Backward(Checkpoint.Run(x => x, _x.Value * 3).Sum());
        Assert.All(_x.Grad!.ToArray<float>(), g => Assert.Equal(3, g));
    }

    [Fact]
    public void A_block_that_throws_leaves_nothing()
    {
        int live = _backend.LiveBlocks;
        using (var tape = Tape.Begin())
        {
            Assert.Throws<InvalidOperationException>(() => Checkpoint.Run(x => { _ = x.Exp(); throw new InvalidOperationException("planted"); }, _x.Value));
            Assert.Same(tape, Tape.Current);
            Assert.Equal(0, tape.Count);
        }
        Assert.Equal(live, _backend.LiveBlocks);
    }

    private (float[][] Grads, long HeldBytes, int Ready) Run(bool checkpoint, bool nested = false)
    {
        using var gradients = new Gradients(_weights.Append(_x));
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        int ready = 0;
        tape.GradientReady = _ => ready++;
        Tensor h = _x.Value;
        for (int i = 0; i < Layers; i++)
        {
            int layer = i;
            Func<Tensor, Tensor> block = x => Block(x, layer);
            Func<Tensor, Tensor> outer = nested ? x => Checkpoint.Run(block, x) : block;
            using var inner = TensorScope.Begin();
            h = inner.Return(checkpoint ? Checkpoint.Run(outer, h) : block(h));
        }
        long held = _backend.LiveBytes;
        tape.Backward(h.Square().Sum());
        gradients.Complete();
        return ([.. gradients.Parameters.Select(p => p.Grad!.ToArray<float>())], held, ready);
    }

    /// <summary>Keeps several intermediates; the mask is a function of the layer alone.</summary>
    private Tensor Block(Tensor x, int layer) =>
        x + (x.Linear(_weights[layer]).Tanh().Exp() * 0.5).Dropout(CounterRandom.Key(1, 2, 3, $"layers.{layer}"), 0.4f).Sigmoid();

    private Parameter Random(string name, Shape shape)
    {
        float[] elements = [.. Enumerable.Range(0, (int)shape.Count).Select(i => CounterRandom.Word(CounterRandom.Key(7, 0, 0, name), i) / 4294967296f - 0.5f)];
        return new Parameter(name, Tensor.From<float>(_backend, elements, shape)) { RequiresGrad = true };
    }
}
