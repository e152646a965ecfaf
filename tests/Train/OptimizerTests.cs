namespace Pure.Tuner.Tests;

/// <summary>What holds for every optimizer, whatever its formula.</summary>
[Trait("Category", "Unit")]
public class OptimizerTests
{
    private static readonly Dictionary<string, Func<List<(string Name, Parameter Parameter)>, Optimizer>> s_makers = new()
    {
        ["adamw"] = p => new AdamW(Whole(p)),
        ["adamw_amsgrad"] = p => new AdamW(Whole(p), amsgrad: true),
        ["adamw_paged"] = p => new AdamW(Whole(p), paged: new PagedMemory(Path.GetTempPath())),
        ["adamw_8bit"] = p => new AdamW8Bit(Whole(p)),
        ["adamw_8bit_all"] = p => new AdamW8Bit(Whole(p), minElements: 0),
        ["adamw_8bit_paged"] = p => new AdamW8Bit(Whole(p), minElements: 0, paged: new PagedMemory(Path.GetTempPath())),
        ["sgd"] = p => new Sgd(Whole(p)),
        ["sgd_nesterov"] = p => new Sgd(Whole(p), momentum: 0.9, nesterov: true),
        ["sgd_dampened"] = p => new Sgd(Whole(p), momentum: 0.8, dampening: 0.3),
        ["lion"] = p => new Lion(Whole(p)),
        ["rmsprop"] = p => new RmsProp(Whole(p)),
        ["rmsprop_centered"] = p => new RmsProp(Whole(p), momentum: 0.5, centered: true),
        ["adagrad"] = p => new Adagrad(Whole(p), rateDecay: 0.1, initial: 0.2),
        ["adafactor"] = p => new Adafactor(Whole(p), new AdafactorOptions { ScaleParameter = false, RelativeStep = false }),
        ["adafactor_relative"] = p => new Adafactor(Whole(p), new AdafactorOptions { Beta1 = 0.9, WarmupInit = true }),
        ["muon"] = p => new Muon(Whole(p), Muon.IsMatrix),
        ["galore_std"] = p => GaLore(p, "std"),
        ["galore_reverse_std"] = p => GaLore(p, "reverse_std"),
        ["galore_left"] = p => GaLore(p, "left"),
        ["galore_right"] = p => GaLore(p, "right"),
        ["galore_full"] = p => GaLore(p, "full"),
    };

    public static TheoryData<string> Names => [.. s_makers.Keys];

    private static List<ParameterGroup> Whole(List<(string Name, Parameter Parameter)> p) => [new(p, 0.01, 0.1)];

    private static GaLoreAdamW GaLore(List<(string Name, Parameter Parameter)> p, string type) =>
        new([new(p.FindAll(x => x.Parameter.Shape.Rank == 1), 0.01, 0.1), new(p.FindAll(x => x.Parameter.Shape.Rank == 2), 0.01, 0.1) { GaLore = new GaLoreOptions(3, 2, 0.5, type) }]);

