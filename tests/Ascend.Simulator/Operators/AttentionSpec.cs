namespace Pure.Tuner.Ascend.Simulator;

/// <summary>One attention: sizes, where heads lie, who sees whom.</summary>
internal sealed class AttentionSpec
{
    /// <summary>Side of the mask that sparse modes 2 to 4 share, whatever the lengths are.</summary>
    public const int Compressed = 2048;

    public required HeadLayout Q { get; init; }
    public required HeadLayout K { get; init; }
    public required HeadLayout V { get; init; }
    public required int[] QLengths { get; init; }
    public required int[] KvLengths { get; init; }
    public float Scale { get; init; }
    public float Keep { get; init; } = 1;
    public int SparseMode { get; init; }
    public long Before { get; init; }
    public long After { get; init; }
    public long[]? Prefix { get; init; }

    /// <summary>Whether a row that sees nobody gives zeros; else it gives garbage.</summary>
    public bool FixesEmptyRows { get; init; }

    /// <summary>First rows of packed sequences; null if they are not packed.</summary>
    public long[]? StatisticStarts { get; init; }
    public SimTensor? Mask { get; init; }
    public SimTensor? Pse { get; init; }
    public SimTensor? Drop { get; init; }

    private byte[]? _mask, _drop;
    private float[]? _pse;
    private long[] _dropStarts = [];

    public int Batch => QLengths.Length;
    public int Heads => Q.Heads;
    public int Group => Q.Heads / K.Heads;

    /// <summary>Reads masks and shifts from the device.</summary>
    public void Load(IDeviceMemory memory)
    {
        if (Mask is not null && SparseMode is >= 2 and <= 4)
        {
            View mask = View.Read(memory, Mask);
            CheckTriangle(mask.IsDense ? mask.Bytes : Elements.All<byte>(mask));
        }
        else if (Mask is not null && SparseMode != 6) _mask = Elements.Read<byte>(memory, Mask);
        if (Pse is not null) _pse = Elements.Read<float>(memory, Pse);
        if (Drop is null) return;
        _drop = Elements.Read<byte>(memory, Drop);
        _dropStarts = new long[Batch + 1];
        for (int b = 0; b < Batch; b++) _dropStarts[b + 1] = _dropStarts[b] + ((long)Heads * QLengths[b] * KvLengths[b]);
    }

    private static void CheckTriangle(ReadOnlySpan<byte> mask)
    {
        for (int i = 0; i < Compressed; i++)
        {
            ReadOnlySpan<byte> row = mask.Slice(i * Compressed, Compressed);
            if (row[..(i + 1)].IndexOfAnyExcept((byte)0) >= 0 || row[(i + 1)..].Contains((byte)0))
                throw new DeviceFault(507015, "8.fa-sparse-values", $"attenMask of a compressed sparse mode is not 1 strictly above the diagonal and 0 elsewhere: row {i} differs");
        }
    }

    /// <summary>Scores of one row against all keys, scale · (q · k + pse); -∞ where the row must not look.</summary>
    /// <returns>The keys that may be looked at: from, to.</returns>
    public (int From, int To) Scores(float[] q, float[] k, int b, int n, int i, Span<float> scores)
    {
        int keys = KvLengths[b];
        (long low, long high) = Range(b, i);
        int from = (int)Math.Clamp(low, 0, keys), to = (int)Math.Clamp(high, from, keys);
        ReadOnlySpan<float> row = Q.Row(q, b, n, i);
        for (int j = from; j < to; j++)
        {
            if (IsMasked(b, n, i, j)) scores[j] = float.NegativeInfinity;
            else scores[j] = Scale * (Loops.Dot(row, K.Row(k, b, n / Group, j)) + Shift(b, n, i, j));
        }
        return (from, to);
    }

    /// <summary>0 for a dropped weight, 1 / keep for a kept one.</summary>
    public float Kept(int b, int n, int i, int j)
    {
        if (_drop is null) return 1;
        long bit = _dropStarts[b] + ((((long)n * QLengths[b]) + i) * KvLengths[b]) + j;
        return (_drop[bit >> 3] >> (int)(bit & 7) & 1) == 0 ? 0 : 1 / Keep;
    }

    private (long Low, long High) Range(int b, int i)
    {
        long keys = KvLengths[b], shift = keys - QLengths[b];
        return SparseMode switch
        {
            0 when Mask is not null => (Minus(i, Before), Plus(i, After) + 1),
            2 => (0, i + 1),
            3 => (0, i + shift + 1),
            4 => (Minus(i + shift, Before), Plus(i + shift, After) + 1),
            6 => (0, Math.Max(Prefix![b], i + shift + 1)),
            _ => (0, keys),
        };
    }

    private static long Minus(long a, long b) => b >= int.MaxValue ? 0 : a - b;

    private static long Plus(long a, long b) => b >= int.MaxValue ? int.MaxValue : a + b;

    private bool IsMasked(int b, int n, int i, int j)
    {
        if (_mask is null) return false;
        long[] s = Mask!.Shape;
        if (s.Length == 2 && QLengths.Max() == 1 && s[0] == Batch) return _mask[(b * s[1]) + j] != 0; // one token a sequence, without the dimension of rows
        int batch = s.Length > 2 && s[0] != 1 ? b : 0, head = s.Length > 3 && s[1] != 1 ? n : 0, heads = s.Length > 3 ? (int)s[1] : 1;
        long row = s[^2] == 1 ? 0 : i;
        return _mask[(((((long)batch * heads) + head) * s[^2]) + row) * s[^1] + j] != 0;
    }

    private float Shift(int b, int n, int i, int j)
    {
        if (_pse is null) return 0;
        long[] s = Pse!.Shape;
        long at = 0;
        Span<int> place = [b, n, i, j];
        for (int d = 0; d < 4; d++) at = (at * s[d]) + (s[d] == 1 ? 0 : place[d]);
        return _pse[at];
    }
}
