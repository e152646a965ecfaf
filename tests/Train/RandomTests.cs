using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

public class RandomTests
{
    [Fact, Trait("Category", "Unit")]
    public void Mt19937_gives_the_published_numbers()
    {
        // The ten-thousandth output from seed 5489, as the C++ standard prescribes it.
        var random = new Mt19937(5489);
        random.Skip(9999);
        Assert.Equal(4123659995u, random.Next());
        Assert.Equal(3499211612u, new Mt19937(5489).Next());
    }

    [Fact, Trait("Category", "Property")]
    public void Skipping_is_drawing() =>
        Prop.ForAll<uint, ushort>((seed, draws) =>
        {
            var a = new Mt19937(seed);
            var b = new Mt19937(seed);
            for (int i = 0; i < draws; i++) a.Next();
            b.Skip(draws);
            return a.Next() == b.Next();
        }).QuickCheckThrowOnFailure();

    [Fact, Trait("Category", "Property")]
    public void A_permutation_has_every_row_once() =>
        Prop.ForAll<uint, byte>((seed, n) => TorchRandom.Permutation(n, seed).Order().SequenceEqual(Enumerable.Range(0, n))).QuickCheckThrowOnFailure();

    [Fact, Trait("Category", "Property")]
    public void An_epoch_uses_every_row_once_whatever_the_batches() =>
        Prop.ForAll<byte, byte, byte>((rows, batch, accumulation) =>
        {
            var plan = new TrainingPlan(rows + 1, batch % 9 + 1, accumulation % 5 + 1, 2, -1, false);
            var order = new ExampleOrder(plan, 42, shuffle: true);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                int[] used = [.. Enumerable.Range(epoch * plan.UpdatesPerEpoch, plan.UpdatesPerEpoch).SelectMany(s => order.Step(s)).SelectMany(r => r)];
                if (!used.Order().SequenceEqual(Enumerable.Range(0, plan.Rows))) return false;
            }
            return plan.EpochAt(plan.UpdatesPerEpoch) == 1.0 && plan.TotalSteps == 2 * plan.UpdatesPerEpoch;
        }).QuickCheckThrowOnFailure();
}
