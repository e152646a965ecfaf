using System.Diagnostics;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Pure.Tuner.Tests;

/// <summary>
/// A run that loads a model, goes on from a checkpoint, makes an update, saves and ends, with a fault at each of its calls, one after another: every
/// plan, launch, copy and block. It ends in one error that names what failed, holds nothing, does not hang, and leaves checkpoints that are whole: what
/// goes on from them on a healthy card ends with the bits of the run that nothing disturbed.
/// </summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class FaultRunTests(ITestOutputHelper output)
{
    [Theory, InlineData("plan"), InlineData("launch"), InlineData("copy"), InlineData("alloc"), InlineData("host")]
    public void A_fault_at_any_call_of_an_update_ends_in_an_error_and_the_run_goes_on(string what)
    {
        using var run = new FaultRun();
        long last = run.Counts[what];
        Assert.True(last > 0);
        List<string> wrong = [];
        var watch = Stopwatch.StartNew();
        // A plan fails inside: who is refused for good reason takes another way, which has its own tests. Memory that is full stays full; where one block cannot be had, and the next can, nobody need notice: a sample of that.
        for (long n = 1; n <= last; n++)
        {
            Attempt(what switch { "alloc" => $"{n}+", "plan" => $"{n}=500000", _ => $"{n}" });
            if (what == "alloc" && n % 8 == 1) Attempt($"{n}");
        }
        output.WriteLine($"{what}: {last} of {string.Join(", ", run.Counts.Select(c => $"{c.Value} {c.Key}"))} failed in turn, {run.Recovered} were made up for, {run.States} kinds of folder were gone on with: {watch.Elapsed.TotalSeconds:F0} s");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {last}:\n{string.Join("\n\n", wrong.Take(5))}");
        if (what != "alloc") Assert.Equal(0, run.Recovered);

        void Attempt(string n)
        {
            try { run.Try(what, n); }
            catch (XunitException e) { wrong.Add(e.Message); }
        }
    }
}
