using System.Globalization;
using Pure.Tuner.Kernels;
using static Pure.Tuner.Kernels.Gpr;
using static Pure.Tuner.Kernels.VectorRegister;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Our bytes beside those of binutils.</summary>
/// <remarks>
/// binutils.tsv holds instructions and their bytes as GNU as 2.40 writes them. To make it anew: run the tests with EMITTED_TEXTS=FILE, then
/// <c>(echo .intel_syntax noprefix; cat FILE) | as -al=FILE.lst -o /dev/null -</c>; each line of the listing is bytes and text.
/// </remarks>
[Trait("Category", "Unit")]
public class CodeWriterTests
{
    private static readonly Dictionary<string, string> s_binutils = Read();

    /// <summary>Every instruction with registers and addresses of every kind of encoding.</summary>
    private static IEnumerable<Action<CodeWriter>> Instructions()
    {
        Gpr[] registers = [Rax, Rdx, Rbp, Rdi, R8, R12, R13, R15];
        foreach (Gpr r in registers)
        {
            yield return c => c.Mov(r, Rax);
            yield return c => c.Mov(R11, r);
            yield return c => c.Mov(r, 0x12345);
            yield return c => c.Add(r, R9);
            yield return c => c.Or(Rcx, r);
            yield return c => c.Shl(r, 4);
            yield return c => c.Zero(r);
            foreach (int value in new[] { 1, -1, 127, -128, 128, 2048, -5000 })
            {
                yield return c => c.Add(r, value);
                yield return c => c.Sub(r, value);
            }
        }
        Address[] addresses =
        [
            .. new[] { Rax, Rbp, R8, R12, R13 }.SelectMany(r => new[] { 0, 8, -8, 64, 127, 128, 1024, -4096 }.Select(d => new Address(r, d))), new(Rsp), new(Rsp, 16), new(Rax, 0, Rcx), new(R10, 64, R11), new(R10, 0, R11, 2), new(Rbp, 0, R14, 4),
            new(R13, 4096, Rax, 8), new(Rdx, -64, R15),
        ];
        foreach (Address a in addresses)
        {
            yield return c => c.Mov(Rcx, a);
            yield return c => c.Mov(a, R14);
            yield return c => c.Add(a, Rcx);
            yield return c => c.Sub(a, 1);
            yield return c => c.Cmp(a, 0);
            yield return c => c.Lea(R9, a);
            yield return c => c.LdTileCfg(a);
            foreach (VectorRegister v in new[] { X(6), Y(13), Z(11), Z(31) })
            {
                yield return c => c.VMovUps(v, a);
                yield return c => c.VMovUps(a, v);
                yield return c => c.VPBroadcastD(v, a);
                yield return c => c.VMulPs(v, v, a);
                yield return c => c.VCvtDq2Ps(v, a);
            }
            if (a.Index is null) continue;
            for (int t = 0; t < 8; t++)
            {
                var tile = new Tile(t);
                yield return c => c.TileLoad(tile, a);
                yield return c => c.TileStore(a, tile);
            }
        }
        foreach (VectorRegister[] v in new VectorRegister[][] { [Y(0), Y(3), Y(7)], [Y(8), Y(1), Y(2)], [Y(2), Y(9), Y(1)], [Y(1), Y(2), Y(15)], [X(1), X(10), X(12)], [Z(0), Z(1), Z(2)], [Z(8), Z(9), Z(10)], [Z(16), Z(2), Z(0)], [Z(3), Z(20), Z(1)], [Z(1), Z(2), Z(27)], [Z(31), Z(30), Z(29)] })
        {
            yield return c => c.VXorPs(v[0], v[1], v[2]);
            yield return c => c.VAndPs(v[0], v[1], v[2]);
            yield return c => c.VAddPs(v[0], v[1], v[2]);
            yield return c => c.VMulPs(v[0], v[1], v[2]);
            yield return c => c.VFmAdd231Ps(v[0], v[1], v[2]);
            yield return c => c.VDivPs(v[0], v[1], v[2]);
            yield return c => c.VSqrtPs(v[0], v[2]);
            yield return c => c.VCvtDq2Ps(v[0], v[2]);
            yield return c => c.VPBroadcastD(v[0], v[2]);
            yield return c => c.VPDpBusd(v[0], v[1], v[2]);
            yield return c => c.VPAddD(v[0], v[1], v[2]);
            if (v[0].Bits == 512)
            {
                yield return c => c.VPXorD(v[0], v[1], v[2]);
                yield return c => c.VDpBF16Ps(v[0], v[1], v[2]);
            }
            else
            {
                yield return c => c.VPCmpEqD(v[0], v[1], v[2]);
                yield return c => c.VPSllD(v[0], v[2], 16);
                yield return c => c.VPSllW(v[0], v[2], 8);
                yield return c => c.VPSrlW(v[0], v[2], 8);
                yield return c => c.VPSraW(v[0], v[2], 8);
                yield return c => c.VPMAddWd(v[0], v[1], v[2]);
            }
        }
        for (int i = 0; i < 8; i++)
        {
            Tile a = new(i), b = new((i + 3) % 8), d = new((i + 6) % 8);
            yield return c => c.TileZero(a);
            yield return c => c.TDpBF16Ps(a, b, d);
            yield return c => c.TDpBssd(a, b, d);
            yield return c => c.TDpBusd(a, b, d);
        }
        yield return c => c.TileRelease();
        yield return c => c.VZeroUpper();
        yield return c => c.XGetBv();
        yield return c => c.Ret();
    }

