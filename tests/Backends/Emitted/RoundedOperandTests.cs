using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The processor with operands rounded to BF16, beside the reference that rounds them too: every operator of the table, both directions. The kernel is the machine's own unit, or that of AVX2, which really runs.</summary>
[Trait("Category", "Unit")]
public class RoundedOperandTests
{
    /// <summary>Operands that the operators make themselves may fall to the other side of a half: then one of them is off by 2⁻⁸ of itself. Attention rounds probabilities before they are divided by their sum, the definition after;
    /// few rows meet packed weights that are not rounded.</summary>
    private const double Bound = 4e-3, WideBound = 8e-3;

    [SkippableFact]
    public void Every_operator_is_the_references()
    {
        using CpuBackend cpu = Open(2);
        using var reference = new ReferenceBackend { ProductType = DType.BF16 };
        using var exact = new ReferenceBackend();
        int compared = 0, rounded = 0;
        var wrong = new List<string>();
        foreach (OpCase op in OpCases.All)
            foreach (OpSample sample in op.Samples)
            {
                double[][] expected = Run(op, sample, reference, compose: true), actual = Run(op, sample, cpu, compose: false), unrounded = Run(op, sample, exact, compose: true);
                double distance = Distance(expected, actual), moved = Distance(unrounded, actual);
                compared++;
                if (Distance(unrounded, expected) > 1e-9) rounded++;
                if (!(distance <= (op.Name is "attention" or "linear" or "lora_linear" ? WideBound : Bound) || sample.Narrowest != DType.F32 && distance <= 0.02)) wrong.Add($"{op.Name} {sample.Name}: {distance:G3} from the reference, which is {moved:G3} from f32");
            }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(compared > 100 && rounded > 20, $"{compared} samples, {rounded} with products");
        Assert.Equal((0, 0), (cpu.LiveBlocks, reference.LiveBlocks));
    }

    [SkippableFact]
    public void Threads_change_no_bit_of_a_step()
    {
        double[][]? first = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using CpuBackend cpu = Open(threads);
            double[][] all = [.. from name in new[] { "linear_lora", "attention", "linear_cross_entropy", "matmul" }
                                 let op = OpCases.Find(name)
                                 where op is not null
                                 from sample in op.Samples
                                 from part in Run(op, sample, cpu, compose: false)
                                 select part];
            Assert.NotEmpty(all);
            Assert.Equal(first ??= all, all);
        }
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

    /// <summary>Where a token is nearly certain the gradient of a row is the small rest, which a p rounded beside its target's row would drown.</summary>
    [SkippableFact]
    public void What_is_nearly_certain_has_its_gradient()
    {
        const int Vocab = 3000, Hidden = 24, Random = 21;     // two pieces of the head
        int[] targets = [3, 11, 2990];
        var random = new Random(2);
        float[] w = Numbers(Vocab), rows = Numbers(3);
        for (int i = 0; i < 3; i++) (rows[i * Hidden + Random + i], w[targets[i] * Hidden + Random + i]) = (16, 1);
        using var exact = new ReferenceBackend();
        using CpuBackend cpu = Open(2);
        foreach (float cap in new[] { 0f, 60f })
            foreach (bool frozen in new[] { true, false })
            {
                double[][] expected = Rows(exact, frozen, cap), actual = Rows(cpu, frozen, cap);
                for (int i = 0; i < expected.Length; i++) Assert.InRange(Distance([expected[i]], [actual[i]]), 0, 0.01);
            }
        Assert.Equal(0, cpu.LiveBlocks);

        float[] Numbers(int count) => [.. Enumerable.Range(0, count * Hidden).Select(i => i % Hidden >= Random ? 0 : (float)Math.Round((random.NextDouble() * 2 - 1) * 64) / 64)];

        double[][] Rows(Backend b, bool frozen, float cap)
        {
            using var scope = TensorScope.Begin();
            using var x = new Parameter("x", Tensor.From<float>(b, rows, [3, Hidden])) { RequiresGrad = true };
            using var head = new Parameter("w", Tensor.From<float>(b, w, [Vocab, Hidden])) { RequiresGrad = !frozen };
            using var tape = Tape.Begin();
            Tensor nll = LinearCrossEntropyOp.Apply(x.Value, head, Tensor.From<int>(b, targets, [3]), softCap: cap);
            tape.Backward(nll.Sum());
            Assert.All(nll.ToArray<float>(), l => Assert.InRange(l, 1e-5f, 0.05f));
            return [.. x.Grad!.ToArray<float>().Chunk(Hidden).Select(row => Array.ConvertAll(row, v => (double)v))];
        }
    }

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
