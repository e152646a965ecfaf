using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The code of the products of integers, byte for byte on the interpreter: the twin's bits, no byte of memory outside, everything kept that a caller wants kept.</summary>
[Trait("Category", "Unit")]
public unsafe class Int8CodeTests
{
    public static TheoryData<string, bool, int, int, bool, string> Calls
    {
        get
        {
            var data = new TheoryData<string, bool, int, int, bool, string>();
            foreach (PanelKind kind in Int8Kinds.All)
                foreach (bool windows in new[] { false, true })
                    foreach ((int panels, int steps) in new[] { (1, 1), (1, 3), (3, 2) })
                        foreach (bool load in new[] { false, true })
                            foreach (string format in new[] { "Q8_0", "Q4_1" }) data.Add(kind.Name, windows, panels, steps, load, format);
            return data;
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void Kernels_give_the_bits_of_the_twin(string name, bool windows, int panels, int steps, bool load, string format)
    {
        PanelKind kind = Int8Kinds.All.Single(k => k.Name == name);
        int k = steps * 32, m = panels * kind.Rows, n = kind.Columns, cStep = n + 5;
        using var cpu = new CpuBackend(1);
        using var w = new Int8Weight(cpu, format, n, k);
        float[] a = PanelProductTests.Numbers(m * k, panels * 100 + steps), c = PanelProductTests.Numbers(m * cStep, 3), before = [.. c];
        using var unit = new InterpretedPanels(kind, windows ? CallConvention.Windows : CallConvention.SystemV);
        Multiply(unit, a, w, c, cStep, panels, load);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++) Assert.Equal(w.Sum(a.AsSpan(i * k, k), j, load ? before[i * cStep + j] : 0), c[i * cStep + j]);
            Assert.Equal(before[(i * cStep + n)..((i + 1) * cStep)], c[(i * cStep + n)..((i + 1) * cStep)]);
        }
    }

    /// <summary>The largest codes of either sign everywhere: no sum is cut off on the way.</summary>
    [Theory, InlineData("amx-int8"), InlineData("avx512-vnni"), InlineData("avx-vnni"), InlineData("avx2-int8")]
    public void The_largest_sums_are_exact(string name)
    {
        PanelKind kind = Int8Kinds.All.Single(k => k.Name == name);
        int m = kind.Rows, n = kind.Columns;
        foreach ((int code, int activation) in new[] { (127, 127), (-128, 127), (127, -127), (-128, -127) })
        {
            byte[] a = new byte[m * Int8Layout.RowBytes], b = new byte[n * Int8Layout.ColumnBytes];
            a.AsSpan(0, 32 * m).Fill((byte)activation);
            b.AsSpan(0, 32 * n).Fill((byte)(kind.TakesSigned ? code : code + 128));
            for (int i = 0; i < m; i++)
            {
                BitConverter.TryWriteBytes(a.AsSpan(Int8Layout.ScalesOfA(m) + 4 * i), 1f);
                BitConverter.TryWriteBytes(a.AsSpan(Int8Layout.StartsOfA(m) + 4 * i), kind.TakesSigned ? 0 : -128 * 32 * activation);
            }
            for (int j = 0; j < n; j++) BitConverter.TryWriteBytes(b.AsSpan(Int8Layout.ScalesOfB(n) + 4 * j), 1f);
            float[] c = new float[m * n];
            byte[] room = new byte[1024];
            using var unit = new InterpretedPanels(kind, CallConvention.SystemV);
            fixed (byte* pa = a, pb = b, pr = room)
            fixed (float* pc = c)
            {
                var call = new PanelCall { A = (nint)pa, B = (nint)pb, C = (nint)pc, CStep = n * 4, Panels = 1, Steps = 1, Room = (nint)pr };
                unit.Run(&call);
            }
            Assert.All(c, v => Assert.Equal(32 * code * activation, v));
        }
    }

