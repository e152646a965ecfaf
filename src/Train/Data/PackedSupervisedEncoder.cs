namespace Pure.Tuner;

/// <summary>Conversations joined to rows of one length, by LLaMA-Factory's rules for stage sft with packing.</summary>
/// <remarks>Within one preprocessing batch; positions begin anew with each conversation. Each row is one longer than what was packed at most, so it always ends in padding.</remarks>
/// <param name="rows">Encodes single conversations, cut to at most <paramref name="cutoff"/> tokens.</param>
/// <param name="cutoff">Most tokens that are packed into a row.</param>
/// <param name="neat">Whether conversations of a row do not see each other.</param>
internal sealed class PackedSupervisedEncoder(SupervisedEncoder rows, int cutoff, bool neat) : IRowEncoder
{
    public IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch) => Encode(batch, []);

    public IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch, List<string> notices)
    {
        var pieces = new List<EncodedRow>();
        foreach (TrainingRow row in batch)
        {
            if (SupervisedEncoder.IsIncomplete(row, notices)) continue;
            EncodedRow piece = rows.Encode(row);
            if (piece.Ids.Length <= cutoff) pieces.Add(piece);
            else notices.Add($"{row.Place}: {piece.Ids.Length} tokens do not fit into {cutoff}; the row is left out");
        }
        return [.. Knapsack.Fill([.. pieces.Select(p => p.Ids.Length)], cutoff).Select(sack => Join([.. sack.Select(i => pieces[i])]))];
    }

    private EncodedRow Join(EncodedRow[] sack)
    {
        int length = cutoff + 1, at = 0;
        int[] ids = new int[length], labels = new int[length], positions = new int[length], numbers = new int[length];
        for (int p = 0; p < sack.Length; p++)
        {
            sack[p].Ids.CopyTo(ids, at);
            sack[p].Labels.CopyTo(labels, at);
            for (int i = 0; i < sack[p].Ids.Length; i++) (positions[at + i], numbers[at + i]) = (i, p + 1);
            at += sack[p].Ids.Length;
        }
        Array.Fill(ids, rows.Chat.Tokens.PadId, at, length - at);
        Array.Fill(labels, SupervisedEncoder.Ignored, at, length - at);
        return new EncodedRow(ids, labels) { Positions = positions, Pieces = neat ? numbers : null, Padding = length - at };
    }
}
