using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Copies to and from a simulated card, several cards, threads.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class TransferTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(1000), InlineData((StagingRing.ChunkBytes / 4) + 3), InlineData((6 * StagingRing.ChunkBytes) + 1)]
    public void What_goes_up_comes_down(int count)
    {
        using var npu = new Npu();
        float[] x = [.. Enumerable.Range(0, count).Select(i => (float)i)];
        using Tensor t = Tensor.From<float>(npu.Backend, x, [count]);
        Assert.Equal(x, t.ToArray<float>());
        Assert.Equal(4L * count, npu.Backend.BytesToDevice);
        Assert.Equal(4L * count, npu.Backend.BytesToHost);
    }

    [Fact]
    public void A_pinned_chunk_is_not_overwritten_while_a_copy_out_of_it_waits()
    {
        using var npu = new Npu();                   // a stream of the simulator begins when somebody waits for it
        const int Count = 300_000;
        var tensors = new List<Tensor>();
        for (int i = 0; i < 40; i++)
        {
            var x = new float[Count];
            Array.Fill(x, i);
            tensors.Add(Tensor.From<float>(npu.Backend, x, [Count]));
        }
        for (int i = 0; i < tensors.Count; i++)
        {
            Assert.True(Array.TrueForAll(tensors[i].ToArray<float>(), v => v == i), $"tensor {i}");
            tensors[i].Dispose();
        }
    }

    [Fact]
    public void Several_cards_and_several_threads_work_side_by_side()
    {
        Simulator.Reset(new() { Devices = 2 });
        using (var first = new AscendBackend(new Npu.Table(Simulator.Symbols()), new(Device: 0), "simulated"))
        using (var second = new AscendBackend(new Npu.Table(Simulator.Symbols()), new(Device: 1), "simulated"))
        {
            using Tensor a = Tensor.Full(first, [8], 2), b = Tensor.Full(second, [8], 3);
            Board.OnThread(() =>
            {
                first.Unary(UnaryKind.Square, a, a);
                second.Unary(UnaryKind.Square, b, b);
                Assert.Equal(9, b.ToArray<float>()[7]);
            });
            Assert.Equal(4, a.ToArray<float>()[7]);
        }
        Assert.Equal("everything was given back", Simulator.Leaks.ToString());
        Simulator.Reset();
    }

    [Fact]
    public void Nothing_comes_up_or_down_while_the_card_works()
    {
        using var npu = new Npu();
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [64, 64], 1), y = Tensor.EmptyLike(x);
        (long up, long down) = (b.BytesToDevice, b.BytesToHost);
        b.MatMul(x, x, y);
        b.Binary(BinaryKind.Add, x, y, y);
        b.Fill(x, 0);
        b.Synchronize();
        Assert.Equal((up, down, 0L), (b.BytesToDevice, b.BytesToHost, b.HostFallbacks));
    }
}
