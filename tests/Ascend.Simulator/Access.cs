namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Bytes of a device that a piece of work touches.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The one behind the last.</param>
/// <param name="Writes">Whether it writes them.</param>
/// <param name="IsWorkspace">Whether they are its workspace.</param>
internal readonly record struct Access(ulong From, ulong To, bool Writes, bool IsWorkspace = false)
{
    public long Length => (long)(To - From);

    private const int MostRuns = 256;       // a view in more pieces counts as everything between its ends

    public static Access Of(nint address, long bytes, bool writes) => new((ulong)address, (ulong)address + (ulong)bytes, writes);

    /// <summary>Whether both touch a byte and one of them writes it.</summary>
    public bool Conflicts(in Access other) => (Writes || other.Writes) && From < other.To && other.From < To;

    /// <summary>The bytes that both touch.</summary>
    public Access Common(in Access other) => this with { From = Math.Max(From, other.From), To = Math.Min(To, other.To) };

    /// <summary>Adds the bytes of a tensor: those between its elements are not among them.</summary>
    public static void Add(List<Access> to, SimTensor t, bool writes)
    {
        if (t.Count == 0 || DeviceMemory.DeviceOf(t.Data) is null) return;
        // Dimensions by their step, smallest first: those that lie without a gap make one piece, the others number the pieces.
        (long Length, long Step)[] dims = [.. t.Shape.Zip(t.Strides).Where(d => d.First > 1 && d.Second > 0).OrderBy(d => d.Second)];
        int outer = 0;
        long piece = 1, runs = 1;
        for (; outer < dims.Length && dims[outer].Step <= piece; outer++) piece += (dims[outer].Length - 1) * dims[outer].Step;
        foreach ((long length, _) in dims.AsSpan(outer)) runs *= length;
        if (runs > MostRuns)
        {
            foreach ((long length, long step) in dims.AsSpan(outer)) piece += (length - 1) * step;
            (outer, runs) = (dims.Length, 1);
        }
        for (long run = 0; run < runs; run++)
        {
            long at = t.Offset, rest = run;
            foreach ((long length, long step) in dims.AsSpan(outer))
            {
                at += rest % length * step;
                rest /= length;
            }
            to.Add(new(t.Data + Bytes(t, at), t.Data + Bytes(t, at + piece + (t.Type == AclType.Int4 ? 1 : 0)), writes));
        }
    }

    private static ulong Bytes(SimTensor t, long elements) => (ulong)(t.Type == AclType.Int4 ? elements / 2 : elements * t.ElementBytes);
}
