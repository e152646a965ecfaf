namespace Pure.Tuner.Kernels;

/// <summary>Instructions on vectors: VEX for 128 and 256 bits with registers below 16, EVEX for the rest.</summary>
public sealed partial class CodeWriter
{
    /// <summary>Prefix of an opcode, as VEX and EVEX count them.</summary>
    private enum Pp
    {
        None, P66, PF3, PF2,
    }

    /// <summary>Map of an opcode.</summary>
    private enum Map
    {
        M0F = 1, M0F38 = 2, M0F3A = 3,
    }

    /// <summary>to = F32 at an address, unaligned</summary>
    public void VMovUps(VectorRegister to, Address from) => Vector($"vmovups {to},{Sized(to.Bits / 8)} {from}", Map.M0F, Pp.None, 0x10, to, default, from, to.Bits / 8);

    /// <summary>F32 at an address = from, unaligned</summary>
    public void VMovUps(Address to, VectorRegister from) => Vector($"vmovups {Sized(from.Bits / 8)} {to},{from}", Map.M0F, Pp.None, 0x11, from, default, to, from.Bits / 8);

    /// <summary>Every lane of 32 bits = the one at an address</summary>
    public void VPBroadcastD(VectorRegister to, Address from) => Vector($"vpbroadcastd {to},DWORD PTR {from}", Map.M0F38, Pp.P66, 0x58, to, default, from, 4);

    /// <summary>Every lane of 32 bits = the lowest of a register</summary>
    public void VPBroadcastD(VectorRegister to, VectorRegister from) => Vector($"vpbroadcastd {to},{new VectorRegister(from.Number, 128)}", Map.M0F38, Pp.P66, 0x58, to, default, from);

