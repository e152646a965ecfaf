namespace Pure.Tuner;

internal enum TruncationStrategy { LongestFirst, OnlyFirst, OnlySecond }

/// <summary>How long an encoding may be, special tokens counted.</summary>
internal sealed record Truncation(int MaxLength, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, bool Left = false)
{
    public static Truncation Read(ComponentJson json) =>
        new(json.Int("max_length", 512), json.Choice("strategy", TruncationStrategy.LongestFirst), json.Text("direction") is "Left" or "left");

    public void Apply(List<TokenSegment> sequences, int added)
    {
        int room = Math.Max(0, MaxLength - added);
        int first = sequences[0].Ids.Length;
        int second = sequences.Count > 1 ? sequences[1].Ids.Length : 0;
        int excess = first + second - room;
        if (excess <= 0) return;
        if (Strategy == TruncationStrategy.OnlyFirst || sequences.Count == 1)
        {
            sequences[0].Truncate(Math.Max(0, first - excess), Left);
        }
        else if (Strategy == TruncationStrategy.OnlySecond)
        {
            sequences[1].Truncate(Math.Max(0, second - excess), Left);
        }
        else
        {
            // The longer one gives first; when both are longer than half, each keeps half and the second the odd one.
            int shorter = Math.Min(first, second);
            int longer = shorter > room ? Math.Max(shorter, room) : Math.Max(shorter, room - shorter);
            if (shorter + longer > room)
            {
                shorter = room / 2;
                longer = shorter + room % 2;
            }
            (int a, int b) = first > second ? (longer, shorter) : (shorter, longer);
            sequences[0].Truncate(a, Left);
            sequences[1].Truncate(b, Left);
        }
    }
}

/// <summary>What a short encoding is filled up with.</summary>
internal sealed record Padding(int PadId, int PadTypeId = 0, int? Fixed = null, int MultipleOf = 1, bool Left = false)
{
    public static Padding Read(ComponentJson json) => new(json.Int("pad_id", 0), json.Int("pad_type_id", 0),
        json.Get("strategy") is { Json.ValueKind: System.Text.Json.JsonValueKind.Object } strategy ? strategy.Int("Fixed", 0) : null,
        Math.Max(1, json.Int("pad_to_multiple_of", 1)), json.Text("direction") is "Left" or "left");

    /// <summary>Ids and attention masks of equal length: the fixed one, else the longest row's, rounded up.</summary>
    public (int[][] Ids, int[][] Mask) Apply(IReadOnlyList<int[]> rows)
    {
        int length = Fixed ?? (rows.Count == 0 ? 0 : rows.Max(r => r.Length));
        length = (length + MultipleOf - 1) / MultipleOf * MultipleOf;
        int[] Fill(int[] row, int[] values, int with)
        {
            if (row.Length >= length) return values;
            var filled = new int[length];
            Array.Fill(filled, with);
            values.CopyTo(filled, Left ? length - row.Length : 0);
            return filled;
        }
        return ([.. rows.Select(r => Fill(r, r, PadId))], [.. rows.Select(r => Fill(r, [.. r.Select(_ => 1)], 0))]);
    }
}
