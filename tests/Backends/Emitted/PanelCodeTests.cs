using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The code of the products, byte for byte on the interpreter: the twin's bits, no byte of memory outside, everything kept that a caller wants kept.</summary>
[Trait("Category", "Unit")]
public unsafe class PanelCodeTests
{
    public static TheoryData<string, bool, int, int, bool> Calls
    {
        get
        {
            var data = new TheoryData<string, bool, int, int, bool>();
            foreach (PanelKind kind in PanelKind.All)
                foreach (bool windows in new[] { false, true })
                    foreach ((int panels, int steps) in new[] { (1, 1), (1, 3), (3, 2), (2, 1) })
                        foreach (bool load in new[] { false, true }) data.Add(kind.Name, windows, panels, steps, load);
            return data;
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void Kernels_give_the_bits_of_the_twin(string name, bool windows, int panels, int steps, bool load)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        int k = steps * PanelUnit.StepK, m = panels * kind.Rows, n = kind.Columns, cStep = n + 5;
        var random = new Random(panels * 100 + steps);
        float[] a = Numbers(random, m * k), b = Numbers(random, k * n), c = Numbers(random, m * cStep), before = [.. c];
        using var unit = new InterpretedPanels(kind, windows ? CallConvention.Windows : CallConvention.SystemV);
        long aPanel = (long)steps * kind.Rows * PanelUnit.StepK;
        var aPanels = new BFloat16[aPanel * panels];
        var bPanel = new BFloat16[(long)steps * kind.Columns * PanelUnit.StepK];
        fixed (float* pa = a, pb = b, pc = c)
        fixed (BFloat16* ppa = aPanels, ppb = bPanel)
        {
            for (int i = 0; i < panels; i++) PanelPacking.PackA(new Matrix((nint)pa, DType.F32, k, 1), i * kind.Rows, kind.Rows, kind.Rows, k, 1, ppa + i * aPanel);
            PanelPacking.PackB(new Matrix((nint)pb, DType.F32, n, 1).Transposed, default, 0, n, n, k, ppb);
            var call = new PanelCall { A = (nint)ppa, B = (nint)ppb, C = (nint)pc, ASkip = aPanel * 2, CStep = cStep * 4, CSkip = (long)cStep * 4 * kind.Rows, Panels = panels, Steps = steps, Load = load ? 1 : 0 };
            unit.Run(&call);
        }
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                Assert.Equal(PanelTwin.Sum(kind, p => a[i * k + p], p => b[p * n + j], load ? before[i * cStep + j] : 0, k), c[i * cStep + j]);
            Assert.Equal(before[(i * cStep + n)..((i + 1) * cStep)], c[(i * cStep + n)..((i + 1) * cStep)]);
        }
    }

    /// <summary>Below the normal numbers the units count 0, before and after; infinities and what is no number go through.</summary>
    [Theory, InlineData("amx-bf16"), InlineData("avx512-bf16"), InlineData("avx2")]
    public void Extreme_numbers_are_the_twins(string name)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        float[] extremes = [1e-39f, -3e-40f, 1.2e-38f, -1.3e-38f, 3e38f, 2e-20f, -1e-19f, 0, -0f, 1, float.MaxValue, 7e-39f];
        using var unit = new InterpretedPanels(kind, CallConvention.SystemV);
        const int K = PanelUnit.StepK;
        int m = kind.Rows, n = kind.Columns;
        var random = new Random(5);
        float[] a = [.. Enumerable.Range(0, m * K).Select(_ => extremes[random.Next(extremes.Length)])], b = [.. Enumerable.Range(0, K * n).Select(_ => extremes[random.Next(extremes.Length)])], c = new float[m * n];
        var aPanel = new BFloat16[m * K];
        var bPanel = new BFloat16[n * K];
        fixed (float* pa = a, pb = b, pc = c)
        fixed (BFloat16* ppa = aPanel, ppb = bPanel)
        {
            PanelPacking.PackA(new Matrix((nint)pa, DType.F32, K, 1), 0, m, m, K, 1, ppa);
            PanelPacking.PackB(new Matrix((nint)pb, DType.F32, n, 1).Transposed, default, 0, n, n, K, ppb);
            var call = new PanelCall { A = (nint)ppa, B = (nint)ppb, C = (nint)pc, CStep = n * 4, CSkip = n * 4 * m, Panels = 1, Steps = 1 };
            unit.Run(&call);
        }
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                float expected = PanelTwin.Sum(kind, p => a[i * K + p], p => b[p * n + j], 0, K);
                Assert.True(expected.Equals(c[i * n + j]) || (float.IsNaN(expected) && float.IsNaN(c[i * n + j])), $"[{i}, {j}]: {c[i * n + j]}, not {expected}");
            }
    }

    /// <summary>No instruction is there that no test runs.</summary>
    [Theory, InlineData("amx-bf16"), InlineData("avx512-bf16"), InlineData("avx2")]
    public void Every_instruction_is_run(string name)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        foreach (CallConvention convention in new[] { CallConvention.SystemV, CallConvention.Windows })
        {
            using var unit = new InterpretedPanels(kind, convention);
            foreach (long load in new[] { 0L, 1L })
            {
                var a = new byte[2 * kind.Rows * 64];
                var b = new byte[kind.Columns * 64];
                var c = new float[2 * kind.Rows * kind.Columns];
                fixed (byte* pa = a, pb = b)
                fixed (float* pc = c)
                {
                    var call = new PanelCall { A = (nint)pa, B = (nint)pb, C = (nint)pc, ASkip = kind.Rows * 64, CStep = kind.Columns * 4, CSkip = kind.Columns * 4 * kind.Rows, Panels = 2, Steps = 1, Load = load };
                    unit.Run(&call);
                }
            }
            Assert.Equal(kind.Emit(convention).Listing().Select(l => (nint)l.Offset).Order(), unit.Seen.Order());
        }
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 4 - 2))];
}
