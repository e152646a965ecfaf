namespace Pure.Tuner;

/// <summary>Rows of a micro-batch one after another, without padding.</summary>
public sealed class Batch
{
    private readonly int[] _pieces;
    private (int[] Places, int[] Targets)? _predicted;

    private Batch(int[] ids, int[] labels, int[] positions, int[] offsets, int[] pieces) => (Ids, Labels, Positions, Offsets, _pieces) = (ids, labels, positions, offsets, pieces);

    /// <summary>Token ids of all rows, [tokens].</summary>
    public int[] Ids { get; }

    /// <summary>Labels of all rows, [tokens], not shifted: the label of a place is learned one place before, within its row.</summary>
    public int[] Labels { get; }

    /// <summary>Positions, [tokens], from 0 in each row; in rows of joined conversations from 0 in each of them.</summary>
    public int[] Positions { get; }

    /// <summary>Where rows begin, [rows + 1]; the last is the number of tokens.</summary>
    public int[] Offsets { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => Offsets.Length - 1;

    /// <summary>Number of tokens.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Labels that are learned. A label at the first place of a row counts too although nothing predicts it: the loss is divided by this number.</summary>
    public int Targets { get; private init; }

    /// <summary>Elements of the rectangle that a padding program would compute, each row as long as the longest, that rounded up to 8 (in stage pt not).</summary>
    public int PaddedElements { get; private init; }

    /// <summary>How training calls the model with this batch: dropout, checkpoints. Null outside of training.</summary>
    internal ForwardContext? Call { get; set; }

    /// <summary>Tokens of each row.</summary>
    public int[] Lengths() => [.. Enumerable.Range(0, Rows).Select(r => Offsets[r + 1] - Offsets[r])];

    /// <summary>Tokens of each stretch that sees itself only: rows, or their pieces where those do not see each other.</summary>
    public int[] PieceLengths() => [.. _pieces];

    /// <summary>The places that predict a learned token, and that token.</summary>
    /// <remarks>Within a row, also over the border of two pieces: the reference shifts whole rows.</remarks>
    public (int[] Places, int[] Targets) Predictions()
    {
        (int[] places, int[] targets) = Predicted();
        return ([.. places], [.. targets]);
    }

    /// <summary>The same arrays at every call; nobody may write to them.</summary>
    internal (int[] Places, int[] Targets) Predicted() => _predicted ??= FindPredicted();

    private (int[] Places, int[] Targets) FindPredicted()
    {
        List<int> places = [], targets = [];
        for (int r = 0; r < Rows; r++)
            for (int i = Offsets[r] + 1; i < Offsets[r + 1]; i++)
                if (Labels[i] != SupervisedEncoder.Ignored)
                {
                    places.Add(i - 1);
                    targets.Add(Labels[i]);
                }
        return ([.. places], [.. targets]);
    }

    /// <summary>Rows one after another; what fills a row up at its end is left out.</summary>
    public static Batch Pack(params IReadOnlyList<EncodedRow> rows)
    {
        int tokens = rows.Sum(Length);
        int[] ids = new int[tokens], labels = new int[tokens], positions = new int[tokens], offsets = new int[rows.Count + 1];
        var pieces = new List<int>(rows.Count);
        int at = 0, longest = 0;
        for (int r = 0; r < rows.Count; r++)
        {
            EncodedRow row = rows[r];
            int length = Length(row);
            row.Ids.AsSpan(0, length).CopyTo(ids.AsSpan(at));
            row.Labels.AsSpan(0, length).CopyTo(labels.AsSpan(at));
            for (int i = 0; i < length; i++)
            {
                positions[at + i] = row.Positions?[i] ?? i;
                if (i == 0 || row.Pieces is { } p && p[i] != p[i - 1]) pieces.Add(0);
                pieces[^1]++;
            }
            at += length;
            offsets[r + 1] = at;
            longest = Math.Max(longest, (row.Ids.Length + row.RoundTo - 1) / row.RoundTo * row.RoundTo);
        }
        return new Batch(ids, labels, positions, offsets, [.. pieces])
        {
            Targets = labels.Count(l => l != SupervisedEncoder.Ignored),
            PaddedElements = rows.Count * longest,
        };

        static int Length(EncodedRow row) => row.Ids.Length - row.Padding;
    }
}
