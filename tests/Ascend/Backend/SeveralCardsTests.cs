using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Two cards in one process, at the same time: each with a thread of its own that trains, and with the threads that launch for them.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class SeveralCardsTests
{
    private const int Cards = 2, Updates = 4;

    [Theory, InlineData(true, false), InlineData(false, false), InlineData(true, true)]
    public void Cards_that_train_at_once_give_what_each_gives_alone(bool launchThread, bool eager)
    {
        Open(eager);
        (double Loss, double Norm)[][] alone = [.. Enumerable.Range(0, Cards).Select(card => Run(card, launchThread))];
        Assert.Equal(alone[0], alone[1]);
        long launches = Simulator.Counters.LaunchCount;

        // Each waits for the other before every update: both are in the middle of their work all the time.
        using var meeting = new Barrier(Cards);
        var together = new (double Loss, double Norm)[Cards][];
        Exception?[] thrown = new Exception?[Cards];
        Thread[] threads = [.. Enumerable.Range(0, Cards).Select(card => new Thread(() => thrown[card] = Record.Exception(() => { together[card] = Run(card, launchThread, _ => meeting.SignalAndWait(TimeSpan.FromSeconds(60))); })))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) Assert.True(thread.Join(TimeSpan.FromSeconds(120)), "the two cards wait for each other");
        Assert.All(thrown, Assert.Null);
        for (int card = 0; card < Cards; card++) Assert.Equal(alone[card], together[card]);
        Assert.Equal(2 * launches, Simulator.Counters.LaunchCount);
        Close();
    }

    [Fact]
    public void One_thread_can_use_both_cards_in_turn()
    {
        Open(eager: false);
        using (AscendBackend first = Card(0), second = Card(1))
        {
            using Tensor x = Tensor.Full(first, [64], 1), y = Tensor.Full(second, [64], 2), z = Tensor.EmptyLike(x), w = Tensor.EmptyLike(y);
            for (int i = 0; i < 20; i++)
            {
                first.Binary(Kernels.BinaryKind.Add, x, x, z);
                second.Binary(Kernels.BinaryKind.Mul, y, y, w);
                first.Binary(Kernels.BinaryKind.Add, z, x, x);
                if (i % 7 == 0) first.Synchronize();
                if (i == 3) x.Backend.Fill(x, 1);
            }
            Assert.Equal(4, w.ToArray<float>()[63]);
            Assert.Equal(MathF.Pow(3, 16), x.ToArray<float>()[63]);
        }
        Close();
    }

    /// <summary>Memory of one card is none of the other's: the wrong context is found when the kernel runs, and names what was launched. The second card begins what the first has begun, and passes over it.</summary>
    [Fact, Breaks("6.buffers-device", "5.init-once")]
    public void A_tensor_of_the_other_card_is_found()
    {
        Open(eager: false);
        using (AscendBackend first = Card(0), second = Card(1))
        {
            using Tensor x = Tensor.Full(first, [8], 1), y = Tensor.EmptyLike(x);
            first.Synchronize();
            var e = Assert.Throws<Ascend.AclException>(() =>
            {
                second.Unary(Kernels.UnaryKind.Exp, x, y);
                second.Synchronize();
            });
            Assert.Contains("is memory of device 0, the stream is one of device 1", e.Message, StringComparison.Ordinal);
            Assert.Contains("aclnnExp", e.Message, StringComparison.Ordinal);
            first.Unary(Kernels.UnaryKind.Exp, x, y);       // the first card has nothing to do with it
            Assert.Equal(MathF.E, y.ToArray<float>()[0], 5);
        }
        Close();
    }

    private static void Open(bool eager)
    {
        Simulator.Reset(new() { Devices = Cards, Eager = eager });
        Breaches.Clear();
    }

    private static AscendBackend Card(int card, bool launchThread = true) => new(new Npu.Table(Simulator.Symbols()), new(card, Queue: launchThread ? 1 : 0), "simulated");

    private static (double Loss, double Norm)[] Run(int card, bool launchThread, Action<int>? after = null)
    {
        AscendBackend backend = Card(card, launchThread);
        (double Loss, double Norm)[] results;
        using (backend) results = SmallRun.Losses(backend, Updates, after);
        Assert.Equal((0, 0L, 0L), (backend.LiveBlocks, backend.ForgottenBlocks, backend.HostFallbacks));
        return results;
    }

    private static void Close()
    {
        Assert.Equal("everything was given back", Simulator.Leaks.ToString());
        Assert.DoesNotContain(Breaches.All, b => Simulator.Rules.Single(r => r.Id == b.Rule).Code == "poison");
        Simulator.Reset();
    }
}
