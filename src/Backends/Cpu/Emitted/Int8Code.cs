using static Pure.Tuner.Kernels.PanelCode;

namespace Pure.Tuner.Kernels;

/// <summary>Code of the products of integers: c (+)= a b for panels as <see cref="Int8Layout"/> lays them, told by a <see cref="PanelCall"/>.</summary>
/// <remarks>Sums in F32 stay in registers for the whole of k, those in integers for a group. General registers as in <see cref="PanelCode"/>.</remarks>
internal static class Int8Code
{
    private const int Quads = Int8Layout.Group / 4;
    private static readonly Address s_c = At(nameof(PanelCall.C)), s_minima = At(nameof(PanelCall.Minima)), s_room = At(nameof(PanelCall.Room));

    /// <summary>AVX512-VNNI: tiles of 6 x 32, twelve sums in integers and twelve in F32.</summary>
    public static CodeWriter Wide(CallConvention convention) => Vnni(convention, 512, 6, 8, 20, (c, r) => c.VPXorD(r, r, r));

    /// <summary>AVX-VNNI: tiles of 3 x 16, six sums of either kind.</summary>
    public static CodeWriter Middle(CallConvention convention) => Vnni(convention, 256, 3, 4, 10, (c, r) => c.VXorPs(r, r, r));

    /// <param name="convention">How it is called.</param>
    /// <param name="bits">Of a register.</param>
    /// <param name="rows">Rows of a tile; its columns fill two registers.</param>
    /// <param name="firstInteger">The first register of sums in integers; below are b's codes and a's.</param>
    /// <param name="firstFloat">The first register of sums in F32.</param>
    /// <param name="clear">Makes a register 0.</param>
    private static CodeWriter Vnni(CallConvention convention, int bits, int rows, int firstInteger, int firstFloat, Action<CodeWriter, VectorRegister> clear)
    {
        var code = new CodeWriter();
        int half = bits / 8, columns = half / 2;
        VectorRegister[] b = [new(0, bits), new(1, bits)];
        VectorRegister Integer(int row, int side) => new(firstInteger + 2 * row + side, bits);
        VectorRegister Sum(int row, int side) => new(firstFloat + 2 * row + side, bits);
        Keep(code, convention);
        Label panel = Begin(code, convention);
        LoadOrZero(code, rows, half, Sum, clear);
        Label step = BeginSteps(code);
        Starts(code, rows, Integer);
        for (int quad = 0; quad < Quads; quad++)
        {
            for (int side = 0; side < 2; side++) code.VMovUps(b[side], new Address(Gpr.R9, quad * columns * 4 + side * half));
            for (int row = 0; row < rows; row++)
            {
                var a = new VectorRegister(2 + row % 2, bits);
                code.VPBroadcastD(a, new Address(Gpr.R8, row * Int8Layout.Group + quad * 4));
                for (int side = 0; side < 2; side++) code.VPDpBusd(Integer(row, side), b[side], a);
            }
        }
        AddScaled(code, rows, columns, half, Integer, Sum, new(2, bits));
        AddMinima(code, rows, columns, half, Sum, b, new(2, bits));
        End(code, step, panel, rows, columns, half, Sum);
        GiveBack(code, convention);
        code.Ret();
        return code;
    }

    /// <summary>AVX2 and FMA: tiles of 2 x 16. Bytes are widened to 16 bits, even and odd ones apart, so that no product is cut off. No faster than F32: it shows, where no unit is, that what surrounds the kernels holds.</summary>
    public static CodeWriter Narrow(CallConvention convention)
    {
        const int Rows = 2, Columns = 16, Half = 32;
        var code = new CodeWriter();
        static VectorRegister Integer(int row, int side) => VectorRegister.Y(2 * row + side);
        static VectorRegister Sum(int row, int side) => VectorRegister.Y(4 + 2 * row + side);
        static VectorRegister BEven(int side) => VectorRegister.Y(8 + side);
        static VectorRegister BOdd(int side) => VectorRegister.Y(10 + side);
        VectorRegister aEven = VectorRegister.Y(12), aOdd = VectorRegister.Y(13), both = VectorRegister.Y(14);
        Keep(code, convention);
        Label panel = Begin(code, convention);
        LoadOrZero(code, Rows, Half, Sum, (c, r) => c.VXorPs(r, r, r));
        Label step = BeginSteps(code);
        Starts(code, Rows, Integer);
        for (int quad = 0; quad < Quads; quad++)
        {
            for (int side = 0; side < 2; side++)
            {
                code.VMovUps(both, new Address(Gpr.R9, quad * Columns * 4 + side * Half));
                code.VPSllW(BEven(side), both, 8);
                code.VPSrlW(BEven(side), BEven(side), 8);
                code.VPSrlW(BOdd(side), both, 8);
            }
            for (int row = 0; row < Rows; row++)
            {
                code.VPBroadcastD(both, new Address(Gpr.R8, row * Int8Layout.Group + quad * 4));
                code.VPSllW(aEven, both, 8);
                code.VPSraW(aEven, aEven, 8);
                code.VPSraW(aOdd, both, 8);
                for (int side = 0; side < 2; side++)
                {
                    code.VPMAddWd(both, aEven, BEven(side));
                    code.VPAddD(Integer(row, side), Integer(row, side), both);
                    code.VPMAddWd(both, aOdd, BOdd(side));
                    code.VPAddD(Integer(row, side), Integer(row, side), both);
                }
            }
        }
        AddScaled(code, Rows, Columns, Half, Integer, Sum, both);
        AddMinima(code, Rows, Columns, Half, Sum, [BEven(0), BEven(1)], both);
        End(code, step, panel, Rows, Columns, Half, Sum);
        GiveBack(code, convention);
        code.Ret();
        return code;
    }

