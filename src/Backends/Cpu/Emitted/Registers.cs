namespace Pure.Tuner.Kernels;

/// <summary>A register of 64 bits, by its number in an instruction.</summary>
internal enum Gpr : byte
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>A vector register: xmm, ymm or zmm, 0 to 31; those from 16 on and all of 512 bits need AVX-512.</summary>
/// <param name="Number">0 to 31.</param>
/// <param name="Bits">128, 256 or 512.</param>
internal readonly record struct VectorRegister(int Number, int Bits)
{
    public static VectorRegister X(int number) => new(number, 128);
    public static VectorRegister Y(int number) => new(number, 256);
    public static VectorRegister Z(int number) => new(number, 512);

    public override string ToString() => $"{(Bits == 512 ? 'z' : Bits == 256 ? 'y' : 'x')}mm{Number}";
}

/// <summary>A tile register of AMX: up to 16 rows of 64 bytes.</summary>
internal readonly record struct Tile(int Number)
{
    public override string ToString() => $"tmm{Number}";
}

/// <summary>An address: base + index · scale + displacement.</summary>
internal readonly record struct Address(Gpr Base, int Displacement = 0, Gpr? Index = null, int Scale = 1)
{
    public override string ToString()
    {
        string index = Index is { } i ? $"+{Name(i)}*{Scale}" : "";
        string displacement = Displacement == 0 ? "" : $"{(Displacement < 0 ? '-' : '+')}0x{Math.Abs((long)Displacement):x}";
        return $"[{Name(Base)}{index}{displacement}]";
    }

    internal static string Name(Gpr register) => register.ToString().ToLowerInvariant();
}

/// <summary>A place in the code that a jump goes to.</summary>
internal sealed class Label
{
    /// <summary>Where it is; below 0 until it is put.</summary>
    internal int Offset { get; set; } = -1;

    /// <summary>Ends of the four bytes that wait for it.</summary>
    internal List<int> Waiting { get; } = [];
}
