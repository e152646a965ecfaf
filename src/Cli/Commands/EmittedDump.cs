using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Machine code of our own, for people: FILE.bin holds the bytes, FILE.txt offset, bytes and instruction of each line.</summary>
internal static class EmittedDump
{
    /// <summary>Writes the products of every unit as this system would call them, their loops of <c>bench machine</c>, and what is loaded under a name.</summary>
    public static void Write(string folder, TextWriter? output)
    {
        Directory.CreateDirectory(folder);
        foreach (PanelKind kind in PanelKind.All.Concat(Int8Kinds.All))
        {
            One(kind.Name, kind.Emit(CallConvention.Here));
            if (UnitPeak.LoopOf(kind) is { } loop) One($"{kind.Name}-peak", loop.Emit(CallConvention.Here));
        }
        foreach ((string name, CodeWriter code) in CodePages.Named) One(string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')), code);
        output?.WriteLine($"code         written to {folder}; {MatrixUnits.Here.BF16State}; {MatrixUnits.Here.Int8State}");

        void One(string name, CodeWriter code)
        {
            AtomicFile.WriteBytes(Path.Combine(folder, name + ".bin"), code.ToArray());
            AtomicFile.WriteText(Path.Combine(folder, name + ".txt"), $"; {name}, {CallConvention.Here.Name} convention\n{code.ListingText()}");
        }
    }
}
