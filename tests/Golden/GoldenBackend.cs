using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>The backend that golden cases run on: GOLDEN_BACKEND, else cpu; and the check that a case leaves nothing behind.</summary>
internal static class GoldenBackend
{
    internal static string Name => Environment.GetEnvironmentVariable("GOLDEN_BACKEND") is { Length: > 0 } name ? name : "cpu";

    /// <summary>What operands of products are rounded to: GOLDEN_PRODUCTS bf16 or fp16, else f32. Rounded, results are judged by <see cref="Distances"/>.</summary>
    internal static DType Products => Environment.GetEnvironmentVariable("GOLDEN_PRODUCTS") switch
    {
        null or "" or "f32" => DType.F32,
        "bf16" => DType.BF16,
        "fp16" or "f16" => DType.F16,
        "int8" => DType.F32,
        { } other => throw new ArgumentException($"GOLDEN_PRODUCTS must be f32, bf16, fp16 or int8, not {other}"),
    };

    /// <summary>Whether rows are rounded to integers of 8 bits before they meet packed weights: GOLDEN_PRODUCTS int8.</summary>
    internal static bool RoundsRows => Environment.GetEnvironmentVariable("GOLDEN_PRODUCTS") == "int8";

    /// <summary>A processor without a matrix unit takes the kernel of AVX2 in its place, where bf16 or int8 is asked for: slower, and all around it is the same.</summary>
    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void StandInForTheMatrixUnit()
    {
        if (RoundsRows && MatrixUnits.Here.Int8 is null && Int8Kinds.Narrow.Obstacle is null) CpuBackend.IntegersForTests = Int8Kinds.Narrow;
        if (Products == DType.BF16 && MatrixUnits.Here.BF16 is null && PanelKind.Narrow.Obstacle is null) CpuBackend.PanelsForTests = PanelKind.Narrow;
    }

    /// <summary>A name of an Ascend card opens a simulated one, unless ASCEND_HOME_PATH names a toolkit.</summary>
    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void SimulateCard()
    {
        if (Environment.GetEnvironmentVariable("ASCEND_HOME_PATH") is { Length: > 0 }) return;
        Backends.SimulatedCard = card => new AscendBackend(new SimulatedSymbols(), Ascend.AscendOptions.OfEnvironment(card), "simulated");
    }

    private sealed class SimulatedSymbols : Ascend.ISymbols
    {
        private readonly IReadOnlyDictionary<string, nint> _symbols = Ascend.Simulator.Simulator.Symbols();

        public nint Find(string library, string name) => _symbols.GetValueOrDefault(name);
    }

    internal static void Run(Action<Backend> body) => Run(Name, body);

    internal static void Run(string name, Action<Backend> body)
    {
        using Backend backend = Backends.Open(name);
        backend.ProductType = Products;
        if (RoundsRows && backend is CpuBackend cpu)
        {
            cpu.Int8Activations = true;
            Skip.If(cpu.Integers is null, cpu.Int8State);
        }
        body(backend);
        if (backend is AscendBackend npu) Assert.Empty(npu.Refusals);
        Assert.True(backend.LiveBlocks == 0, $"{backend.LiveBlocks} blocks of {backend.LiveBytes} bytes are still alive on {name}");
        Assert.True(backend.ForgottenBlocks == 0, $"{backend.ForgottenBlocks} blocks were forgotten on {name}");
    }
}
