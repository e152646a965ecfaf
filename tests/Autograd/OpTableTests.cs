using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Every operator on every backend, by the table.</summary>
[Trait("Category", "Unit")]
public class OpTableTests
{
    public static TheoryData<string, string> OpsTimesBackends()
    {
        var data = new TheoryData<string, string>();
        foreach (string backend in Devices.Tested)
            foreach (OpCase op in OpCases.All)
                data.Add(op.Name, backend);
        return data;
    }

    [Theory, MemberData(nameof(OpsTimesBackends))]
    public void Fused_matches_composition_forward_and_backward(string op, string backend)
    {
        using Backend tested = Devices.Open(backend), oracle = Devices.Open("reference");
        OpCheck.FusedAgainstComposed(OpCases.Get(op), tested, oracle);
        Assert.Equal(0, tested.LiveBlocks);
        Assert.Equal(0, oracle.LiveBlocks);
    }

    [Theory, MemberData(nameof(OpsTimesBackends))]
    public void Gradient_matches_finite_differences_in_a_random_direction(string op, string backend)
    {
        using Backend tested = Devices.Open(backend), oracle = Devices.Open("reference");
        GradCheck.Projected(OpCases.Get(op), tested, oracle);
        Assert.Equal(0, tested.LiveBlocks);
        Assert.Equal(0, oracle.LiveBlocks);
    }

    /// <summary>Where a backend has a kernel of its own, the portable one would never be met.</summary>
    [Theory]
    [InlineData("attention", "reference"), InlineData("attention", "cpu")]
    [InlineData("linear_cross_entropy", "reference"), InlineData("linear_cross_entropy", "cpu")]
    [InlineData("lora_linear", "reference"), InlineData("lora_linear", "cpu")]
    public void Portable_kernels_are_right_on_any_primitives(string op, string backend)
    {
        using Backend tested = Devices.Open(backend), oracle = Devices.Open("reference");
        using (tested.Use<IAttentionKernel>(new PortableAttention(tested)))
        using (tested.Use<ILinearCrossEntropyKernel>(new PortableLinearCrossEntropy(tested)))
        using (tested.Use<ILoraLinearKernel>(new PortableLoraLinear(tested)))
        {
            OpCheck.FusedAgainstComposed(OpCases.Get(op), tested, oracle);
            GradCheck.Projected(OpCases.Get(op), tested, oracle);
        }
        Assert.Equal(0, tested.LiveBlocks);
    }

    [Fact]
    public void Names_are_unique_snake_case_and_samples_are_named_apart()
    {
        Assert.Equal(OpCases.All.Count, OpCases.All.Select(c => c.Name).Distinct().Count());
        Assert.All(OpCases.All, c => Assert.Matches("^[a-z]+(_[a-z]+)*$", c.Name));
        Assert.All(OpCases.All, c => Assert.NotEmpty(c.Samples));
        foreach (OpCase op in OpCases.All)
            Assert.Empty(op.Samples.GroupBy(s => s.Name).Where(g => g.Count() > 1).Select(g => $"{op.Name}: {g.Key}"));
    }

    [Fact]
    public void Every_contract_has_a_row()
    {
        // What no gradient goes through is no differentiable operator: an optimizer's step, clipping, the choice of a token. A packed weight is an input of several.
        Type[] others = [typeof(IAdamWKernel), typeof(IAdamW8BitKernel), typeof(IGradientsKernel), typeof(ITopKernel), typeof(IPackedKernel)];
        IEnumerable<Type> contracts = typeof(IRmsNormKernel).Assembly.GetExportedTypes().Where(t => t.IsInterface && t.Name.EndsWith("Kernel", StringComparison.Ordinal)).Except(others);
        Assert.Empty(contracts.Where(t => !OpCases.All.Any(c => c.Contract == t)).Select(t => t.Name));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("lora_linear")]
    [InlineData("linear_cross_entropy")]
    [InlineData("embedding")]
    public void Every_packed_format_is_a_sample_of_what_takes_a_weight(string op) =>
        Assert.Empty(PackedSample.All.Where(p => !OpCases.Get(op).Samples.Any(s => s.Packed == p)).Select(p => p.Format.Name));

