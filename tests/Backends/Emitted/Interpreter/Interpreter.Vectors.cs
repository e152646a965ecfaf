namespace Pure.Tuner.Tests.Emitted;

internal sealed unsafe partial class Interpreter
{
    /// <summary>Instructions on vectors. A result clears what lies above it in its register.</summary>
    private void Vectors(Prefix p, byte code)
    {
        if (p.W) throw new FaultException($"vector opcode {p.Map}:{code:x2} with W");
        if (p is { IsVex: true, Map: 1, Pp: 0 } && code == 0x77)
        {
            if (p.Bits != 128) throw new FaultException("vzeroall would clear what the caller keeps");
            for (int i = 0; i < 16; i++) Array.Clear(_v[i], 16, 48);
            _upperIsDirty = false;
            return;
        }
        int bytes = p.Bits / 8;
        if (p.IsVex) Need(Features.Avx2Fma);
        switch ((p.Map, p.Pp, code))
        {
            case (1, 0, 0x10):
                {
                    NoV(p);
                    Operands o = ReadOperands(p.R, p.X, p.B, p.IsEvex ? bytes : 1);
                    Write(o.Reg, p, Read(o, p, bytes));
                    break;
                }
            case (1, 0, 0x11):
                {
                    NoV(p);
                    Operands o = ReadOperands(p.R, p.X, p.B, p.IsEvex ? bytes : 1);
                    if (!o.IsMemory) throw new FaultException("vmovups between registers");
                    _v[o.Reg].AsSpan(0, bytes).CopyTo(new Span<byte>(At(Whole(o), bytes, write: true), bytes));
                    break;
                }
            case (2, 1, 0x58):
                {
                    NoV(p);
                    Operands o = ReadOperands(p.R, p.X, p.B, p.IsEvex ? 4 : 1);
                    Span<byte> one = o.IsMemory ? new Span<byte>(At(Whole(o), 4, write: false), 4) : _v[p.VectorRm(o.Rm)].AsSpan(0, 4);
                    byte[] all = new byte[bytes];
                    for (int i = 0; i < bytes; i += 4) one.CopyTo(all.AsSpan(i));
                    Write(o.Reg, p, all);
                    break;
                }
            case (1, 0, 0x57): Bits(p, static (a, b) => a ^ b); break;
            case (1, 1, 0xEF) when p.IsEvex: Bits(p, static (a, b) => a ^ b); break;
            case (1, 0, 0x54): Bits(p, static (a, b) => a & b); break;
            case (1, 1, 0x76) when p.IsVex: Bits(p, static (a, b) => a == b ? uint.MaxValue : 0); break;
            case (1, 0, 0x58): Floats(p, static (_, a, b) => a + b); break;
            case (1, 0, 0x59): Floats(p, static (_, a, b) => a * b); break;
            case (1, 0, 0x5E): Floats(p, static (_, a, b) => a / b); break;
            case (1, 0, 0x51): NoV(p); Floats(p, static (_, _, b) => MathF.Sqrt(b)); break;
            case (2, 1, 0xB8): Floats(p, static (c, a, b) => MathF.FusedMultiplyAdd(a, b, c)); break;
            case (1, 0, 0x5B): NoV(p); Bits(p, static (_, b) => BitConverter.SingleToUInt32Bits((int)b)); break;
            case (1, 1, 0x71 or 0x72) when p.IsVex:
                {
                    Operands o = ReadOperands(0, p.X, p.B);
                    int count = Fetch();
                    if (o.IsMemory) throw new FaultException($"opcode 0f{code:x2} with memory");
                    byte[] from = _v[o.Rm][..bytes], to = new byte[bytes];
                    if ((code, o.Reg) == (0x72, 6))
                        for (int i = 0; i < bytes; i += 4) BitConverter.TryWriteBytes(to.AsSpan(i), count > 31 ? 0 : BitConverter.ToUInt32(from, i) << count);
                    else if (code == 0x71)
                        for (int i = 0; i < bytes; i += 2) BitConverter.TryWriteBytes(to.AsSpan(i), ShiftWord(o.Reg, BitConverter.ToUInt16(from, i), count));
                    else throw new FaultException($"opcode 0f72 /{o.Reg}");
                    Write(p.V, p, to);
                    break;
                }
            case (1, 1, 0xFE): Bits(p, static (a, b) => a + b); break;
            case (1, 1, 0xF5) when p.IsVex: Bits(p, static (a, b) => (uint)((short)a * (short)b + (short)(a >> 16) * (short)(b >> 16))); break;
            case (2, 2, 0x52) when p.IsEvex:
                Need(Features.Avx512BF16);
                Lanes(p, static (c, a, b) => Pairs(Pairs(c, a >> 16, b >> 16), a, b));
                break;
            case (2, 1, 0x50):
                Need(p.IsEvex ? Features.Avx512Vnni : Features.AvxVnni);
                Lanes(p, static (c, a, b) => c + (uint)Fours(a, b, firstIsSigned: false));
                break;
            default: throw new FaultException($"vector opcode {p.Map}:{p.Pp}:{code:x2}");
        }
    }