    /// <summary>AMX-INT8: tiles of 16 x 16. The unit's sums go through memory into vectors, since there are no scales in tiles.</summary>
    public static CodeWriter Tiles(CallConvention convention)
    {
        const int Rows = 16, Columns = 16, Half = 64;
        var code = new CodeWriter();
        Tile c = new(0), a = new(1), b = new(2);
        VectorRegister scales = VectorRegister.Z(0), x = VectorRegister.Z(1), by = VectorRegister.Z(2);
        static VectorRegister Sum(int row, int side) => VectorRegister.Z(16 + row);
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, At(nameof(PanelCall.Config)));
        code.LdTileCfg(new(Gpr.Rcx));
        code.Mov(Gpr.R11, At(nameof(PanelCall.CStep)));
        var panel = new Label();
        code.Put(panel);
        code.Mov(Gpr.R10, s_c);
        LoadOrZero(code, Rows, Half, Sum, (w, r) => w.VPXorD(r, r, r), halves: 1);
        code.Mov(Gpr.R10, s_room);
        code.Mov(Gpr.Rdx, Int8Layout.Group);                                // bytes of a row of a; twice that of a row of b and c
        Label step = BeginSteps(code);
        code.TileZero(c);
        code.TileLoad(a, new(Gpr.R8, 0, Gpr.Rdx));
        code.TileLoad(b, new(Gpr.R9, 0, Gpr.Rdx, 2));
        code.TDpBssd(c, a, b);
        code.TileStore(new(Gpr.R10, 0, Gpr.Rdx, 2), c);
        code.VMovUps(scales, new Address(Gpr.R9, Int8Layout.ScalesOfB(Columns)));
        for (int row = 0; row < Rows; row++)
        {
            code.VCvtDq2Ps(x, new Address(Gpr.R10, row * Half));
            code.VMulPs(x, x, scales);
            code.VPBroadcastD(by, new Address(Gpr.R8, Int8Layout.ScalesOfA(Rows) + row * 4));
            code.VFmAdd231Ps(Sum(row, 0), x, by);
        }
        AddMinima(code, Rows, Columns, Half, Sum, [scales], by);
        EndSteps(code, step, Rows * Int8Layout.RowBytes, Columns * Int8Layout.ColumnBytes);
        code.Mov(Gpr.R10, s_c);
        Store(code, Rows, Half, Sum, halves: 1);
        NextPanel(code, panel);
        code.TileRelease();
        code.VZeroUpper();
        code.Ret();
        return code;
    }

    /// <summary>Integers that the sums of a group begin with.</summary>
    private static void Starts(CodeWriter code, int rows, Func<int, int, VectorRegister> integer)
    {
        for (int row = 0; row < rows; row++)
            for (int side = 0; side < 2; side++) code.VPBroadcastD(integer(row, side), new Address(Gpr.R8, Int8Layout.StartsOfA(rows) + row * 4));
    }

    /// <summary>Sum += F32(integer) · scale of b · scale of a.</summary>
    private static void AddScaled(CodeWriter code, int rows, int columns, int half, Func<int, int, VectorRegister> integer, Func<int, int, VectorRegister> sum, VectorRegister by)
    {
        for (int row = 0; row < rows; row++)
        {
            code.VPBroadcastD(by, new Address(Gpr.R8, Int8Layout.ScalesOfA(rows) + row * 4));
            for (int side = 0; side < 2; side++)
            {
                VectorRegister x = integer(row, side);
                code.VCvtDq2Ps(x, x);
                code.VMulPs(x, x, new Address(Gpr.R9, Int8Layout.ScalesOfB(columns) + side * half));
                code.VFmAdd231Ps(sum(row, side), x, by);
            }
        }
    }

    /// <summary>Sum += minimum of b · (scale · sum) of a, where there are minima.</summary>
    private static void AddMinima(CodeWriter code, int rows, int columns, int half, Func<int, int, VectorRegister> sum, VectorRegister[] minima, VectorRegister by)
    {
        var none = new Label();
        code.Cmp(s_minima, 0);
        code.Jz(none);
        for (int side = 0; side < minima.Length; side++) code.VMovUps(minima[side], new Address(Gpr.R9, Int8Layout.MinimaOfB(columns) + side * half));
        for (int row = 0; row < rows; row++)
        {
            code.VPBroadcastD(by, new Address(Gpr.R8, Int8Layout.SumsOfA(rows) + row * 4));
            for (int side = 0; side < minima.Length; side++) code.VFmAdd231Ps(sum(row, side), minima[side], by);
        }
        code.Put(none);
    }

    private static void End(CodeWriter code, Label step, Label panel, int rows, int columns, int half, Func<int, int, VectorRegister> sum)
    {
        EndSteps(code, step, rows * Int8Layout.RowBytes, columns * Int8Layout.ColumnBytes);
        Store(code, rows, half, sum);
        NextPanel(code, panel);
        code.VZeroUpper();
    }
}
