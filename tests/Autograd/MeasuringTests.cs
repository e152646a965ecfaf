namespace Pure.Tuner.Tests;

/// <summary>The processor in rehearsal holds what the processor holds, for every operator of the table; it reads and writes nothing.</summary>
[Trait("Category", "Unit")]
public class MeasuringTests
{
    /// <summary>Panels of matrix multiply lie outside the pool.</summary>
    private const long RoomOfMatMul = 16 << 20;

    public static TheoryData<string> Operators => [.. OpCases.All.Select(c => c.Name)];

    [Theory, MemberData(nameof(Operators))]
    public void A_rehearsed_operator_holds_what_the_real_one_holds(string name)
    {
        OpCase op = OpCases.Get(name);
        long most = 0;
        for (int i = 0; i < op.Samples.Count; i++)
        {
            using var real = new CpuBackend(1);
            using var measured = CpuBackend.Measuring();
            Assert.Equal(Held(real, op, i), Held(measured, op, i));
            Assert.True(measured.ResidentPeak <= real.PeakBytes + RoomOfMatMul);
            most = Math.Max(most, measured.ResidentPeak);
        }
        Assert.True(most > 0, $"{name}: nothing was counted");
    }

    private static (long Peak, long Live, int Blocks, long Pooled) Held(CpuBackend backend, OpCase op, int sample)
    {
        using (var inputs = new OpInputs(op.Samples[sample], op.Name, backend))
        {
            if (op.IsDifferentiable) OpRun.ForwardBackward(inputs, op.Samples[sample].Run, op.Name);
            else OpRun.Forward(inputs, op.Samples[sample].Run);
        }
        return (backend.PeakBytes, backend.LiveBytes, backend.LiveBlocks, backend.PooledBytes);
    }
}
