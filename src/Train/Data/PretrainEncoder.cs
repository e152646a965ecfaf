namespace Pure.Tuner;

/// <summary>Plain texts to rows in which every token is learned, by LLaMA-Factory's rules for stage pt.</summary>
/// <param name="chat">The tokenizer as the template changes it.</param>
/// <param name="cutoff">Tokens of a block, or most tokens of a text.</param>
/// <param name="packing">Texts one after another, cut into blocks; else each text is a row of its own.</param>
internal sealed class PretrainEncoder(ChatEncoder chat, int cutoff, bool packing) : IRowEncoder
{
    private readonly string _end = EndOf(chat);
    // A tokenizer that begins texts with bos: the first token of every block is made one, in unpacked rows it stands in front.
    private readonly int? _bos = chat.Tokens.AddsBos ? chat.Tokens.BosId : null;

    public bool RowByRow => !packing;

    public IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch)
    {
        IEnumerable<int[]> texts = batch.Where(r => r.Messages.Count > 0).Select(r => Encode(r.Messages[0].Content));
        return [.. (packing ? Blocks([.. texts.SelectMany(t => t)]) : texts.Select(t => t.Length > cutoff ? t[..cutoff] : t)).Select(Row)];
    }

    private int[] Encode(string text)
    {
        string start = _bos is { } bos && !packing ? chat.Tokens.TokenOf(bos) ?? "" : "";
        return [.. chat.Tokens.Encode(start + text + _end)];
    }

    /// <summary>Whole blocks; what is left over at the end of the preprocessing batch is dropped.</summary>
    private IEnumerable<int[]> Blocks(int[] all)
    {
        for (int at = 0; at + cutoff <= all.Length; at += cutoff)
        {
            int[] block = all[at..(at + cutoff)];
            if (_bos is { } bos) block[0] = bos;
            yield return block;
        }
    }

    // The reference's collator takes every padding token for padding: also an end of text, where that is the padding token.
    private EncodedRow Row(int[] ids) =>
        new(ids, Array.ConvertAll(ids, id => id == chat.Tokens.PadId ? SupervisedEncoder.Ignored : id)) { RoundTo = 1 };

    private static string EndOf(ChatEncoder chat) =>
        chat.Template.Name == "llama3" ? "<|end_of_text|>" : chat.Tokens.EosId is { } eos ? chat.Tokens.TokenOf(eos) ?? "" : "";
}