    [Fact]
    public void Every_instruction_has_the_bytes_of_binutils()
    {
        var wrong = new List<string>();
        int count = 0;
        foreach (Action<CodeWriter> instruction in Instructions())
        {
            var code = new CodeWriter();
            instruction(code);
            (int _, byte[] bytes, string text) = Assert.Single(code.Listing());
            Check(text, bytes, wrong);
            count++;
        }
        Assert.Empty(wrong);
        Assert.True(count > 1200, $"{count} instructions");
    }

    /// <summary>Jumps depend on where they stand; all else of every kernel is looked up.</summary>
    [Fact]
    public void Every_instruction_of_every_kernel_has_the_bytes_of_binutils()
    {
        var wrong = new List<string>();
        foreach (CodeWriter code in Kernels())
            foreach ((int _, byte[] bytes, string text) in code.Listing())
                if (text[0] != 'j') Check(text, bytes, wrong);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Jumps_reach_their_labels_in_both_directions()
    {
        var code = new CodeWriter();
        Label back = new(), forward = new();
        code.Put(back);
        code.Jmp(forward);
        code.Jnz(back);
        code.Jz(forward);
        code.Put(forward);
        code.Ret();
        Assert.Equal("e90c000000" + "0f85f5ffffff" + "0f8400000000" + "c3", Convert.ToHexStringLower(code.ToArray()));
        Assert.Equal(["jmp 0x11", "jne 0x0", "je 0x11", "ret"], code.Listing().Select(l => l.Text));
    }

    [Fact]
    public void A_label_is_put_once_and_not_forgotten()
    {
        var code = new CodeWriter();
        var label = new Label();
        code.Jmp(label);
        Assert.Throws<InvalidOperationException>(() => code.ToArray());
        code.Put(label);
        Assert.Throws<InvalidOperationException>(() => code.Put(label));
    }

    [Fact]
    public void What_cannot_be_written_is_refused()
    {
        var code = new CodeWriter();
        Assert.Throws<ArgumentException>(() => code.Mov(Rax, new Address(Rcx, 0, Rsp)));
        Assert.Throws<ArgumentException>(() => code.Mov(Rax, new Address(Rcx, 0, Rdx, 3)));
        Assert.Throws<ArgumentException>(() => code.TileLoad(new(0), new Address(Rcx)));
        Assert.Throws<ArgumentException>(() => code.VPSllD(Z(0), Z(1), 16));
        Assert.Throws<ArgumentException>(() => code.VPMAddWd(Z(0), Z(1), Z(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => code.Mov(Rax, -1));
    }

    internal static IEnumerable<CodeWriter> Kernels() =>
        [ProcessorFacts.XGetBv(), .. from kind in PanelKind.All.Concat(Int8Kinds.All) from convention in new[] { CallConvention.SystemV, CallConvention.Windows } select kind.Emit(convention),
        .. from kind in PanelKind.All.Concat(Int8Kinds.All) where UnitPeak.LoopOf(kind) is not null select UnitPeak.LoopOf(kind)!.Value.Emit(CallConvention.SystemV)];

    private static void Check(string text, byte[] bytes, List<string> wrong)
    {
        if (Environment.GetEnvironmentVariable("EMITTED_TEXTS") is { } file) File.AppendAllText(file, text + "\n");
        string ours = Convert.ToHexStringLower(bytes);
        string? theirs = s_binutils.GetValueOrDefault(text);
        if (ours != theirs) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{text}: {ours}, not {theirs ?? "in the table"}"));
    }

    private static Dictionary<string, string> Read()
    {
        using Stream stream = typeof(CodeWriterTests).Assembly.GetManifestResourceStream("binutils.tsv")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<string, string>();
        while (reader.ReadLine() is { } line)
            if (line.Split('\t') is [var bytes, var text]) table[text] = bytes;
        return table;
    }

    /// <summary>A register that does not exist would be written as another.</summary>
    [Fact]
    public void Registers_that_do_not_exist_are_refused()
    {
        foreach (int number in new[] { -1, 8, 31 }) Assert.Throws<ArgumentOutOfRangeException>(() => new Tile(number));
        foreach (int number in new[] { -1, 32, 64 }) Assert.Throws<ArgumentOutOfRangeException>(() => VectorRegister.Z(number));
        foreach (int bits in new[] { 0, 64, 1024 }) Assert.Throws<ArgumentOutOfRangeException>(() => new VectorRegister(1, bits));
        Assert.Equal("tmm7", new Tile(7).ToString());
        Assert.Equal("zmm31", VectorRegister.Z(31).ToString());
    }
}
