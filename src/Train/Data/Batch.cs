namespace Pure.Tuner;

/// <summary>Rows of a micro-batch one after another, without padding.</summary>
public sealed class Batch
{
    private Batch(int[] ids, int[] labels, int[] positions, int[] offsets) => (Ids, Labels, Positions, Offsets) = (ids, labels, positions, offsets);

    /// <summary>Token ids of all rows, [tokens].</summary>
    public int[] Ids { get; }

    /// <summary>Labels of all rows, [tokens], not shifted: the label of a place is learned one place before, within its row.</summary>
    public int[] Labels { get; }

    /// <summary>Positions, [tokens], from 0 in each row.</summary>
    public int[] Positions { get; }

    /// <summary>Where rows begin, [rows + 1]; the last is the number of tokens.</summary>
    public int[] Offsets { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => Offsets.Length - 1;

    /// <summary>Number of tokens.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Labels that are learned. A label at the first place of a row counts too although nothing predicts it: the loss is divided by this number.</summary>
    public int Targets { get; private init; }

    /// <summary>Elements of the rectangle that a padding program would compute, each row as long as the longest, that rounded up to 8.</summary>
    public int PaddedElements { get; private init; }

    /// <summary>How training calls the model with this batch: dropout, checkpoints. Null outside of training.</summary>
    internal ForwardContext? Call { get; set; }

    /// <summary>Tokens of each row.</summary>
    public int[] Lengths() => [.. Enumerable.Range(0, Rows).Select(r => Offsets[r + 1] - Offsets[r])];

    /// <summary>The places that predict a learned token, and that token.</summary>
    public (int[] Places, int[] Targets) Predictions()
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

    /// <summary>Rows one after another.</summary>
    public static Batch Pack(params IReadOnlyList<EncodedRow> rows)
    {
        int tokens = rows.Sum(r => r.Ids.Length);
        int[] ids = new int[tokens], labels = new int[tokens], positions = new int[tokens], offsets = new int[rows.Count + 1];
        int at = 0, longest = 0;
        for (int r = 0; r < rows.Count; r++)
        {
            EncodedRow row = rows[r];
            row.Ids.CopyTo(ids, at);
            row.Labels.CopyTo(labels, at);
            for (int i = 0; i < row.Ids.Length; i++) positions[at + i] = i;
            at += row.Ids.Length;
            offsets[r + 1] = at;
            longest = Math.Max(longest, row.Ids.Length);
        }
        return new Batch(ids, labels, positions, offsets)
        {
            Targets = labels.Count(l => l != SupervisedEncoder.Ignored),
            PaddedElements = rows.Count * ((longest + 7) / 8 * 8),
        };
    }
}
