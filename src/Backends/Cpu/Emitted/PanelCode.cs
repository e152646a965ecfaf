using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>Code of the BF16 products: c (+)= a b for panels as <see cref="PanelCall"/> lays them.</summary>
/// <remarks>Each keeps a tile of c in registers for the whole of k, so the length of a call along k changes no bit. General registers: rax the call, r8 in a, r9 in b, r10 the tile, r11 its row step, rcx and rdx free.</remarks>
internal static class PanelCode
{
    private static readonly Address s_a = At(nameof(PanelCall.A)), s_b = At(nameof(PanelCall.B)), s_c = At(nameof(PanelCall.C)), s_aSkip = At(nameof(PanelCall.ASkip)), s_cStep = At(nameof(PanelCall.CStep)),
        s_cSkip = At(nameof(PanelCall.CSkip)), s_panels = At(nameof(PanelCall.Panels)), s_steps = At(nameof(PanelCall.Steps)), s_load = At(nameof(PanelCall.Load)), s_config = At(nameof(PanelCall.Config));

    /// <summary>AMX: tiles of 32 x 32 in four tile registers, two of a, two of b; 32 of k in one instruction.</summary>
    public static CodeWriter Tiles(CallConvention convention)
    {
        var code = new CodeWriter();
        Tile c00 = new(0), c01 = new(1), c10 = new(2), c11 = new(3), a0 = new(4), a1 = new(5), b0 = new(6), b1 = new(7);
        Label panel = new(), zero = new(), go = new(), step = new();
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, s_config);
        code.LdTileCfg(new(Gpr.Rcx));
        code.Mov(Gpr.R11, s_cStep);

        code.Put(panel);
        code.Mov(Gpr.R10, s_c);
        LowerRows();
        code.Cmp(s_load, 0);
        code.Jz(zero);
        code.TileLoad(c00, new(Gpr.R10, 0, Gpr.R11));
        code.TileLoad(c01, new(Gpr.R10, 64, Gpr.R11));
        code.TileLoad(c10, new(Gpr.Rdx, 0, Gpr.R11));
        code.TileLoad(c11, new(Gpr.Rdx, 64, Gpr.R11));
        code.Jmp(go);
        code.Put(zero);
        foreach (Tile c in new[] { c00, c01, c10, c11 }) code.TileZero(c);
        code.Put(go);

        code.Mov(Gpr.R8, s_a);
        code.Mov(Gpr.R9, s_b);
        code.Mov(Gpr.Rcx, s_steps);
        code.Mov(Gpr.Rdx, 64);
        code.Put(step);
        code.TileLoad(a0, new(Gpr.R8, 0, Gpr.Rdx));                        // rows 64 bytes apart
        code.TileLoad(b0, new(Gpr.R9, 0, Gpr.Rdx, 2));                     // pairs 128 bytes apart, left and right 16 columns
        code.TDpBF16Ps(c00, a0, b0);
        code.TileLoad(b1, new(Gpr.R9, 64, Gpr.Rdx, 2));
        code.TDpBF16Ps(c01, a0, b1);
        code.TileLoad(a1, new(Gpr.R8, 1024, Gpr.Rdx));
        code.TDpBF16Ps(c10, a1, b0);
        code.TDpBF16Ps(c11, a1, b1);
        code.Add(Gpr.R8, 2048);
        code.Add(Gpr.R9, 2048);
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(step);

        LowerRows();
        code.TileStore(new(Gpr.R10, 0, Gpr.R11), c00);
        code.TileStore(new(Gpr.R10, 64, Gpr.R11), c01);
        code.TileStore(new(Gpr.Rdx, 0, Gpr.R11), c10);
        code.TileStore(new(Gpr.Rdx, 64, Gpr.R11), c11);
        NextPanel(code, panel);
        code.TileRelease();
        code.Ret();
        return code;

