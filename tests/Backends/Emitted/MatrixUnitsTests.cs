using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Which unit is chosen, and what is said where none is.</summary>
[Trait("Category", "Unit")]
public class MatrixUnitsTests
{
    private const int Avx512 = 1 << 16 | 1 << 30 | 1 << 31, Amx = 1 << 22 | 1 << 24 | 1 << 25;
    private const ulong AllState = 0b1110_0111 | 3UL << 17;

    private static ProcessorFacts Processor(int ebx = 0, int edx = 0, int part1 = 0, ulong state = AllState, string? noCode = null, string? refused = null, int tileRows = 16, int ecx = 0, int fma = 0) => new()
    {
        IsX64 = true,
        EnabledState = state,
        NoCode = noCode,
        RequestTiles = () => refused,
        CpuId = (leaf, part) => (leaf, part) switch
        {
            (0, 0) => (0x20, 0, 0, 0),
            (1, 0) => (0, 0, fma, 0),
            (7, 0) => (1, ebx, ecx, edx),
            (7, 1) => (part1, 0, 0, 0),
            (0x1D, 1) => (8192 | 1024 << 16, 64 | 8 << 16, tileRows, 0),
            _ => default,
        },
    };

    [Fact]
    public void Tiles_come_before_vectors()
    {
        Assert.Equal("amx-bf16", MatrixUnits.Find(Processor(Avx512, Amx, 1 << 5)).BF16?.Name);
        Assert.Equal("avx512-bf16", MatrixUnits.Find(Processor(Avx512, 0, 1 << 5)).BF16?.Name);
        Assert.Equal("avx512-bf16", MatrixUnits.Find(Processor(Avx512, Amx, 1 << 5, refused: "the system refuses")).BF16?.Name);
        Assert.Null(MatrixUnits.Find(Processor(Avx512, 0, 0)).BF16);
    }

    [Theory]
    [InlineData(0, 0, 0, AllState, null, null, 16, "no matrix unit: the processor has none")]
    [InlineData(0, Amx, 0, AllState & ~(1UL << 18), null, null, 16, "no matrix unit is used: amx-bf16: the system has not enabled its registers")]
    [InlineData(0, Amx, 0, AllState, null, "the system refuses the tiles' state", 16, "no matrix unit is used: amx-bf16: the system refuses the tiles' state")]
    [InlineData(0, Amx, 0, AllState, null, null, 8, "no matrix unit is used: amx-bf16: its tiles are 8 of 8 x 64 bytes, not 8 of 16 x 64")]
    [InlineData(Avx512, 0, 1 << 5, 7UL, null, null, 16, "no matrix unit is used: avx512-bf16: the system has not enabled its registers")]
    [InlineData(Avx512, Amx, 1 << 5, AllState, "the system does not let memory be executed: no", null, 16, "no matrix unit is used: amx-bf16: the system does not let memory be executed: no")]
    [InlineData(Avx512, Amx, 1 << 5, AllState, null, null, 16, "amx-bf16 multiplies bf16")]
    public void One_sentence_says_which_and_why(int ebx, int edx, int part1, ulong state, string? noCode, string? refused, int tileRows, string expected) =>
        Assert.Equal(expected, MatrixUnits.Find(Processor(ebx, edx, part1, state, noCode, refused, tileRows)).BF16State);

    /// <summary>Of integers: tiles, then 512 bits, then 256; none of them is a unit of BF16.</summary>
    [Fact]
    public void Integers_have_units_of_their_own()
    {
        const int Vnni = 1 << 11, Avx2 = 1 << 5, AvxVnni = 1 << 4, Fma = 1 << 12;
        Assert.Equal("amx-int8", MatrixUnits.Find(Processor(Avx512 | Avx2, Amx, AvxVnni, ecx: Vnni, fma: Fma)).Int8?.Name);
        Assert.Equal("avx512-vnni", MatrixUnits.Find(Processor(Avx512 | Avx2, Amx, AvxVnni, refused: "the system refuses", ecx: Vnni, fma: Fma)).Int8?.Name);
        Assert.Equal("avx512-vnni", MatrixUnits.Find(Processor(Avx512 | Avx2, 0, AvxVnni, ecx: Vnni, fma: Fma)).Int8?.Name);
        Assert.Equal("avx-vnni", MatrixUnits.Find(Processor(Avx512 | Avx2, 0, AvxVnni, state: 7, ecx: Vnni, fma: Fma)).Int8?.Name);
        MatrixUnits client = MatrixUnits.Find(Processor(Avx2, 0, AvxVnni, state: 7, fma: Fma));
        Assert.Equal(("avx-vnni multiplies int8", "no matrix unit: the processor has none"), (client.Int8State, client.BF16State));
        Assert.Null(MatrixUnits.Find(Processor(Avx2, 0, AvxVnni)).Int8);                                // without FMA
        Assert.Null(MatrixUnits.Find(Processor(0, 1 << 24 | 1 << 25, 0)).Int8);                         // tiles without the vectors that scale
        Assert.Null(MatrixUnits.Find(Processor(Avx512, 1 << 24 | 1 << 22, 0)).Int8);                    // tiles of BF16 alone
        Assert.Equal("no matrix unit is used: amx-int8: the system refuses", MatrixUnits.Find(Processor(Avx512, Amx, 0, refused: "the system refuses")).Int8State);
        Assert.Equal("no matrix unit is used: avx512-vnni: the system has not enabled its registers", MatrixUnits.Find(Processor(Avx512, 0, 0, state: 7, ecx: Vnni)).Int8State);
    }

    /// <summary>The system is asked for tiles only where all else is there.</summary>
    [Fact]
    public void Tiles_are_not_asked_for_in_vain()
    {
        ProcessorFacts asked = Processor(Avx512, 0, 1 << 5) with { RequestTiles = () => throw new InvalidOperationException("asked") };
        Assert.NotNull(MatrixUnits.Find(asked).BF16);
        Assert.NotNull(MatrixUnits.Find(asked with { IsX64 = false, NoCode = "this is Arm64" }));
    }

    [Theory]
    [InlineData(System.Runtime.InteropServices.Architecture.X64, "DOTNET_EnableHWIntrinsic=0 keeps .NET from asking the processor what it has")]
    [InlineData(System.Runtime.InteropServices.Architecture.Arm64, "this is Arm64, and code is written for x64 alone")]
    public void Why_a_processor_is_not_asked(System.Runtime.InteropServices.Architecture architecture, string expected) => Assert.Equal(expected, ProcessorFacts.WhyNoCpuId(architecture));

    [Fact]
    public void This_machine_answers() => Assert.NotEmpty(MatrixUnits.Here.BF16State);
}
