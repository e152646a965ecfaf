using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The loops that measure a unit: run whole on the interpreter, and on the unit where there is one.</summary>
[Trait("Category", "Unit")]
public unsafe class UnitPeakTests
{
    [SkippableTheory, InlineData("amx-bf16"), InlineData("avx512-bf16"), InlineData("amx-int8"), InlineData("avx512-vnni"), InlineData("avx-vnni")]
    public void Loops_come_back(string name)
    {
        PanelKind kind = PanelKind.All.Concat(Int8Kinds.All).Single(k => k.Name == name);
        (Func<CallConvention, CodeWriter> emit, long flops) = UnitPeak.LoopOf(kind)!.Value;
        foreach (CallConvention convention in new[] { CallConvention.SystemV, CallConvention.Windows })
        {
            byte[] image = UnitPeak.ImageOf(kind, emit(convention), out int config);
            void* memory = NativeMemory.AlignedAlloc((nuint)image.Length, 64);
            try
            {
                image.CopyTo(new Span<byte>(memory, image.Length));
                var call = new UnitPeak.PeakCall { Rounds = 3, Config = (nint)memory + config };
                var machine = new Interpreter(InterpretedPanels.FeaturesOf(kind));
                machine.Allow((nint)(&call), sizeof(UnitPeak.PeakCall), false, "call");
                machine.Call((nint)memory, image.Length, convention, (nint)(&call));
                int products = emit(convention).Listing().Count(l => l.Text.Contains("dp", StringComparison.Ordinal)), lanes = name == "avx-vnni" ? 8 : 16;
                Assert.Equal(flops, products * (kind.HasTiles ? 16L * 16 * 64 * 2 : lanes * 4L * 2) / (kind.IsInt8 ? 1 : 2));
            }
            finally
            {
                NativeMemory.AlignedFree(memory);
            }
        }
        Skip.If(kind.Obstacle is not null, $"{name}: {kind.Obstacle}");
        Assert.True(UnitPeak.Run(kind, 1, 3).Best > 10);
    }
}
