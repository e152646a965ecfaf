using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Pure.Tuner.Kernels;

/// <summary>Writes machine code of x64: bytes, and beside them a line of text for each instruction.</summary>
/// <remarks>
/// Knows the instructions that our kernels use and no others, each by the encoding that the processors' manuals give (Intel SDM volume 2, AMD APM volumes 3 and 4);
/// the tests hold its bytes against those of binutils. General registers here, vectors and tiles in the other parts.
/// </remarks>
public sealed partial class CodeWriter
{
    private readonly List<byte> _bytes = [];
    private readonly List<(int Offset, string Text)> _lines = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>The code, with every jump resolved.</summary>
    /// <exception cref="InvalidOperationException">A label was never put.</exception>
    public byte[] ToArray()
    {
        if (_unput > 0) throw new InvalidOperationException($"code: {_unput} jumps go to a label that was never put");
        return [.. _bytes];
    }

    /// <summary>Each instruction: where it begins, its bytes, its text.</summary>
    public IEnumerable<(int Offset, byte[] Bytes, string Text)> Listing()
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            int end = i + 1 < _lines.Count ? _lines[i + 1].Offset : _bytes.Count;
            yield return (_lines[i].Offset, [.. _bytes[_lines[i].Offset..end]], _lines[i].Text);
        }
    }

    /// <summary>The listing for people: offset, bytes, instruction.</summary>
    public string ListingText()
    {
        var text = new StringBuilder();
        foreach ((int offset, byte[] bytes, string line) in Listing())
            text.AppendLine(CultureInfo.InvariantCulture, $"{offset,6:x}:  {Convert.ToHexStringLower(bytes),-26} {line}");
        return text.ToString();
    }

    /// <summary>to = from</summary>
    public void Mov(Gpr to, Gpr from) => Plain($"mov {N(to)},{N(from)}", 0x89, (int)from, to);

    /// <summary>to = the 64 bits at an address</summary>
    public void Mov(Gpr to, Address from) => Plain($"mov {N(to)},QWORD PTR {from}", 0x8B, (int)to, from);

    /// <summary>The 64 bits at an address = from</summary>
    public void Mov(Address to, Gpr from) => Plain($"mov QWORD PTR {to},{N(from)}", 0x89, (int)from, to);

    /// <summary>to = a number of 31 bits (the upper half becomes 0)</summary>
    public void Mov(Gpr to, int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Begin($"mov {Low(to)},0x{value:x}");
        if ((int)to >= 8) Byte(0x41);
        Byte(0xB8 + ((int)to & 7));
        Int32(value);
    }

    /// <summary>to += from</summary>
    public void Add(Gpr to, Gpr from) => Plain($"add {N(to)},{N(from)}", 0x01, (int)from, to);

    /// <summary>The 64 bits at an address += from</summary>
    public void Add(Address to, Gpr from) => Plain($"add QWORD PTR {to},{N(from)}", 0x01, (int)from, to);

    /// <summary>to += number</summary>
    public void Add(Gpr to, int value) => Immediate("add", 0, to, value);

    /// <summary>to -= number; sets the zero flag</summary>
    public void Sub(Gpr to, int value) => Immediate("sub", 5, to, value);

    /// <summary>The 64 bits at an address -= number; sets the zero flag</summary>
    public void Sub(Address to, sbyte value)
    {
        Plain($"sub QWORD PTR {to},0x{value:x}", 0x83, 5, to);
        Byte(value);
    }

    /// <summary>Compares the 64 bits at an address with a number; sets the zero flag</summary>
    public void Cmp(Address x, sbyte value)
    {
        Plain($"cmp QWORD PTR {x},0x{value:x}", 0x83, 7, x);
        Byte(value);
    }

    /// <summary>to = to · 2^count</summary>
    public void Shl(Gpr to, byte count)
    {
        Plain($"shl {N(to)},0x{count:x}", 0xC1, 4, to);
        Byte(count);
    }

    /// <summary>to = to or from</summary>
    public void Or(Gpr to, Gpr from) => Plain($"or {N(to)},{N(from)}", 0x09, (int)from, to);

    /// <summary>to = an address</summary>
    public void Lea(Gpr to, Address from) => Plain($"lea {N(to)},{from}", 0x8D, (int)to, from);

    /// <summary>to = 0</summary>
    public void Zero(Gpr to)
    {
        Begin($"xor {Low(to)},{Low(to)}");
        if ((int)to >= 8) Byte(0x45);
        Byte(0x31);
        Byte(0xC0 | ((int)to & 7) * 9);
    }

    /// <summary>edx:eax = the register of enabled state that ecx names (0: XCR0)</summary>
    public void XGetBv() => Bytes("xgetbv", 0x0F, 0x01, 0xD0);

    /// <summary>Back to the caller</summary>
    public void Ret() => Bytes("ret", 0xC3);

    /// <summary>Puts a label here.</summary>
    public void Put(Label label)
    {
        if (label.Offset >= 0) throw new InvalidOperationException("code: a label is put once");
        label.Offset = _bytes.Count;
        foreach (int end in label.Waiting) Patch(end, label.Offset);
        _unput -= label.Waiting.Count;
    }

    /// <summary>Goes on at a label</summary>
    public void Jmp(Label to) => Jump("jmp", to, 0xE9);

    /// <summary>Goes on at a label where the zero flag is set</summary>
    public void Jz(Label to) => Jump("je", to, 0x0F, 0x84);

    /// <summary>Goes on at a label where the zero flag is not set</summary>
    public void Jnz(Label to) => Jump("jne", to, 0x0F, 0x85);

    private int _unput;

    private void Jump(string name, Label to, params ReadOnlySpan<int> code)
    {
        Begin($"{name} {(to.Offset >= 0 ? $"0x{to.Offset:x}" : "forward")}");
        foreach (int b in code) Byte(b);
        Int32(0);
        if (to.Offset >= 0)
        {
            Patch(_bytes.Count, to.Offset);
            return;
        }
        to.Waiting.Add(_bytes.Count);
        _unput++;
    }

    private void Patch(int end, int target)
    {
        Span<byte> distance = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(distance, target - end);
        for (int i = 0; i < 4; i++) _bytes[end - 4 + i] = distance[i];
        int line = _lines.FindLastIndex(l => l.Offset < end);
        if (_lines[line].Text.EndsWith("forward", StringComparison.Ordinal)) _lines[line] = (_lines[line].Offset, _lines[line].Text.Replace("forward", $"0x{target:x}", StringComparison.Ordinal));
    }

    private void Immediate(string name, int extension, Gpr to, int value)
    {
        bool isShort = value is >= sbyte.MinValue and <= sbyte.MaxValue;
        string text = $"{name} {N(to)},{(value < 0 ? "-" : "")}0x{Math.Abs((long)value):x}";
        if (!isShort && to == Gpr.Rax)
        {
            Bytes(text, 0x48, extension << 3 | 5);          // the accumulator has a form of its own
            Int32(value);
            return;
        }
        Plain(text, isShort ? 0x83 : 0x81, extension, to);
        if (isShort) Byte(value);
        else Int32(value);
    }

    /// <summary>An instruction of one byte with a register and a register.</summary>
    private void Plain(string text, int code, int register, Gpr other)
    {
        Begin(text);
        Byte(0x48 | (register >> 3) << 2 | (int)other >> 3);
        Byte(code);
        Byte(0xC0 | (register & 7) << 3 | (int)other & 7);
    }

    /// <summary>An instruction of one byte with a register and memory.</summary>
    private void Plain(string text, int code, int register, Address at)
    {
        Begin(text);
        Byte(0x48 | (register >> 3) << 2 | (at.Index is { } i ? (int)i >> 3 << 1 : 0) | (int)at.Base >> 3);
        Byte(code);
        Operand(register, at, 1);
    }

    /// <summary>ModRM, SIB and displacement of a memory operand; a displacement that is a multiple of <paramref name="unit"/> may be one byte.</summary>
    private void Operand(int register, Address at, int unit, bool needsSib = false)
    {
        int low = (int)at.Base & 7, reg = (register & 7) << 3;
        bool hasSib = needsSib || at.Index is not null || low == 4;
        int mod = at.Displacement == 0 && low != 5 ? 0 : at.Displacement % unit == 0 && at.Displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue ? 1 : 2;
        Byte(mod << 6 | reg | (hasSib ? 4 : low));
        if (hasSib)
        {
            if (at.Index == Gpr.Rsp) throw new ArgumentException("code: rsp cannot be an index");
            int index = at.Index is { } i ? (int)i & 7 : 4;
            int scale = at.Scale switch { 1 => 0, 2 => 1, 4 => 2, 8 => 3, _ => throw new ArgumentException($"code: a scale of {at.Scale}") };
            Byte(scale << 6 | index << 3 | low);
        }
        if (mod == 1) Byte(at.Displacement / unit);
        else if (mod == 2) Int32(at.Displacement);
    }

    private void Bytes(string text, params ReadOnlySpan<int> code)
    {
        Begin(text);
        foreach (int b in code) Byte(b);
    }

    private void Begin(string text) => _lines.Add((_bytes.Count, text));

    private void Byte(int value) => _bytes.Add((byte)value);

    private void Int32(int value)
    {
        for (int shift = 0; shift < 32; shift += 8) Byte(value >> shift);
    }

    private static string N(Gpr register) => Address.Name(register);

    /// <summary>The name of the lower half.</summary>
    private static string Low(Gpr register) => (int)register >= 8 ? $"{N(register)}d" : $"e{N(register)[1..]}";
}
