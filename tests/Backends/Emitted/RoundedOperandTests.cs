using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The processor with operands rounded to BF16, beside the reference that rounds them too: every operator of the table, both directions. The kernel is the machine's own unit, or that of AVX2, which really runs.</summary>
[Trait("Category", "Unit")]
public class RoundedOperandTests(ITestOutputHelper output)
{
    /// <summary>Operands that the operators make themselves may fall to the other side of a half: then one of them is off by 2⁻⁸ of itself. Attention rounds probabilities before they are divided by their sum, the definition after;
    /// few rows meet packed weights that are not rounded.</summary>
    private const double Bound = 4e-3, WideBound = 8e-3;

    /// <summary>
    /// Rounding moves a result about as far as the bounds above, so they alone would also hold for a processor that rounds nothing: where all is F32, it must be
    /// nearer to the rounded definition than this share of what rounding moves. Attention's probabilities are rounded elsewhere than the definition's, see above.
    /// </summary>
    private const double Share = 0.5, WideShare = 0.75, Felt = 1e-4;

    [SkippableFact]
    public void Every_operator_is_the_references()
    {
        using CpuBackend cpu = Open(2);
        using var reference = new ReferenceBackend { ProductType = DType.BF16 };
        using var exact = new ReferenceBackend();
        int compared = 0, rounded = 0, nearer = 0;
        var wrong = new List<string>();
        foreach (OpCase op in OpCases.All)
            foreach (OpSample sample in op.Samples)
            {
                double[][] expected = Run(op, sample, reference, compose: true), actual = Run(op, sample, cpu, compose: false), unrounded = Run(op, sample, exact, compose: true);
                double distance = Distance(expected, actual), moved = Distance(unrounded, actual);
                compared++;
                if (Distance(unrounded, expected) > 1e-9) rounded++;
                if (ShareOf(op, sample) is { } share && Distance(unrounded, expected) is var felt and > Felt)
                {
                    nearer++;
                    output.WriteLine($"{op.Name} {sample.Name}: {distance:G3} from the reference, {distance / felt:P0} of what rounding moves");
                    if (!(distance < share * felt)) wrong.Add($"{op.Name} {sample.Name}: {distance:G3} from the reference, which rounding moves by {felt:G3} alone: its operands are not rounded");
                }
                if (!(distance <= (op.Name is "attention" or "linear" or "lora_linear" ? WideBound : Bound) || sample.Narrowest != DType.F32 && distance <= 0.02)) wrong.Add($"{op.Name} {sample.Name}: {distance:G3} from the reference, which is {moved:G3} from f32");
            }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(compared > 100 && rounded > 20 && nearer > 10, $"{compared} samples, {rounded} with products, {nearer} whose rounding is told from none");
        Assert.Equal((0, 0), (cpu.LiveBlocks, reference.LiveBlocks));
    }

    [SkippableFact]
    public void Threads_change_no_bit_of_a_step()
    {
        double[][]? first = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using CpuBackend cpu = Open(threads);
            double[][] all = [.. from name in new[] { "lora_linear", "attention", "linear_cross_entropy", "matmul" }
                                 let op = OpCases.Get(name)
                                 from sample in op.Samples
                                 from part in Run(op, sample, cpu, compose: false)
                                 select part, .. Large(cpu)];
            Assert.Equal(first ??= all, all);
        }
    }

    /// <summary>Products that are cut into jobs for several threads, which the operators' small samples are not: both directions of a layer, an odd size, alpha.</summary>
    private static IEnumerable<double[]> Large(CpuBackend cpu)
    {
        const int Tokens = 70, In = 530, Out = 521;
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From<float>(cpu, PanelProductTests.Numbers(Tokens * In, 1), [Tokens, In]), w = Tensor.From<float>(cpu, PanelProductTests.Numbers(Out * In, 2), [Out, In]);
        Tensor y = Tensor.Empty(cpu, [Tokens, Out]), dx = Tensor.Empty(cpu, [Tokens, In]), dw = Tensor.Empty(cpu, [Out, In]);
        cpu.MatMul(x, w.Transposed(), y);
        cpu.MatMul(y, w, dx, 0.3f);
        cpu.MatMul(y.Transposed(), x, dw, -2);
        return [.. new[] { y, dx, dw }.Select(t => (double[])[.. t.ToArray<float>().Select(v => (double)v)])];
    }

    /// <summary>Without bf16 the unit is not asked, whether it is there or not.</summary>
    [SkippableFact]
    public void Without_rounding_nothing_changes_by_a_bit()
    {
        using CpuBackend with = Open(2);
        with.ProductType = DType.F32;
        using var without = new CpuBackend(2) { UsesMatrixUnits = false };
        foreach (OpCase op in OpCases.All)
            foreach (OpSample sample in op.Samples) Assert.Equal(Run(op, sample, without, compose: false), Run(op, sample, with, compose: false));
        Assert.False(without.Multiplies(DType.BF16));
        Assert.Equal("matrix units are switched off", without.MatrixUnitState);
    }

    [SkippableFact]
    public void Units_are_switched_before_products_are_rounded()
    {
        using CpuBackend cpu = Open(1);
        Assert.Throws<InvalidOperationException>(() => cpu.UsesMatrixUnits = false);
        cpu.ProductType = DType.F32;
        cpu.UsesMatrixUnits = false;
        Assert.Throws<NotSupportedException>(() => cpu.ProductType = DType.BF16);
    }

    private static double? ShareOf(OpCase op, OpSample sample) => !sample.IsF32 || sample.Packed is not null ? null : op.Name switch
    {
        "matmul" or "linear" or "lora_linear" => Share,
        "attention" => WideShare,
        _ => null,
    };

    private static CpuBackend Open(int threads)
    {
        PanelProductTests.Skip_without_avx2();
        var cpu = new CpuBackend(threads) { Panels = EmittedPanels.Load(MatrixUnits.Here.BF16 ?? PanelKind.Narrow), Poison = true };
        cpu.ProductType = DType.BF16;
        return cpu;
    }

    private static double[][] Run(OpCase op, OpSample sample, Backend backend, bool compose)
    {
        string key = $"{op.Name}/{sample.Name}";
        using var inputs = new OpInputs(sample, key, backend);
        Func<OpInputs, Tensor> run = compose ? sample.Compose ?? sample.Run : sample.Run;
        if (!op.IsDifferentiable) return [OpRun.Forward(inputs, run)];
        double[] y = OpRun.ForwardBackward(inputs, run, key);
        return [y, .. Enumerable.Range(0, sample.Inputs.Count).Select(inputs.Grad)];
    }

    /// <summary>The largest distance of a part, as a share of its size.</summary>
    private static double Distance(double[][] expected, double[][] actual) => expected.Zip(actual, (e, a) =>
    {
        double size = Math.Sqrt(e.Sum(x => x * x)), off = Math.Sqrt(e.Zip(a, (x, z) => x.Equals(z) ? 0 : (x - z) * (x - z)).Sum());
        return off == 0 ? 0 : off / Math.Max(size, 1e-6);
    }).DefaultIfEmpty(0).Max();
}