    /// <summary>to = a xor b, bits</summary>
    public void VXorPs(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vxorps {to},{a},{b}", Map.M0F, Pp.None, 0x57, to, a, b);

    /// <summary>to = a xor b, bits; for registers of 512 bits and those above 15</summary>
    public void VPXorD(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vpxord {to},{a},{b}", Map.M0F, Pp.P66, 0xEF, to, a, b, evex: true);

    /// <summary>to = a and b, bits</summary>
    public void VAndPs(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vandps {to},{a},{b}", Map.M0F, Pp.None, 0x54, to, a, b);

    /// <summary>Lanes of 32 bits are all ones where equal</summary>
    public void VPCmpEqD(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vpcmpeqd {to},{a},{b}", Map.M0F, Pp.P66, 0x76, to, a, b);

    /// <summary>Each lane of 32 bits to the left</summary>
    public void VPSllD(VectorRegister to, VectorRegister from, byte count) => Shift("vpslld", 0x72, 6, to, from, count);

    /// <summary>Each lane of 16 bits to the left</summary>
    public void VPSllW(VectorRegister to, VectorRegister from, byte count) => Shift("vpsllw", 0x71, 6, to, from, count);

    /// <summary>Each lane of 16 bits to the right, zeros behind it</summary>
    public void VPSrlW(VectorRegister to, VectorRegister from, byte count) => Shift("vpsrlw", 0x71, 2, to, from, count);

    /// <summary>Each lane of 16 bits to the right, its sign behind it</summary>
    public void VPSraW(VectorRegister to, VectorRegister from, byte count) => Shift("vpsraw", 0x71, 4, to, from, count);

    private void Shift(string name, int code, int extension, VectorRegister to, VectorRegister from, byte count)
    {
        Vector($"{name} {to},{from},0x{count:x}", Map.M0F, Pp.P66, code, new VectorRegister(extension, to.Bits), to, from, extends: true);
        Byte(count);
    }

    /// <summary>Each integer of 32 bits of to = two products of 16 bits with sign, added up</summary>
    public void VPMAddWd(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vpmaddwd {to},{a},{b}", Map.M0F, Pp.P66, 0xF5, to, a, b, extends: true);

    /// <summary>to = a + b, integers of 32 bits</summary>
    public void VPAddD(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vpaddd {to},{a},{b}", Map.M0F, Pp.P66, 0xFE, to, a, b);

    /// <summary>to = to + a · b, rounded once</summary>
    public void VFmAdd231Ps(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vfmadd231ps {to},{a},{b}", Map.M0F38, Pp.P66, 0xB8, to, a, b);

    /// <summary>to = a + b</summary>
    public void VAddPs(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vaddps {to},{a},{b}", Map.M0F, Pp.None, 0x58, to, a, b);

    /// <summary>to = a · b</summary>
    public void VMulPs(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vmulps {to},{a},{b}", Map.M0F, Pp.None, 0x59, to, a, b);

    /// <summary>to = a · F32 at an address</summary>
    public void VMulPs(VectorRegister to, VectorRegister a, Address b) => Vector($"vmulps {to},{a},{Sized(to.Bits / 8)} {b}", Map.M0F, Pp.None, 0x59, to, a, b, to.Bits / 8);

    /// <summary>to = a / b</summary>
    public void VDivPs(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vdivps {to},{a},{b}", Map.M0F, Pp.None, 0x5E, to, a, b);

    /// <summary>to = √from</summary>
    public void VSqrtPs(VectorRegister to, VectorRegister from) => Vector($"vsqrtps {to},{from}", Map.M0F, Pp.None, 0x51, to, default, from);

    /// <summary>to = integers of 32 bits as F32</summary>
    public void VCvtDq2Ps(VectorRegister to, VectorRegister from) => Vector($"vcvtdq2ps {to},{from}", Map.M0F, Pp.None, 0x5B, to, default, from);

    /// <summary>to = integers of 32 bits at an address as F32</summary>
    public void VCvtDq2Ps(VectorRegister to, Address from) => Vector($"vcvtdq2ps {to},{Sized(to.Bits / 8)} {from}", Map.M0F, Pp.None, 0x5B, to, default, from, to.Bits / 8);

    /// <summary>Each F32 of to += the odd, then the even of two BF16 products (AVX512-BF16)</summary>
    public void VDpBF16Ps(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"vdpbf16ps {to},{a},{b}", Map.M0F38, Pp.PF3, 0x52, to, a, b, evex: true);

    /// <summary>Each integer of 32 bits of to += four products of a byte without and a byte with sign (AVX512-VNNI; 256 bits: AVX-VNNI)</summary>
    /// <param name="to">Sums.</param>
    /// <param name="a">Bytes without sign.</param>
    /// <param name="b">Bytes with sign.</param>
    public void VPDpBusd(VectorRegister to, VectorRegister a, VectorRegister b) => Vector($"{(IsVex(to, a, b) ? "{vex} " : "")}vpdpbusd {to},{a},{b}", Map.M0F38, Pp.P66, 0x50, to, a, b);

    /// <summary>The upper halves of all vectors = 0: what code without AVX wants to find</summary>
    public void VZeroUpper() => Bytes("vzeroupper", 0xC5, 0xF8, 0x77);

    private static string Sized(int bytes) => bytes switch { 16 => "XMMWORD PTR", 32 => "YMMWORD PTR", _ => "ZMMWORD PTR" };

    private static bool IsVex(VectorRegister to, VectorRegister a, VectorRegister b) => to.Bits < 512 && to.Number < 16 && a.Number < 16 && b.Number < 16;

    private void Vector(string text, Map map, Pp pp, int code, VectorRegister reg, VectorRegister v, VectorRegister rm, bool evex = false, bool extends = false)
    {
        Begin(text);
        if (!evex && IsVex(reg, v, rm)) Vex(map, pp, reg.Number, 0, rm.Number >> 3, v.Number, reg.Bits);
        else if (extends) throw new ArgumentException($"code: {text}: only registers of at most 256 bits below 16");
        else Evex(map, pp, reg.Number, rm.Number >> 4, rm.Number >> 3 & 1, v.Number, reg.Bits);
        Byte(code);
        Byte(0xC0 | (reg.Number & 7) << 3 | rm.Number & 7);
    }

    private void Vector(string text, Map map, Pp pp, int code, VectorRegister reg, VectorRegister v, Address at, int unit)
    {
        Begin(text);
        bool isVex = IsVex(reg, v, default);
        int x = at.Index is { } i ? (int)i >> 3 : 0, b = (int)at.Base >> 3;
        if (isVex) Vex(map, pp, reg.Number, x, b, v.Number, reg.Bits);
        else Evex(map, pp, reg.Number, x, b, v.Number, reg.Bits);
        Byte(code);
        Operand(reg.Number, at, isVex ? 1 : unit);           // EVEX counts a displacement of one byte in operands
    }

    /// <summary>Two bytes where they are enough, else three.</summary>
    private void Vex(Map map, Pp pp, int reg, int x, int b, int v, int bits)
    {
        int last = (~v & 15) << 3 | (bits == 256 ? 4 : 0) | (int)pp;
        if (x == 0 && b == 0 && map == Map.M0F)
        {
            Byte(0xC5);
            Byte((reg < 8 ? 0x80 : 0) | last);
            return;
        }
        Byte(0xC4);
        Byte((reg < 8 ? 0x80 : 0) | (x == 0 ? 0x40 : 0) | (b == 0 ? 0x20 : 0) | (int)map);
        Byte(last);
    }

    private void Evex(Map map, Pp pp, int reg, int x, int b, int v, int bits)
    {
        Byte(0x62);
        Byte(((reg & 8) == 0 ? 0x80 : 0) | (x == 0 ? 0x40 : 0) | (b == 0 ? 0x20 : 0) | ((reg & 16) == 0 ? 0x10 : 0) | (int)map);
        Byte((~v & 15) << 3 | 4 | (int)pp);
        Byte((bits == 512 ? 0x40 : bits == 256 ? 0x20 : 0) | ((v & 16) == 0 ? 8 : 0));
    }
}
