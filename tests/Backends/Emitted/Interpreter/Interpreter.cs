using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>What a processor would have refused.</summary>
internal sealed class FaultException(string message) : Exception(message);

/// <summary>Instructions beyond those of every x64 processor.</summary>
[Flags]
internal enum Features
{
    None = 0, Avx2Fma = 1, Avx512 = 2, Avx512BF16 = 4, Avx512Vnni = 8, AvxVnni = 16, AmxTile = 32, AmxBF16 = 64, AmxInt8 = 128,
}

/// <summary>Runs the bytes of emitted code, one instruction after another, on registers, tiles and memory of its own.</summary>
/// <remarks>
/// It decodes the bytes and knows nothing of what wrote them. Memory is real, but only ranges that were named may be touched, and only as they were named: one byte
/// outside is a fault. What the manuals leave undefined, what faults there, and what the calling convention forbids is a <see cref="FaultException"/> here.
/// The arithmetic is that of the manuals' own definitions (Intel SDM volume 2).
/// </remarks>
internal sealed unsafe partial class Interpreter(Features features)
{
    private const long MaxInstructions = 50_000_000;
    private const int StackBytes = 4096;
    private readonly List<(nint Start, long Bytes, bool CanWrite, string Name)> _memory = [];
    private readonly ulong[] _r = new ulong[16];
    private readonly byte[][] _v = [.. Enumerable.Range(0, 32).Select(_ => new byte[64])];
    private nint _next;
    private bool _zero;
    private bool _upperIsDirty;

    /// <summary>Instructions that were run.</summary>
    public long Count { get; private set; }

    /// <summary>Distinct instructions that were run, by offset.</summary>
    public HashSet<nint> Seen { get; } = [];

    /// <summary>Lets memory be touched.</summary>
    public void Allow(nint start, long bytes, bool canWrite, string name) => _memory.Add((start, bytes, canWrite, name));

    /// <summary>Calls code as a function of one argument and checks that it came back as the convention wants.</summary>
    public void Call(nint entry, long bytes, CallConvention convention, nint argument)
    {
        var random = new Random(12345);
        byte* stack = stackalloc byte[StackBytes + 16];
        nint top = ((nint)stack + StackBytes & -16) - 8;                    // as a call leaves it: 8 beyond a multiple of 16
        Allow(entry, bytes, false, "code");
        Allow((nint)stack, top + 8 - (nint)stack, true, "stack");
        for (int i = 0; i < 16; i++) _r[i] = (ulong)random.NextInt64();
        foreach (byte[] v in _v) random.NextBytes(v);
        foreach (byte[] v in _v) Array.Clear(v, 16, 48);                     // a caller's upper halves are clear
        _upperIsDirty = false;
        _r[(int)Gpr.Rsp] = (ulong)top;
        _r[(int)convention.Argument] = (ulong)argument;
        const long Home = 0x7EAD_BEEF_0000;
        *(long*)top = Home;
        ulong[] before = [.. _r];
        byte[][] vectors = [.. _v.Select(v => v[..16])];

        _next = entry;
        while (_next != unchecked((nint)Home))
        {
            if (_next < entry || _next >= entry + bytes) throw new FaultException($"ran to {_next - entry:x}, outside the code");
            if (++Count > MaxInstructions) throw new FaultException("never comes back");
            nint at = _next;
            Seen.Add(at - entry);
            try { Step(); }
            catch (FaultException e) { throw new FaultException($"at {at - entry:x}: {e.Message}"); }
        }

        if (_r[(int)Gpr.Rsp] != (ulong)top + 8) throw new FaultException("the stack pointer is another one");
        Gpr[] kept = convention == CallConvention.Windows ? [Gpr.Rbx, Gpr.Rbp, Gpr.Rdi, Gpr.Rsi, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15] : [Gpr.Rbx, Gpr.Rbp, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15];
        foreach (Gpr register in kept)
            if (_r[(int)register] != before[(int)register]) throw new FaultException($"{register} was not kept");
        for (int i = convention.FirstKeptVector; i < 16; i++)
            if (!_v[i].AsSpan(0, 16).SequenceEqual(vectors[i])) throw new FaultException($"xmm{i} was not kept");
        if (_upperIsDirty) throw new FaultException("upper halves of vectors are left: vzeroupper is missing");
        if (_shapes is not null) throw new FaultException("the tiles were not released");
        _memory.RemoveRange(_memory.Count - 2, 2);
    }

    private void Need(Features needed)
    {
        if ((features & needed) != needed) throw new FaultException($"an instruction of {needed & ~features}, which the unit does not promise");
    }

    private byte* At(nint address, int bytes, bool write)
    {
        foreach ((nint start, long length, bool canWrite, string name) in _memory)
        {
            if (address < start || address >= start + length) continue;
            if (address + bytes > start + length) throw new FaultException($"{(write ? "writes" : "reads")} {address + bytes - start - length} bytes behind the end of {name}");
            if (write && !canWrite) throw new FaultException($"writes to {name}");
            return (byte*)address;
        }
        (nint Start, long Bytes, bool CanWrite, string Name) near = _memory.MinBy(m => Math.Min(Math.Abs(address - m.Start), Math.Abs(address - m.Start - (nint)m.Bytes)));
        throw new FaultException($"{(write ? "writes" : "reads")} outside all memory, {address - near.Start} from the beginning of {near.Name} of {near.Bytes} bytes");
    }

    private byte Fetch() => *At(_next++, 1, write: false);

    private int Fetch32()
    {
        int value = *(int*)At(_next, 4, write: false);
        _next += 4;
        return value;
    }
}
