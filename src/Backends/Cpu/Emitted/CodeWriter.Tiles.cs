namespace Pure.Tuner.Kernels;

/// <summary>Instructions on tiles (AMX).</summary>
public sealed partial class CodeWriter
{
    /// <summary>Shapes of all tiles = the 64 bytes at an address; their contents become 0</summary>
    public void LdTileCfg(Address from) => Memory($"ldtilecfg {from}", Pp.None, 0x49, 0, from, needsSib: false);

    /// <summary>Tiles are free: no shape, no content, nothing for the system to save</summary>
    public void TileRelease() => Bytes("tilerelease", 0xC4, 0xE2, 0x78, 0x49, 0xC0);

    /// <summary>to = 0</summary>
    public void TileZero(Tile to) => Registers($"tilezero {to}", Pp.PF2, 0x49, to.Number, 0, 0);

    /// <summary>to = rows at base + displacement + row · (index · scale)</summary>
    public void TileLoad(Tile to, Address from) => Memory($"tileloadd {to},{Rows(from)}", Pp.PF2, 0x4B, to.Number, from, needsSib: true);

    /// <summary>Rows at base + displacement + row · (index · scale) = from</summary>
    public void TileStore(Address to, Tile from) => Memory($"tilestored {Rows(to)},{from}", Pp.PF3, 0x4B, from.Number, to, needsSib: true);

    /// <summary>F32 to += a · b, BF16: a holds rows, b pairs of rows side by side</summary>
    public void TDpBF16Ps(Tile to, Tile a, Tile b) => Registers($"tdpbf16ps {to},{a},{b}", Pp.PF3, 0x5C, to.Number, a.Number, b.Number);

    /// <summary>Integers of 32 bits to += a · b, bytes with sign: a holds rows, b fours of rows side by side</summary>
    public void TDpBssd(Tile to, Tile a, Tile b) => Registers($"tdpbssd {to},{a},{b}", Pp.PF2, 0x5E, to.Number, a.Number, b.Number);

    /// <summary>As <see cref="TDpBssd"/>, a's bytes without sign</summary>
    public void TDpBusd(Tile to, Tile a, Tile b) => Registers($"tdpbusd {to},{a},{b}", Pp.P66, 0x5E, to.Number, a.Number, b.Number);

    private static string Rows(Address at) => at.Index is null ? throw new ArgumentException("code: a tile's rows need a register that says how far apart they are") : at.ToString();

    private void Registers(string text, Pp pp, int code, int to, int a, int b)
    {
        Begin(text);
        Vex(Map.M0F38, pp, to, 0, 0, b, 128);
        Byte(code);
        Byte(0xC0 | to << 3 | a);
    }

    private void Memory(string text, Pp pp, int code, int register, Address at, bool needsSib)
    {
        Begin(text);
        Vex(Map.M0F38, pp, register, at.Index is { } i ? (int)i >> 3 : 0, (int)at.Base >> 3, 0, 128);
        Byte(code);
        Operand(register, at, 1, needsSib);
    }
}