    /// <summary>No instruction is there that no test runs.</summary>
    [Theory, InlineData("amx-int8"), InlineData("avx512-vnni"), InlineData("avx-vnni"), InlineData("avx2-int8")]
    public void Every_instruction_is_run(string name)
    {
        PanelKind kind = Int8Kinds.All.Single(k => k.Name == name);
        using var cpu = new CpuBackend(1);
        using var w = new Int8Weight(cpu, "Q5_1", kind.Columns, 32);
        foreach (CallConvention convention in new[] { CallConvention.SystemV, CallConvention.Windows })
        {
            using var unit = new InterpretedPanels(kind, convention);
            foreach (bool load in new[] { false, true }) Multiply(unit, PanelProductTests.Numbers(2 * kind.Rows * 32, 1), w, new float[2 * kind.Rows * kind.Columns], kind.Columns, 2, load);
            Assert.Equal(kind.Emit(convention).Listing().Select(l => (nint)l.Offset).Order(), unit.Seen.Order());
        }
    }

    /// <summary>The emitted kernel itself, where the machine has what it needs: panels, tile and room between pages that fault when they are touched.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void The_code_touches_its_panels_and_tiles_alone(bool atStart)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        int run = 0;
        foreach (PanelKind kind in Int8Kinds.All)
        {
            if (kind.Obstacle is not null) continue;
            using PanelUnit unit = EmittedPanels.Load(kind);
            run++;
            for (int panels = 1; panels <= 3; panels++)
                for (int steps = 1; steps <= 3; steps++)
                {
                    using GuardedMemory a = new(panels * steps * kind.Rows * Int8Layout.RowBytes, atStart), b = new(steps * kind.Columns * Int8Layout.ColumnBytes, atStart), c = new(panels * kind.Rows * kind.Columns * 4, atStart), room = new(1024, atStart);
                    var call = new PanelCall
                    {
                        A = a.Start,
                        B = b.Start,
                        C = c.Start,
                        ASkip = steps * kind.Rows * Int8Layout.RowBytes,
                        CStep = kind.Columns * 4,
                        CSkip = kind.Columns * 4 * kind.Rows,
                        Panels = panels,
                        Steps = steps,
                        Load = panels % 2,
                        Minima = steps % 2,
                        Room = room.Start,
                    };
                    unit.Run(&call);
                    Assert.Equal(0, call.Panels);
                }
        }
        Skip.If(run == 0, $"no kernel can be run: {Int8Kinds.Narrow.Obstacle}");
    }

    private static void Multiply(PanelUnit unit, float[] a, Int8Weight w, float[] c, int cStep, int panels, bool load)
    {
        int k = w.Columns, steps = k / 32, aPanel = steps * unit.Rows * Int8Layout.RowBytes;
        byte[] aPanels = new byte[aPanel * panels], bPanel = new byte[steps * unit.Columns * Int8Layout.ColumnBytes], room = new byte[1024];
        fixed (float* pa = a, pc = c)
        fixed (byte* ppa = aPanels, ppb = bPanel, pr = room)
        {
            for (int i = 0; i < panels; i++) Int8Packing.PackA(new Matrix((nint)pa, DType.F32, k, 1), i * unit.Rows, unit.Rows, unit.Rows, k, unit.Kind.TakesSigned ? 0 : w.Reader.Zero, ppa + i * aPanel);
            Int8Packing.PackB(w.Reader, w.Packed, 0, unit.Columns, unit.Columns, unit.Kind.TakesSigned, ppb);
            var call = new PanelCall
            {
                A = (nint)ppa,
                B = (nint)ppb,
                C = (nint)pc,
                ASkip = aPanel,
                CStep = cStep * 4,
                CSkip = (long)cStep * 4 * unit.Rows,
                Panels = panels,
                Steps = steps,
                Load = load ? 1 : 0,
                Minima = w.Reader.HasMinima ? 1 : 0,
                Room = (nint)pr,
            };
            unit.Run(&call);
        }
    }
}
