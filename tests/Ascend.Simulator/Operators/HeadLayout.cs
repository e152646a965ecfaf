namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Where the rows of one head lie in a dense tensor: BSH, SBH, BSND, BNSD, or TND with the sequences one after the other.</summary>
internal sealed class HeadLayout
{
    private long _batchStep, _rowStep, _headStep;
    private long[]? _starts;

    public int Batch { get; private init; }
    public int Length { get; private init; }
    public int Heads { get; private init; }
    public int Width { get; private init; }

    public static HeadLayout Of(ICall call, string layout, string name, SimTensor t, long heads, string rule, long[]? starts = null)
    {
        int rank = layout is "BSH" or "SBH" or "TND" ? 3 : 4;
        call.Rank(name, t, rank, rank, rule);
        long[] s = t.Shape;
        call.Require(t.Count > 0, rule, $"{name} has shape {Shapes.Text(s)}; it must not be empty");
        call.Require(heads > 0 && (rank == 4 || layout == "TND" || s[2] % heads == 0), "8.fa-gqa", $"{name} has shape {Shapes.Text(s)}; the last dimension must divide into {heads} heads");
        long width = layout is "BSH" or "SBH" ? s[2] / heads : s[^1];
        (long b, long rows, long n) = layout switch
        {
            "BSH" => (s[0], s[1], heads),
            "SBH" => (s[1], s[0], heads),
            "BSND" => (s[0], s[1], s[2]),
            "TND" => (starts!.Length, s[0], s[1]),
            _ => (s[0], s[2], s[1]),
        };
        var made = new HeadLayout { Batch = (int)b, Length = (int)rows, Heads = (int)n, Width = (int)width };
        made._starts = starts;
        (made._batchStep, made._rowStep, made._headStep) = layout switch
        {
            "SBH" => (n * width, b * n * width, width),
            "BNSD" => (n * rows * width, width, rows * width),
            "TND" => (0, n * width, width),
            _ => (rows * n * width, n * width, width),
        };
        return made;
    }

    /// <summary>The first element of a row.</summary>
    public int At(int batch, int head, int row) => (int)((_starts is null ? batch * _batchStep : _starts[batch] * _rowStep) + (head * _headStep) + (row * _rowStep));

    public Span<float> Row(float[] x, int batch, int head, int row) => x.AsSpan(At(batch, head, row), Width);
}
