using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The processor with operands rounded to BF16, beside the reference that rounds them too: every operator of the table, both directions. The kernel is the machine's own unit, or that of AVX2, which really runs.</summary>
[Trait("Category", "Unit")]
public class RoundedOperandTests(ITestOutputHelper output)
{
    /// <summary>By the bounds of <see cref="ProductTolerance"/>, which <c>ops check products=bf16</c> takes too; enough samples must feel the rounding, and enough of them tell it from none.</summary>
    [SkippableFact]
    public void Every_operator_is_the_references()
    {
        using CpuBackend cpu = Open(2);
        using var reference = new ReferenceBackend { ProductType = DType.BF16 };
        using var exact = new ReferenceBackend();
        int compared = 0, rounded = 0, told = 0;
        var wrong = new List<string>();
        foreach (OpCase op in OpCases.All)
            foreach (OpSample sample in op.Samples)
            {
                OpFinding finding = OpCheck.Compare(op, sample, cpu, reference);
                if (!finding.Passed) wrong.Add(finding.ToString());
                double[][] expected = Run(op, sample, reference, compose: true), unrounded = Run(op, sample, exact, compose: true);
                double moved = unrounded.Zip(expected, (u, e) => ProductTolerance.Distance(u, e)).DefaultIfEmpty(0).Max();
                compared++;
                if (moved > 1e-9) rounded++;
                if (ProductTolerance.Tells(op, sample, DType.BF16, moved))
                {
                    told++;
                    output.WriteLine($"{op.Name} {sample.Name}: {finding.Worst:P1} of the bound, rounding moves it by {moved:G3}");
                }
            }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(compared > 100 && rounded > 20 && told > 10, $"{compared} samples, {rounded} with products, {told} whose rounding is told from none");
        Assert.Equal((0, 0, DType.BF16), (cpu.LiveBlocks, reference.LiveBlocks, reference.ProductType));
    }

    /// <summary>What rounds nothing is found out: F32 products in the place of rounded ones.</summary>
    [Fact]
    public void A_device_that_rounds_nothing_is_wrong()
    {
        using var claims = new Unrounded { ProductType = DType.BF16 };
        using var reference = new ReferenceBackend();
        foreach (string name in new[] { "matmul", "linear", "lora_linear" })
            Assert.Contains(OpCheck.Compare(OpCases.Get(name), claims, reference), f => f.Fault?.Contains("its operands are not rounded to bf16", StringComparison.Ordinal) == true);
        Assert.Equal(DType.F32, reference.ProductType);
    }

    private sealed class Unrounded : HostBackend
    {
        private readonly ReferenceBackend _exact = new();