    /// <summary>Six steps on a tall and a wide matrix, a vector and a single number; with a stop in between when asked.</summary>
    private static float[][] Run(string name, int threads = 2, bool stops = false, string device = "cpu", DType dtype = DType.F32, float before = 1, float gradScale = 1)
    {
        using Backend backend = Backends.Open(device, threads);
        Shape[] shapes = [[9, 5], [5, 9], [70, 80], [11], [1]];
        var parameters = shapes.Select((s, i) => ($"{i}.weight", new Parameter($"{i}.weight", Tensor.From<float>(backend, Numbers(s, i, 1), s)) { RequiresGrad = true })).ToList();
        foreach ((_, Parameter p) in parameters)
            if (dtype != DType.F32) p.Replace(TensorFiles.Clone(p.Value, dtype));
        float[][] end;
        string file = Path.GetTempFileName();
        Optimizer optimizer = s_makers[name](parameters);
        using (var gradients = new Gradients(parameters.Select(p => p.Item2)))
        {
            for (int step = 0; step < 6; step++)
            {
                if (stops && step == 3)
                {
                    optimizer.Save(file);
                    optimizer.Dispose();
                    optimizer = s_makers[name](parameters);
                    optimizer.Load(file);
                    Assert.Equal(3, optimizer.Steps);
                }
                gradients.Clear();
                for (int i = 0; i < shapes.Length; i++)
                {
                    using Tensor g = Tensor.From<float>(backend, Numbers(shapes[i], 100 * (step + 1) + i, before * 0.3f), shapes[i]);
                    Gradients.AddTo(Gradients.Begin(parameters[i].Item2), g);
                }
                optimizer.Step(1 - 0.1 * step, gradScale);
            }
            end = [.. parameters.Select(p => { using (TensorScope.Begin()) return p.Item2.Value.Detach().To(DType.F32).ToArray<float>(); })];
        }
        optimizer.Dispose();
        File.Delete(file);
        foreach ((_, Parameter p) in parameters) p.Dispose();
        Assert.Equal(0, backend.LiveBlocks);
        Assert.Equal(0, backend.ForgottenBlocks);
        return end;
    }

