using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

internal sealed unsafe partial class Interpreter
{
    private void General(byte code)
    {
        int rex = 0;
        if ((code & 0xF0) == 0x40)
        {
            rex = code;
            code = Fetch();
        }
        bool wide = (rex & 8) != 0;
        int r = (rex & 4) << 1, x = rex >> 1 & 1, b = rex & 1;
        switch (code)
        {
            case 0x01 or 0x09 or 0x31 or 0x89:                              // add, or, xor, mov to r/m
                {
                    Operands o = ReadOperands(r, x, b);
                    ulong from = _r[o.Reg], to = code == 0x89 && o.IsMemory ? 0 : Get(o, wide);
                    Set(o, wide, code switch { 0x01 => Flags(to + from, wide), 0x09 => Flags(to | from, wide), 0x31 => Flags(to ^ from, wide), _ => from });
                    break;
                }
            case 0x8B:
                {
                    Operands o = ReadOperands(r, x, b);
                    SetRegister(o.Reg, wide, Get(o, wide));
                    break;
                }
            case 0x8D:
                {
                    Operands o = ReadOperands(r, x, b);
                    if (!o.IsMemory) throw new FaultException("lea of a register");
                    SetRegister(o.Reg, wide, (ulong)Whole(o));
                    break;
                }
            case 0x81 or 0x83 or 0xC1:
                {
                    Operands o = ReadOperands(0, x, b);
                    int value = code == 0x81 ? Fetch32() : (sbyte)Fetch();
                    ulong to = Get(o, wide);
                    switch ((code, o.Reg))
                    {
                        case (0xC1, 4): Set(o, wide, Flags(to << (value & (wide ? 63 : 31)), wide)); break;
                        case (0x81 or 0x83, 0): Set(o, wide, Flags(to + (ulong)value, wide)); break;
                        case (0x81 or 0x83, 5): Set(o, wide, Flags(to - (ulong)value, wide)); break;
                        case (0x81 or 0x83, 7): Flags(to - (ulong)value, wide); break;
                        default: throw new FaultException($"opcode {code:x2} /{o.Reg}");
                    }
                    break;
                }
            case 0x05: SetRegister(0, wide, Flags(_r[0] + (ulong)Fetch32(), wide)); break;
            case 0x2D: SetRegister(0, wide, Flags(_r[0] - (ulong)Fetch32(), wide)); break;
            case >= 0xB8 and <= 0xBF when !wide: SetRegister((code & 7) | b << 3, false, (uint)Fetch32()); break;
            case 0xC3:
                _next = (nint)(*(ulong*)At((nint)_r[(int)Gpr.Rsp], 8, write: false));
                _r[(int)Gpr.Rsp] += 8;
                break;
            case 0xE9: Jump(true); break;
            case 0x0F: TwoBytes(Fetch()); break;
            default: throw new FaultException($"opcode {code:x2}");
        }
    }

    private void TwoBytes(byte code)
    {
        switch (code)
        {
            case 0x84: Jump(_zero); break;
            case 0x85: Jump(!_zero); break;
            default: throw new FaultException($"opcode 0f {code:x2}");
        }
    }

    private void Jump(bool taken)
    {
        int distance = Fetch32();
        if (taken) _next += distance;
    }

    private ulong Get(Operands o, bool wide)
    {
        if (!o.IsMemory) return wide ? _r[o.Rm] : (uint)_r[o.Rm];
        return wide ? *(ulong*)At(Whole(o), 8, write: false) : *(uint*)At(Whole(o), 4, write: false);
    }

    private void Set(Operands o, bool wide, ulong value)
    {
        if (!o.IsMemory) SetRegister(o.Rm, wide, value);
        else if (wide) *(ulong*)At(Whole(o), 8, write: true) = value;
        else *(uint*)At(Whole(o), 4, write: true) = (uint)value;
    }

    private void SetRegister(int register, bool wide, ulong value) => _r[register] = wide ? value : (uint)value;

    private ulong Flags(ulong value, bool wide)
    {
        _zero = wide ? value == 0 : (uint)value == 0;
        return value;
    }
}