        void LowerRows()                                                    // rdx: row 16 of the tile
        {
            code.Mov(Gpr.Rdx, Gpr.R11);
            code.Shl(Gpr.Rdx, 4);
            code.Add(Gpr.Rdx, Gpr.R10);
        }
    }

    /// <summary>AVX512-BF16: tiles of 8 x 32 in sixteen registers.</summary>
    public static CodeWriter Wide(CallConvention convention)
    {
        const int Rows = 8;
        var code = new CodeWriter();
        VectorRegister b0 = VectorRegister.Z(0), b1 = VectorRegister.Z(1);
        // zmm16 to zmm31 for sums, zmm0 to zmm3 for operands: nobody wants any of them kept.
        static VectorRegister Sum(int row, int half) => VectorRegister.Z(16 + 2 * row + half);
        Label panel = Begin(code, convention);
        LoadOrZero(code, Rows, 64, Sum, (c, r) => c.VPXorD(r, r, r));
        Label step = BeginSteps(code);
        for (int pair = 0; pair < 16; pair++)
        {
            code.VMovUps(b0, new Address(Gpr.R9, pair * 128));
            code.VMovUps(b1, new Address(Gpr.R9, pair * 128 + 64));
            for (int row = 0; row < Rows; row++)
            {
                VectorRegister a = VectorRegister.Z(2 + row % 2);
                code.VPBroadcastD(a, new Address(Gpr.R8, row * 64 + pair * 4));
                code.VDpBF16Ps(Sum(row, 0), a, b0);
                code.VDpBF16Ps(Sum(row, 1), a, b1);
            }
        }
        EndSteps(code, step, Rows * 64, 2048);
        Store(code, Rows, 64, Sum);
        NextPanel(code, panel);
        code.VZeroUpper();
        code.Ret();
        return code;
    }

    /// <summary>AVX2 and FMA: tiles of 4 x 16, odd elements of k before even ones as <see cref="Wide"/> takes them. Slower than F32: it shows, where no better unit is, that what surrounds the kernels holds.</summary>
    public static CodeWriter Narrow(CallConvention convention)
    {
        const int Rows = 4;
        var code = new CodeWriter();
        VectorRegister mask = VectorRegister.Y(8), aOdd = VectorRegister.Y(13), aEven = VectorRegister.Y(14), both = VectorRegister.Y(15);
        static VectorRegister Sum(int row, int half) => VectorRegister.Y(2 * row + half);
        Keep(code, convention);
        code.VPCmpEqD(mask, mask, mask);
        code.VPSllD(mask, mask, 16);
        Label panel = Begin(code, convention);
        LoadOrZero(code, Rows, 32, Sum, (c, r) => c.VXorPs(r, r, r));
        Label step = BeginSteps(code);
        for (int pair = 0; pair < 16; pair++)
        {
            for (int half = 0; half < 2; half++)
            {
                code.VMovUps(both, new Address(Gpr.R9, pair * 64 + half * 32));
                code.VAndPs(VectorRegister.Y(9 + half), mask, both);
                code.VPSllD(VectorRegister.Y(11 + half), both, 16);
            }
            for (int row = 0; row < Rows; row++)
            {
                code.VPBroadcastD(both, new Address(Gpr.R8, row * 64 + pair * 4));
                code.VAndPs(aOdd, mask, both);
                code.VPSllD(aEven, both, 16);
                for (int half = 0; half < 2; half++)
                {
                    code.VFmAdd231Ps(Sum(row, half), aOdd, VectorRegister.Y(9 + half));
                    code.VFmAdd231Ps(Sum(row, half), aEven, VectorRegister.Y(11 + half));
                }
            }
        }
        EndSteps(code, step, Rows * 64, 1024);
        Store(code, Rows, 32, Sum);
        NextPanel(code, panel);
        code.VZeroUpper();
        GiveBack(code, convention);
        code.Ret();
        return code;
    }

    /// <summary>Puts the vectors that a caller wants kept onto the stack.</summary>
    internal static void Keep(CodeWriter code, CallConvention convention)
    {
        int kept = Math.Max(0, 16 - convention.FirstKeptVector);
        if (kept == 0) return;
        code.Sub(Gpr.Rsp, kept * 16 + 8);
        for (int i = 0; i < kept; i++) code.VMovUps(new Address(Gpr.Rsp, i * 16), VectorRegister.X(convention.FirstKeptVector + i));
    }

    /// <summary>Takes them from there.</summary>
    internal static void GiveBack(CodeWriter code, CallConvention convention)
    {
        int kept = Math.Max(0, 16 - convention.FirstKeptVector);
        if (kept == 0) return;
        for (int i = 0; i < kept; i++) code.VMovUps(VectorRegister.X(convention.FirstKeptVector + i), new Address(Gpr.Rsp, i * 16));
        code.Add(Gpr.Rsp, kept * 16 + 8);
    }

    /// <summary>Until the first panel.</summary>
    internal static Label Begin(CodeWriter code, CallConvention convention)
    {
        var panel = new Label();
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.R11, s_cStep);
        code.Put(panel);
        code.Mov(Gpr.R10, s_c);
        return panel;
    }

    internal static void LoadOrZero(CodeWriter code, int rows, int halfBytes, Func<int, int, VectorRegister> sum, Action<CodeWriter, VectorRegister> clear, int halves = 2)
    {
        Label zero = new(), go = new();
        code.Cmp(s_load, 0);
        code.Jz(zero);
        code.Mov(Gpr.Rdx, Gpr.R10);
        for (int row = 0; row < rows; row++)
        {
            for (int half = 0; half < halves; half++) code.VMovUps(sum(row, half), new Address(Gpr.Rdx, half * halfBytes));
            if (row < rows - 1) code.Add(Gpr.Rdx, Gpr.R11);
        }
        code.Jmp(go);
        code.Put(zero);
        for (int row = 0; row < rows; row++)
            for (int half = 0; half < halves; half++) clear(code, sum(row, half));
        code.Put(go);
    }

    internal static Label BeginSteps(CodeWriter code)
    {
        var step = new Label();
        code.Mov(Gpr.R8, s_a);
        code.Mov(Gpr.R9, s_b);
        code.Mov(Gpr.Rcx, s_steps);
        code.Put(step);
        return step;
    }

    internal static void EndSteps(CodeWriter code, Label step, int aBytes, int bBytes)
    {
        code.Add(Gpr.R8, aBytes);
        code.Add(Gpr.R9, bBytes);
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(step);
    }

    internal static void Store(CodeWriter code, int rows, int halfBytes, Func<int, int, VectorRegister> sum, int halves = 2)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int half = 0; half < halves; half++) code.VMovUps(new Address(Gpr.R10, half * halfBytes), sum(row, half));
            if (row < rows - 1) code.Add(Gpr.R10, Gpr.R11);
        }
    }

    /// <summary>The next panel of a and its tile, until there is none.</summary>
    internal static void NextPanel(CodeWriter code, Label panel)
    {
        code.Mov(Gpr.Rcx, s_aSkip);
        code.Add(s_a, Gpr.Rcx);
        code.Mov(Gpr.Rcx, s_cSkip);
        code.Add(s_c, Gpr.Rcx);
        code.Sub(s_panels, 1);
        code.Jnz(panel);
    }

    internal static Address At(string field) => new(Gpr.Rax, (int)Marshal.OffsetOf<PanelCall>(field));
}
