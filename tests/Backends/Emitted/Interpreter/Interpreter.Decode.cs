namespace Pure.Tuner.Tests.Emitted;

internal sealed unsafe partial class Interpreter
{
    /// <summary>How an instruction was prefixed.</summary>
    private readonly record struct Prefix(bool IsVex, bool IsEvex, int Map, int Pp, bool W, int Bits, int V, int R, int X, int B)
    {
        /// <summary>Bit 4 of a vector in ModRM.rm stands where an index would have its bit 3.</summary>
        public int VectorRm(int rm) => rm | (IsEvex ? X << 4 : 0);
    }

    /// <summary>ModRM read: a register, and a register or an address.</summary>
    private readonly record struct Operands(int Reg, int Rm, bool IsMemory, nint Address, bool HasSib, nint IndexScaled);

    private void Step()
    {
        byte first = Fetch();
        if (first == 0x62) Evex();
        else if (first is 0xC4 or 0xC5) Vex(first == 0xC5);
        else General(first);
    }

    private void Vex(bool isShort)
    {
        int p1 = Fetch(), map = 1, x = 0, b = 0, last = p1;
        if (!isShort)
        {
            (x, b, map) = ((p1 & 0x40) == 0 ? 1 : 0, (p1 & 0x20) == 0 ? 1 : 0, p1 & 31);
            last = Fetch();
        }
        bool w = !isShort && (last & 0x80) != 0;
        var prefix = new Prefix(true, false, map, last & 3, w, (last & 4) != 0 ? 256 : 128, ~last >> 3 & 15, (p1 & 0x80) == 0 ? 8 : 0, x, b);
        byte code = Fetch();
        if (map == 2 && code is 0x49 or 0x4B or 0x5C or 0x5E) Tiles(prefix, code);
        else Vectors(prefix, code);
    }

    private void Evex()
    {
        int p0 = Fetch(), p1 = Fetch(), p2 = Fetch();
        if ((p0 & 0x08) != 0) throw new FaultException("EVEX: a reserved bit is set");
        if ((p1 & 4) == 0) throw new FaultException("EVEX: a fixed bit is clear");
        if ((p2 & 0x97) != 0) throw new FaultException("EVEX: masks and broadcasts are not used by our kernels");
        int length = p2 >> 5 & 3;
        if (length == 3) throw new FaultException("EVEX: a length of 1024 bits");
        int v = (~p1 >> 3 & 15) | ((p2 & 8) == 0 ? 16 : 0), r = ((p0 & 0x80) == 0 ? 8 : 0) | ((p0 & 0x10) == 0 ? 16 : 0);
        var prefix = new Prefix(false, true, p0 & 7, p1 & 3, (p1 & 0x80) != 0, 128 << length, v, r, (p0 & 0x40) == 0 ? 1 : 0, (p0 & 0x20) == 0 ? 1 : 0);
        Need(Features.Avx512);
        Vectors(prefix, Fetch());
    }

    /// <summary>Reads ModRM, SIB and displacement; one of a byte counts in units of <paramref name="unit"/> (EVEX).</summary>
    /// <param name="bytesBehind">Bytes of the instruction that come after: an immediate.</param>
    private Operands ReadOperands(int r, int x, int b, int unit = 1)
    {
        int modrm = Fetch(), mod = modrm >> 6, reg = (modrm >> 3 & 7) | r, rm = modrm & 7;
        if (mod == 3) return new(reg, rm | b << 3, false, 0, false, 0);
        ulong address;
        nint indexScaled = 0;
        bool hasSib = rm == 4;
        if (hasSib)
        {
            int sib = Fetch(), index = (sib >> 3 & 7) | x << 3, low = (sib & 7) | b << 3;
            if (mod == 0 && (low & 7) == 5) throw new FaultException("an address without a base");
            address = _r[low];
            if (index != 4) indexScaled = (nint)(_r[index] << (sib >> 6));
        }
        else
        {
            if (mod == 0 && rm == 5) throw new FaultException("an address relative to the code");
            address = _r[rm | b << 3];
        }
        if (mod == 1) address += (ulong)((sbyte)Fetch() * unit);
        else if (mod == 2) address += (ulong)Fetch32();
        return new(reg, 0, true, (nint)address, hasSib, indexScaled);
    }

    private static nint Whole(Operands o) => o.Address + o.IndexScaled;
}