        public override string Name => "unrounded";
        public override bool Multiplies(DType type) => true;
        public override void Fill(Tensor y, double value) => _exact.Fill(y, value);
        public override void Copy(Tensor x, Tensor y) => _exact.Copy(x, y);
        public override void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false) => _exact.MatMul(a, b, y, alpha, accumulate);
        public override void Unary(UnaryKind kind, Tensor x, Tensor y) => _exact.Unary(kind, x, y);
        public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y) => _exact.Binary(kind, a, b, y);
        public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y) => _exact.Binary(kind, a, b, y);
        public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y) => _exact.Select(condition, a, b, y);
        public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false) => _exact.Reduce(kind, x, y, accumulate);
        public override void ArgMax(Tensor x, Tensor y) => _exact.ArgMax(x, y);
        public override void Gather(Tensor table, Tensor ids, Tensor y) => _exact.Gather(table, ids, y);
        public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table) => _exact.ScatterAdd(dy, ids, table);

        public override void Dispose()
        {
            base.Dispose();
            _exact.Dispose();
        }
    }

    /// <summary>Gradients of rounded products beside differences of exact ones.</summary>
    [SkippableFact]
    public void Gradients_are_near_finite_differences()
    {
        using CpuBackend cpu = Open(2);
        using var reference = new ReferenceBackend();
        OpFinding[] findings = [.. new[] { "matmul", "linear", "lora_linear", "attention", "linear_cross_entropy" }.Select(OpCases.Get).SelectMany(op => GradCheck.Compare(op with { Samples = [.. op.Samples.Where(s => s.Packed is null)] }, cpu, reference))];
        output.WriteLine($"at most {findings.Max(f => f.Worst):F2} of the tolerance");
        Assert.True(findings.All(f => f.Passed), string.Join("\n", findings.Where(f => !f.Passed)));
        Assert.True(findings.Length > 10);
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

    /// <summary>Decoding: up to eight rows meet a weight as it is stored, both rounded, without its being packed; nine go to the unit.</summary>
    [Theory, InlineData("f32"), InlineData("bf16"), InlineData("f16")]
    public void Few_rows_are_rounded_without_packing(string stored)
    {
        const int In = 530, Out = 93;
        using var cpu = new CpuBackend(2) { Panels = new NoUnit() };
        cpu.ProductType = DType.BF16;
        using var scope = TensorScope.Begin();
        float[] ws = PanelProductTests.Numbers(Out * In, 2);
        Tensor wide = Tensor.From<float>(cpu, ws, [Out, In]), w = Tensor.Empty(cpu, wide.Shape, stored == "f32" ? DType.F32 : stored == "bf16" ? DType.BF16 : DType.F16);
        cpu.Copy(wide, w);
        cpu.Copy(w, wide);
        double[] weights = [.. wide.ToArray<float>().Select(v => (double)(float)(BFloat16)v)];
        for (int rows = 1; rows <= 8; rows++)
        {
            float[] xs = PanelProductTests.Numbers(rows * In, rows);
            Tensor x = Tensor.From<float>(cpu, xs, [rows, In]), y = Tensor.Empty(cpu, [rows, Out]);
            cpu.MatMul(x, w.Transposed(), y);
            float[] actual = y.ToArray<float>();
            for (int i = 0; i < actual.Length; i++)
            {
                double sum = 0, size = 0;
                for (int p = 0; p < In; p++)
                {
                    double term = (double)(float)(BFloat16)xs[i / Out * In + p] * weights[i % Out * In + p];
                    sum += term;
                    size += Math.Abs(term);
                }
                double bound = (In + 2) * Math.Pow(2, -24) * size;           // of a sum in any order; without rounding about half of the elements are beyond it
                Assert.InRange(actual[i], sum - bound, sum + bound);
            }
        }
        Tensor nine = Tensor.From<float>(cpu, PanelProductTests.Numbers(9 * In, 1), [9, In]);
        Assert.Equal("asked", Assert.Throws<InvalidOperationException>(() => cpu.MatMul(nine, w.Transposed(), Tensor.Empty(cpu, [9, Out]))).Message);
    }

    /// <summary>Keys and values that came before are rounded where decoding reads them: the bits of a rounded copy, which is not made.</summary>
    [Theory, InlineData(1, 1), InlineData(1, 4), InlineData(1, 14), InlineData(5, 2)]
    public void Decoding_makes_no_copy_of_the_cache(int rows, int group)
    {
        const int Kept = 300, KvHeads = 2, Dim = 24;
        using var cpu = new CpuBackend(2) { Panels = new NoUnit() };
        cpu.ProductType = DType.BF16;
        using var scope = TensorScope.Begin();
        Tensor q = Tensor.From<float>(cpu, PanelProductTests.Numbers(rows * group * KvHeads * Dim, 1), [rows, group * KvHeads, Dim]);
        Tensor k = Tensor.From<float>(cpu, PanelProductTests.Numbers(Kept * KvHeads * Dim, 2), [Kept, KvHeads, Dim]), v = Tensor.From<float>(cpu, PanelProductTests.Numbers(Kept * KvHeads * Dim, 3), [Kept, KvHeads, Dim]);
        cpu.ResetPeak();
        long before = cpu.LiveBytes;
        float[] actual = Attend(k, v);
        Assert.InRange(cpu.PeakBytes - before, 0, Kept * KvHeads * Dim * sizeof(ushort) / 2);
        Assert.Equal(Attend(Narrowed(k), Narrowed(v)), actual);
        cpu.ProductType = DType.F32;
        Assert.NotEqual(Attend(k, v), actual);

        float[] Attend(Tensor keys, Tensor values)
        {
            using var inner = TensorScope.Begin();
            return TensorOps.Attention(q, keys, values, new Segments([0], [rows], [0], [Kept]), 0.2f).ToArray<float>();
        }

        Tensor Narrowed(Tensor x)
        {
            float[] numbers = x.ToArray<float>();
            CpuBackend.RoundInPlace(numbers);
            return Tensor.From<float>(cpu, numbers, x.Shape);
        }
    }

    /// <summary>Attention with whole numbers is attention with rounded ones, to the bit and in both directions: each operand is rounded before it is used.</summary>
    [Theory, InlineData(1, 12), InlineData(5, 64), InlineData(70, 20)]
    public void Attention_rounds_its_operands(int tokens, int dim)
    {
        const int Heads = 4, KvHeads = 2;
        using var cpu = new CpuBackend(2) { Panels = new NoUnit() };
        cpu.ProductType = DType.BF16;
        float[][] whole = Run(rounds: false), rounded = Run(rounds: true);
        Assert.Equal(rounded, whole);
        cpu.ProductType = DType.F32;
        float[][] exact = Run(rounds: false);
        for (int part = 0; part < exact.Length; part++)
            if (tokens > 1 || part is 0 or 3) Assert.NotEqual(exact[part], whole[part]);

        float[][] Run(bool rounds)
        {
            using Parameter q = Make("q", Heads, 1), k = Make("k", KvHeads, 2), v = Make("v", KvHeads, 3), dy = Make("dy", Heads, 4);
            using var tape = Tape.Begin();
            Tensor y = TensorOps.Attention(q.Value, k.Value, v.Value, Segments.Packed(tokens), 0.25f);
            tape.Backward((y * dy.Value).Sum());
            return [y.ToArray<float>(), q.Grad!.ToArray<float>(), k.Grad!.ToArray<float>(), v.Grad!.ToArray<float>()];

            Parameter Make(string name, int heads, int seed)
            {
                float[] x = PanelProductTests.Numbers(tokens * heads * dim, seed);
                if (rounds) CpuBackend.RoundInPlace(x);
                return new Parameter(name, Tensor.From<float>(cpu, x, [tokens, heads, dim])) { RequiresGrad = name != "dy" };
            }
        }
    }

    /// <summary>e^-0.3 is no BF16, so a probability that was rounded is told from one that was not: y = round(p) / (1 + p) where v is 0 and 1.</summary>
    [Theory, InlineData(1), InlineData(40)]
    public void Attention_rounds_its_probabilities(int queries)
    {
        using var cpu = new CpuBackend(2) { Panels = new NoUnit() };
        using var scope = TensorScope.Begin();
        Tensor q = Tensor.From<float>(cpu, [.. Enumerable.Repeat(1f, queries)], [queries, 1, 1]), k = Tensor.From<float>(cpu, [1f, 0f, .. new float[queries]], [queries + 2, 1, 1]);
        Tensor v = Tensor.From<float>(cpu, [0f, 1f, .. new float[queries]], [queries + 2, 1, 1]);
        foreach (DType type in new[] { DType.F32, DType.BF16 })
        {
            cpu.ProductType = type;
            float[] y = TensorOps.Attention(q, k, v, new Segments([0], [queries], [0], [queries + 2]), 0.3f).ToArray<float>();
            for (int i = 0; i < queries; i++)
            {
                double p = Math.Exp(-0.3), off = Math.Abs(y[i] * (1 + (i + 2) * p) / p - 1);          // one key with a score of 0.3, i + 2 with 0
                if (type == DType.F32) Assert.InRange(off, 0, 1e-5);
                else Assert.InRange(off, 1e-4, Math.Pow(2, -8));
            }
        }
    }

    private sealed unsafe class NoUnit() : PanelUnit(PanelKind.Narrow)
    {
        public override void Run(PanelCall* call) => throw new InvalidOperationException("asked");
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
                for (int i = 0; i < expected.Length; i++) Assert.InRange(Distance(expected[i], actual[i]), 0, 0.01);
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

    internal static double[][] Run(OpCase op, OpSample sample, Backend backend, bool compose)
    {
        string key = $"{op.Name}/{sample.Name}";
        using var inputs = new OpInputs(sample, key, backend);
        Func<OpInputs, Tensor> run = compose ? sample.Compose ?? sample.Run : sample.Run;
        if (!op.IsDifferentiable) return [OpRun.Forward(inputs, run)];
        double[] y = OpRun.ForwardBackward(inputs, run, key);
        return [y, .. Enumerable.Range(0, sample.Inputs.Count).Select(inputs.Grad)];
    }

    private static double Distance(double[] expected, double[] actual) => ProductTolerance.Distance(expected, actual);
}
