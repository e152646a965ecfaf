namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// Who comes before whom. Work of one stream is in order; work of two streams only where one waits for an event of the other, or where the
/// host has waited in between. Two pieces of work that touch the same bytes, one of them writing, and are in no order may run either way: what
/// is read is poison then, what is written becomes poison, and the breach is kept.
/// </summary>
/// <remarks>It is found when the later one is queued, so that it does not depend on what has run already. A wait by any thread counts for all.</remarks>
internal sealed class Ordering
{
    private const int MostOpen = 8192;      // a caller who never waits: the oldest are forgotten

    private readonly Lock _gate = new();
    private readonly Dictionary<SimStream, Line> _lines = [];

    /// <summary>Notes work that is queued; the bytes that it must not trust, with the rule that says so.</summary>
    public List<Access>? Queue(SimStream stream, long number, string name, IReadOnlyList<Access> accesses)
    {
        if (accesses.Count == 0) return null;
        lock (_gate)
        {
            Line line = Of(stream);
            List<Access>? clashes = null;
            if (_lines.Count > 1)
                foreach ((SimStream other, Line open) in _lines)
                    if (other != stream) Clash(open, line.Behind.GetValueOrDefault(other), $"{name} on one stream", accesses, other, ref clashes);
            line.Open.Enqueue(new(number, name, accesses));
            if (line.Open.Count > MostOpen) line.Open.Dequeue();
            return clashes;
        }
    }

    /// <summary>The bytes of a copy at once that queued work has still to write, or to read before they are written.</summary>
    public List<Access>? AtOnce(string name, IReadOnlyList<Access> accesses)
    {
        lock (_gate)
        {
            List<Access>? clashes = null;
            foreach ((SimStream other, Line open) in _lines) Clash(open, 0, name, accesses, null, ref clashes);
            return clashes;
        }
    }

    /// <summary>What later work of a stream has behind it when it waits for an event here.</summary>
    public Dictionary<SimStream, long> Place(SimStream stream, long number)
    {
        lock (_gate) return new(Of(stream).Behind) { [stream] = number };
    }

    /// <summary>A stream waits for a place.</summary>
    public void WaitsFor(SimStream stream, Dictionary<SimStream, long> place)
    {
        lock (_gate) Join(Of(stream).Behind, place);
    }

    /// <summary>The host has waited for a place: everything before it is done for everybody.</summary>
    public void Reached(Dictionary<SimStream, long> place)
    {
        lock (_gate)
            foreach ((SimStream stream, long number) in place)
                if (_lines.TryGetValue(stream, out Line? line))
                    while (line.Open.TryPeek(out Entry? entry) && entry.Number <= number) line.Open.Dequeue();
    }

    /// <summary>A stream has ended.</summary>
    public void Forget(SimStream stream)
    {
        lock (_gate)
        {
            _lines.Remove(stream);
            foreach (Line line in _lines.Values) line.Behind.Remove(stream);
        }
    }

    private Line Of(SimStream stream)
    {
        if (!_lines.TryGetValue(stream, out Line? line)) _lines[stream] = line = new();
        return line;
    }

    private static void Join(Dictionary<SimStream, long> to, Dictionary<SimStream, long> place)
    {
        foreach ((SimStream stream, long number) in place) to[stream] = Math.Max(to.GetValueOrDefault(stream), number);
    }

    private static void Clash(Line open, long behind, string name, IReadOnlyList<Access> accesses, SimStream? other, ref List<Access>? clashes)
    {
        foreach (Entry entry in open.Open)
        {
            if (entry.Number <= behind) continue;
            bool told = false;
            foreach (Access a in accesses)
                foreach (Access b in entry.Accesses)
                {
                    if (!a.Conflicts(b)) continue;
                    string rule = other is null ? "5.copy-at-once" : a.IsWorkspace || b.IsWorkspace ? "6.workspace-stream" : "5.stream-order";
                    if (!told) Breaches.Report(rule, $"{name} and {entry.Name}{(other is null ? ", which is queued," : " on another")} touch the bytes at 0x{a.Common(b).From:x} and neither waits for the other");
                    told = true;
                    (clashes ??= []).Add(a.Common(b));
                }
        }
    }

    private sealed record Entry(long Number, string Name, IReadOnlyList<Access> Accesses);

    private sealed class Line
    {
        public Queue<Entry> Open { get; } = new();
        public Dictionary<SimStream, long> Behind { get; } = [];
    }
}