    private static float[] Numbers(Shape shape, int seed, float size)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(_ => size * (float)(2 * random.NextDouble() - 1))];
    }

    [Theory, MemberData(nameof(Names))]
    public void A_resumed_run_and_any_number_of_threads_give_the_same_bits(string name)
    {
        float[][] unbroken = Run(name, threads: 1);
        Assert.Equal(unbroken, Run(name, threads: 1, stops: true));
        Assert.Equal(unbroken, Run(name, threads: 2));
        Assert.Equal(unbroken, Run(name, threads: 2, stops: true));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_parameter_moves_and_stays_finite(string name)
    {
        float[][] end = Run(name);
        for (int i = 0; i < end.Length; i++)
        {
            Shape shape = new Shape[] { [9, 5], [5, 9], [70, 80], [11], [1] }[i];
            float[] start = Numbers(shape, i, 1);
            Assert.All(end[i], x => Assert.True(float.IsFinite(x)));
            Assert.NotEqual(start, end[i]);
            Assert.All(end[i].Zip(start), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 1.5f));
        }
    }

    /// <summary>Adam and the others that divide by the size of g see no difference, SGD and those with momentum see it: either way the factor must act as if it were in g.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_clipping_factor_is_a_factor_of_the_gradient(string name) => Assert.Equal(Run(name, before: 0.25f), Run(name, gradScale: 0.25f));

    [Theory, MemberData(nameof(Names))]
    public void Cpu_and_reference_agree(string name)
    {
        float[][] cpu = Run(name), reference = Run(name, device: "reference");
        for (int i = 0; i < cpu.Length; i++)
            for (int j = 0; j < cpu[i].Length; j++) Assert.Equal(reference[i][j], cpu[i][j], 2e-5f);
    }

    [Theory, MemberData(nameof(Names))]
    public void Parameters_in_bf16_move_like_those_in_f32(string name)
    {
        float[][] wide = Run(name), narrow = Run(name, dtype: DType.BF16);
        // Six roundings to 8 bits of numbers up to 1, and Adam's steps of 0.01 that follow from them.
        for (int i = 0; i < wide.Length; i++) Assert.InRange(wide[i].Zip(narrow[i], (a, b) => Math.Abs(a - b)).Average(), 0, 0.01f);
    }

    [Fact]
    public void A_state_of_another_run_is_refused_by_name()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var p = new Parameter("w", Tensor.Zeros(backend, [3, 2]));
        string file = Path.GetTempFileName();
        using (var sgd = new Sgd([new([("w", p)], 0.1, 0)], momentum: 0.9)) sgd.Save(file);
        using var adamw = new AdamW([new([("w", p)], 0.1, 0)]);
        Assert.Contains("'w.exp_avg' is missing", Assert.Throws<CheckpointException>(() => adamw.Load(file)).Message);
        File.Delete(file);
    }

    [Theory, InlineData("adamw", "adamw_paged"), InlineData("adamw_8bit_all", "adamw_8bit_paged")]
    public void Paged_states_give_the_same_bits(string plain, string paged) => Assert.Equal(Run(plain), Run(paged));

    [Fact]
    public void Moments_take_a_byte_each_where_there_are_many()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using Parameter large = Zeros("large", 64, 64), small = Zeros("small", 63, 65), table = Zeros("table", 100, 64);
        using var optimizer = new AdamW8Bit([new([("large", large), ("small", small), ("table", table)], 0.1, 0)], keepsWide: p => p == table);
        Dictionary<string, Tensor> state = optimizer.State().ToDictionary(s => s.Name, s => s.Value);
        Assert.Equal((DType.U8, DType.F32, DType.F32), (state["large.state1"].DType, state["small.state2"].DType, state["table.state1"].DType));
        Assert.Equal((16, false), (state["large.absmax2"].Shape[0], state.ContainsKey("small.absmax1")));
        Assert.Equal(2 * (4096 + 64) + 8 * (63 * 65 + 6400), optimizer.StateBytes);

        Parameter Zeros(string name, int rows, int columns) => new(name, Tensor.Zeros(backend, [rows, columns])) { RequiresGrad = true };
    }

    /// <summary>What the memory plan counts: the bytes of the states, and nothing for those in files.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void A_device_that_counts_sees_the_states(bool paged)
    {
        using CpuBackend backend = CpuBackend.Measuring();
        using var p = new Parameter("p", Tensor.Zeros(backend, [512, 512])) { RequiresGrad = true };
        long before = backend.ResidentBytes;
        using var optimizer = new AdamW8Bit([new([("p", p)], 0.1, 0)], paged: paged ? new PagedMemory("/nowhere") : null);
        using var gradients = new Gradients([p]);
        using (Tensor g = Tensor.Zeros(backend, p.Shape)) Gradients.AddTo(Gradients.Begin(p), g);
        Assert.Equal(2 * 512 * 512 + 2 * 4 * 1024, optimizer.StateBytes);
        Assert.InRange(backend.ResidentBytes - before - 4 * 2 * 512 * 512, (paged ? 0 : 2 * 512 * 512) + 2 * 4 * 1024, (paged ? 0 : 2 * 512 * 512) + 2 * 4 * 1024 + 512);
        optimizer.Step(1, 1);
    }

    [Fact]
    public void A_state_of_another_type_is_refused()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var p = new Parameter("w", Tensor.Zeros(backend, [64, 64]));
        string file = Path.GetTempFileName();
        using (var wide = new AdamW8Bit([new([("w", p)], 0.1, 0)], minElements: 5000)) wide.Save(file);
        using var narrow = new AdamW8Bit([new([("w", p)], 0.1, 0)]);
        Assert.Contains("'w.state1' is missing or not u8 [64, 64]", Assert.Throws<CheckpointException>(() => narrow.Load(file)).Message);
        File.Delete(file);
    }

    [Fact]
    public void Paged_files_are_gone_when_the_states_are()
    {
        using Backend backend = Backends.Open("cpu", 1);
        string folder = Directory.CreateTempSubdirectory("paged-").FullName;
        using var p = new Parameter("w", Tensor.Zeros(backend, [64, 64]));
        using (new AdamW([new([("w", p)], 0.1, 0)], paged: new PagedMemory(Path.Combine(folder, "sub")))) { }
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_folder_for_paged_states_that_cannot_be_is_told()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var p = new Parameter("w", Tensor.Zeros(backend, [64, 64]));
        string file = Path.GetTempFileName();
        Assert.StartsWith($"{file}: 16,384 bytes of paged memory cannot be put there", Assert.Throws<IOException>(() => new AdamW([new([("w", p)], 0.1, 0)], paged: new PagedMemory(file))).Message);
        File.Delete(file);
        Assert.Equal(1, backend.LiveBlocks);
    }
}