    /// <summary>c + a · b for the lower halves as BF16: numbers below the normal ones count as 0, before and after.</summary>
    private static uint Pairs(uint c, uint a, uint b) =>
        BitConverter.SingleToUInt32Bits(Flushed(MathF.FusedMultiplyAdd(Flushed(BitConverter.UInt32BitsToSingle(a << 16)), Flushed(BitConverter.UInt32BitsToSingle(b << 16)), Flushed(BitConverter.UInt32BitsToSingle(c)))));

    private static float Flushed(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    /// <summary>A word shifted by more than it has bits is 0, or all sign.</summary>
    private static ushort ShiftWord(int extension, ushort x, int count) => extension switch
    {
        2 => count > 15 ? (ushort)0 : (ushort)(x >> count),
        4 => (ushort)((short)x >> Math.Min(count, 15)),
        6 => count > 15 ? (ushort)0 : (ushort)(x << count),
        _ => throw new FaultException($"opcode 0f71 /{extension}"),
    };

    /// <summary>Four products of bytes, added up in integers.</summary>
    private static int Fours(uint a, uint b, bool firstIsSigned)
    {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8) sum += (firstIsSigned ? (sbyte)(a >> shift) : (byte)(a >> shift)) * (sbyte)(b >> shift);
        return sum;
    }

    private void Bits(Prefix p, Func<uint, uint, uint> f) => Lanes(p, (_, a, b) => f(a, b));

    private void Floats(Prefix p, Func<float, float, float, float> f) =>
        Lanes(p, (c, a, b) => BitConverter.SingleToUInt32Bits(f(BitConverter.UInt32BitsToSingle(c), BitConverter.UInt32BitsToSingle(a), BitConverter.UInt32BitsToSingle(b))));

    private void Lanes(Prefix p, Func<uint, uint, uint, uint> f)
    {
        int bytes = p.Bits / 8;
        Operands o = ReadOperands(p.R, p.X, p.B, p.IsEvex ? bytes : 1);
        byte[] b = Read(o, p, bytes), y = new byte[bytes];
        for (int i = 0; i < bytes; i += 4)
            BitConverter.TryWriteBytes(y.AsSpan(i), f(BitConverter.ToUInt32(_v[o.Reg], i), BitConverter.ToUInt32(_v[p.V], i), BitConverter.ToUInt32(b, i)));
        Write(o.Reg, p, y);
    }

    private byte[] Read(Operands o, Prefix p, int bytes) => o.IsMemory ? new Span<byte>(At(Whole(o), bytes, write: false), bytes).ToArray() : _v[p.VectorRm(o.Rm)][..bytes];

    private void Write(int register, Prefix p, byte[] value)
    {
        if (p.Bits == 512) Need(Features.Avx512);
        Array.Clear(_v[register]);
        value.CopyTo(_v[register], 0);
        if (register < 16 && value.Length > 16) _upperIsDirty = true;
    }

    private static void NoV(Prefix p)
    {
        if (p.V != 0) throw new FaultException("a register is named that the instruction has no place for");
    }
}