    [Fact]
    public void Inputs_are_the_same_every_time_and_differ_by_name()
    {
        var x = new OpInput("x", [3, 37]);
        Assert.Equal(x.Generate("a"), x.Generate("a"));
        Assert.NotEqual(x.Generate("a"), x.Generate("b"));
        Assert.NotEqual(x.Generate("a"), (x with { Name = "z" }).Generate("a"));
    }

    [Fact]
    public void A_strided_input_is_strided_and_means_the_same()
    {
        using Backend backend = Devices.Open("reference");
        OpSample plain = new("plain", [new OpInput("x", [3, 5])], i => i[0]);
        double[] expected = plain.Inputs[0].Generate("k");
        foreach (OpLayout layout in Enum.GetValues<OpLayout>())
        {
            using var inputs = new OpInputs(plain.Laid(layout), "k", backend);
            using var scope = TensorScope.Begin();
            Tensor x = inputs[0];
            Assert.Equal(layout == OpLayout.Contiguous, x.IsContiguous);
            Assert.Equal(layout != OpLayout.Transposed, x.HasUnitRows);
            Assert.Equal(Array.ConvertAll(expected, v => (float)v), x.ToArray<float>());
        }
    }

    [Theory]
    [InlineData(2, 8), InlineData(1, 896), InlineData(3, 192)]
    public void Bench_samples_run_both_forms_and_backward(int rows, int width)
    {
        using Backend backend = Devices.Open("cpu");
        foreach (OpCase op in OpCases.All.Where(c => c.Bench is not null))
        {
            using PreparedCase prepared = op.Prepare(backend, rows, width);
            prepared.RunFused();
            prepared.RunComposed();
            if (op.IsDifferentiable) prepared.RunBackward();
            OpCost cost = prepared.Cost(op.IsDifferentiable);
            Assert.True(cost.Bytes > 0 && (cost.BackwardBytes > 0 || !op.IsDifferentiable), $"{op.Name}: {cost}");
        }
    }

    [Fact]
    public void A_measurement_has_both_directions_and_a_share()
    {
        using Backend backend = Devices.Open("reference");
        OpMeasurement[] times = [.. OpBench.Measure(OpCases.Get("rms_norm"), backend, 2, 16, new Limits(10, 100), repeat: 3, warmupMs: 1)];
        Assert.Equal(["forward", "backward"], times.Select(t => t.Direction));
        Assert.All(times, t => Assert.True(t.MedianUs > 0 && t.ShareOfLimit > 0));
    }

    [Fact]
    public void Coverage_tells_kernel_from_composition()
    {
        using Backend backend = Devices.Open("reference");
        OpCase op = OpCases.Get("rms_norm");
        op = op with { Samples = [.. op.Samples.Where(s => s.IsF32)] };
        Assert.Equal(new OpCoverage("rms_norm", "reference", KernelChoice.Composition, KernelChoice.Composition, 0, op.Samples.Count), OpCoverage.Of(op, backend));
        Assert.Equal(KernelChoice.Primitive, OpCoverage.Of(OpCases.Get("matmul"), backend).Training);
        using (backend.Use<IRmsNormKernel>(new PlainRmsNorm { Supported = Support.Forward }))
            Assert.Equal((KernelChoice.Kernel, KernelChoice.Composition), Choices(OpCoverage.Of(op, backend)));
        using (backend.Use<IRmsNormKernel>(new PlainRmsNorm()))
            Assert.Equal((KernelChoice.Kernel, KernelChoice.Kernel), Choices(OpCoverage.Of(op, backend)));
        Assert.Contains("| rms_norm | composition | composition |", OpCoverage.Markdown([op], [backend]));

        static (KernelChoice, KernelChoice) Choices(OpCoverage c) => (c.Forward, c.Training);
    }

    private sealed record Limits(double GBPerSecond, double GFlops) : IMachineLimits;
}
