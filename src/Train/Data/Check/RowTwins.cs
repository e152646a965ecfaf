using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pure.Tuner;

/// <summary>What a row says, in 128 bits: two rows of one <paramref name="Whole"/> are the same, two of one <paramref name="Question"/> ask the same; a plain text asks nothing.</summary>
internal readonly record struct RowTwin(UInt128 Whole, UInt128? Question)
{
    public static RowTwin Of(TrainingRow row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, -2, row.System ?? "");
        Add(hash, -1, row.Tools);
        int last = row.Messages.Count - 1;
        for (int i = 0; i < last; i++) Add(hash, (int)row.Messages[i].Role, row.Messages[i].Content);
        UInt128 question = First(hash.GetCurrentHash());
        Add(hash, (int)row.Messages[last].Role, row.Messages[last].Content);
        return new RowTwin(First(hash.GetCurrentHash()), last > 0 ? question : null);
    }

    private static UInt128 First(byte[] hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);

    private static void Add(IncrementalHash hash, int kind, string text)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(head, kind);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], text.Length);
        hash.AppendData(head);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>Finds rows that say the same as one before, or ask the same and answer otherwise.</summary>
internal sealed class RowTwins
{
    private readonly Dictionary<UInt128, (string File, long Row)> _whole = [], _questions = [];

    /// <summary>What is to be said of the row; null where it stands alone.</summary>
    public DataFinding? Add(RowTwin twin, SourceRow row)
    {
        if (!_whole.TryAdd(twin.Whole, (row.File, row.Row)))
            return new DataFinding(FindingLevel.Warning, "duplicate", $"the same as row {Name(_whole[twin.Whole], row)}", "take one of the two out");
        if (twin.Question is { } question && !_questions.TryAdd(question, (row.File, row.Row)))
            return new DataFinding(FindingLevel.Warning, "conflict", $"asks the same as row {Name(_questions[question], row)} and answers otherwise", "keep the better answer, or tell the questions apart");
        return null;
    }

    private static string Name((string File, long Row) other, SourceRow row) =>
        other.Row.ToString(CultureInfo.InvariantCulture) + (other.File == row.File ? "" : $" of {other.File}");
}
