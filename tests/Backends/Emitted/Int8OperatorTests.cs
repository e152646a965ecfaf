using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Every operator of the table with a packed weight, both directions, with rows rounded to integers, beside the reference, which rounds nothing.</summary>
[Trait("Category", "Unit")]
public class Int8OperatorTests(ITestOutputHelper output)
{
    /// <summary>A number of x is off by at most a 254th of its group's largest, about a 400th of it where all are as large; sums of them no more, as a share of their size.</summary>
    private const double Bound = 0.01;

    [SkippableFact]
    public void Packed_operators_are_as_near_to_the_reference_as_rounding_allows()
    {
        Int8ProductTests.Skip_without_avx2();
        using var cpu = new CpuBackend(2) { Integers = EmittedPanels.Load(MatrixUnits.Here.Int8 ?? Int8Kinds.Narrow), Int8Activations = true, Poison = true };
        using CpuBackend plain = new(2);
        using var reference = new ReferenceBackend();
        int compared = 0, rounded = 0;
        double most = 0;
        foreach (OpCase op in OpCases.All)
            foreach (OpSample sample in op.Samples)
            {
                if (sample.Packed is not { } packed) continue;
                double[][] expected = RoundedOperandTests.Run(op, sample, reference, compose: true), actual = RoundedOperandTests.Run(op, sample, cpu, compose: false), before = RoundedOperandTests.Run(op, sample, plain, compose: false);
                bool changed = !Same(actual, before), mayChange = Int8Reader.For(packed.Format) is not null && sample.Inputs[0].Shape is { Rank: 2 } x && x[0] > 8 && op.Name is "linear" or "lora_linear";
                Assert.True(changed == mayChange, $"{op.Name} {sample.Name}: {(changed ? "is" : "is not")} rounded");
                compared++;
                if (!changed) continue;
                rounded++;
                double distance = expected.Zip(actual, (e, a) => ProductTolerance.Distance(e, a)).DefaultIfEmpty(0).Max();
                most = Math.Max(most, distance);
                Assert.True(distance <= Bound, $"{op.Name} {sample.Name}: {distance:G3} from the reference");
            }
        output.WriteLine($"{rounded} of {compared} samples are rounded, at most {most:P2} from the reference");
        Assert.True(rounded >= 8 * 4);
        Assert.Equal(0, cpu.LiveBlocks);
    }

    /// <summary>Room for the panels of a product is planned as it is taken.</summary>
    [SkippableFact]
    public void Scratch_of_products_is_planned()
    {
        Int8ProductTests.Skip_without_avx2();
        const int Rows = 70, Out = 200, In = 512;
        using var cpu = new CpuBackend(2) { Integers = EmittedPanels.Load(Int8Kinds.Narrow), Int8Activations = true };
        using CpuBackend measured = CpuBackend.Measuring();
        (measured.Integers, measured.Int8Activations) = (cpu.Integers, true);
        using (QuantizedTensor planned = PackedSample.Find("Q4_1")!.Make(measured, [Out, In], 3), real = PackedSample.Find("Q4_1")!.Make(cpu, [Out, In], 3))
        {
            using var scope = TensorScope.Begin();
            planned.MatMul(Tensor.Empty(measured, [Rows, In]), transposed: false, Tensor.Empty(measured, [Rows, Out]), 1, accumulate: false);
            real.MatMul(Tensor.Zeros(cpu, [Rows, In]), transposed: false, Tensor.Empty(cpu, [Rows, Out]), 1, accumulate: false);
            Assert.Equal((long)In / Int8Layout.Group * (Rows * Int8Layout.RowBytes + 208 * Int8Layout.ColumnBytes), cpu.ProductRoomBytes);
            Assert.Equal(cpu.ProductRoomBytes, measured.ProductRoomBytes);
        }
        measured.Integers = null;                                            // the other's
    }

    private static bool Same(double[][] a, double[][] b) => a.Zip(b).All(p => p.First.AsSpan().SequenceEqual(p.Second));
}
