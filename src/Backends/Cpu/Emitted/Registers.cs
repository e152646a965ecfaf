namespace Pure.Tuner.Kernels;

/// <summary>A register of 64 bits, by its number in an instruction.</summary>
public enum Gpr : byte
{
    /// <summary>rax</summary>
    Rax,
    /// <summary>rcx</summary>
    Rcx,
    /// <summary>rdx</summary>
    Rdx,
    /// <summary>rbx</summary>
    Rbx,
    /// <summary>rsp</summary>
    Rsp,
    /// <summary>rbp</summary>
    Rbp,
    /// <summary>rsi</summary>
    Rsi,
    /// <summary>rdi</summary>
    Rdi,
    /// <summary>r8</summary>
    R8,
    /// <summary>r9</summary>
    R9,
    /// <summary>r10</summary>
    R10,
    /// <summary>r11</summary>
    R11,
    /// <summary>r12</summary>
    R12,
    /// <summary>r13</summary>
    R13,
    /// <summary>r14</summary>
    R14,
    /// <summary>r15</summary>
    R15,
}

/// <summary>A vector register: xmm, ymm or zmm, 0 to 31; those from 16 on and all of 512 bits need AVX-512.</summary>
/// <param name="Number">0 to 31.</param>
/// <param name="Bits">128, 256 or 512.</param>
/// <exception cref="ArgumentOutOfRangeException">There is no such register: its number would be written as another's.</exception>
public readonly record struct VectorRegister(int Number, int Bits)
{
    /// <summary>0 to 31.</summary>
    public int Number { get; } = Number is >= 0 and < 32 ? Number : throw new ArgumentOutOfRangeException(nameof(Number), Number, "code: vector registers are 0 to 31");

    /// <summary>128, 256 or 512.</summary>
    public int Bits { get; } = Bits is 128 or 256 or 512 ? Bits : throw new ArgumentOutOfRangeException(nameof(Bits), Bits, "code: vector registers have 128, 256 or 512 bits");

    /// <summary>128 bits.</summary>
    public static VectorRegister X(int number) => new(number, 128);
    /// <summary>256 bits.</summary>
    public static VectorRegister Y(int number) => new(number, 256);
    /// <summary>512 bits.</summary>
    public static VectorRegister Z(int number) => new(number, 512);

    /// <inheritdoc/>
    public override string ToString() => $"{(Bits == 512 ? 'z' : Bits == 256 ? 'y' : 'x')}mm{Number}";
}

/// <summary>A tile register of AMX: up to 16 rows of 64 bytes.</summary>
/// <param name="Number">0 to 7.</param>
/// <exception cref="ArgumentOutOfRangeException">There is no such tile: its number would be written as another's.</exception>
public readonly record struct Tile(int Number)
{
    /// <summary>0 to 7.</summary>
    public int Number { get; } = Number is >= 0 and < 8 ? Number : throw new ArgumentOutOfRangeException(nameof(Number), Number, "code: tiles are 0 to 7");

    /// <inheritdoc/>
    public override string ToString() => $"tmm{Number}";
}

/// <summary>An address: base + index · scale + displacement.</summary>
/// <param name="Base">A register.</param>
/// <param name="Displacement">Bytes.</param>
/// <param name="Index">A register, not rsp.</param>
/// <param name="Scale">1, 2, 4 or 8.</param>
public readonly record struct Address(Gpr Base, int Displacement = 0, Gpr? Index = null, int Scale = 1)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string index = Index is { } i ? $"+{Name(i)}*{Scale}" : "";
        string displacement = Displacement == 0 ? "" : $"{(Displacement < 0 ? '-' : '+')}0x{Math.Abs((long)Displacement):x}";
        return $"[{Name(Base)}{index}{displacement}]";
    }

    internal static string Name(Gpr register) => register.ToString().ToLowerInvariant();
}

/// <summary>A place in the code that a jump goes to.</summary>
public sealed class Label
{
    /// <summary>Where it is; below 0 until it is put.</summary>
    internal int Offset { get; set; } = -1;

    /// <summary>Ends of the four bytes that wait for it.</summary>
    internal List<int> Waiting { get; } = [];
}
