namespace Pure.Tuner;

/// <summary>A set of code points: sorted ranges, and a bitmap of the first plane because nearly every look-up falls there.</summary>
internal sealed class CharSet
{
    private const int Last = 0x10FFFF;
    private readonly int[] _starts;
    private readonly int[] _ends;
    private readonly ulong[] _plane0 = new ulong[1024];

    private CharSet(List<(int Start, int End)> ranges)
    {
        _starts = new int[ranges.Count];
        _ends = new int[ranges.Count];
        for (int i = 0; i < ranges.Count; i++)
        {
            (_starts[i], _ends[i]) = ranges[i];
            for (int c = _starts[i]; c <= Math.Min(_ends[i], 0xFFFF); c++) _plane0[c >> 6] |= 1UL << (c & 63);
        }
    }

    public static CharSet Empty { get; } = new([]);
    public static CharSet Any { get; } = new([(0, Last)]);

    /// <summary>The union of inclusive ranges, in any order.</summary>
    public static CharSet Of(IEnumerable<(int Start, int End)> ranges)
    {
        var merged = new List<(int Start, int End)>();
        foreach ((int start, int end) in ranges.OrderBy(r => r.Start))
        {
            if (merged.Count > 0 && start <= merged[^1].End + 1) merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, end));
            else merged.Add((start, end));
        }
        return new CharSet(merged);
    }

    public static CharSet Of(params ReadOnlySpan<int> codePoints)
    {
        var ranges = new (int, int)[codePoints.Length];
        for (int i = 0; i < ranges.Length; i++) ranges[i] = (codePoints[i], codePoints[i]);
        return Of(ranges);
    }

    public IEnumerable<(int Start, int End)> Ranges
    {
        get { for (int i = 0; i < _starts.Length; i++) yield return (_starts[i], _ends[i]); }
    }

    public bool Contains(int codePoint)
    {
        if ((uint)codePoint < 0x10000) return (_plane0[codePoint >> 6] >> (codePoint & 63) & 1) != 0;
        int i = Array.BinarySearch(_starts, codePoint);
        if (i < 0) i = ~i - 1;
        return i >= 0 && codePoint <= _ends[i];
    }

    public CharSet Or(CharSet other) => Of(Ranges.Concat(other.Ranges));

    public CharSet And(CharSet other) => Not().Or(other.Not()).Not();

    public CharSet Not()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        for (int i = 0; i < _starts.Length; i++)
        {
            if (next < _starts[i]) gaps.Add((next, _starts[i] - 1));
            next = _ends[i] + 1;
        }
        if (next <= Last) gaps.Add((next, Last));
        return new CharSet(gaps);
    }

    /// <summary>The set with every code point that differs from a member only in case.</summary>
    public CharSet FoldCase()
    {
        var extra = new List<(int, int)>();
        foreach ((int c, int[] partners) in UnicodeSets.CasePartners)
            if (Contains(c)) extra.AddRange(partners.Select(p => (p, p)));
        return Of(Ranges.Concat(extra));
    }
}
