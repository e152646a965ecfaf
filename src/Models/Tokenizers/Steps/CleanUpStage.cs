using System.Text;

namespace Pure.Tuner;

/// <summary>transformers' clean_up_tokenization_spaces: no space before punctuation and English contractions.</summary>
internal sealed class CleanUpStage(DecoderStage next) : DecoderStage(next)
{
    // Every character that a replaced string can hold. None of the others is ever part of a match or removed,
    // so the text may be cut beside one and the parts cleaned alone.
    private const string Alphabet = " .?!,'ntmsver";
    private readonly StringBuilder _held = new();

    public static string Clean(string text) => text.Contains(' ', StringComparison.Ordinal)
        ? text.Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal).Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal)
            .Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal).Replace(" 'm", "'m", StringComparison.Ordinal)
            .Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal).Replace(" 're", "'re", StringComparison.Ordinal)
        : text;

    /// <summary>The clean-up of the WordPiece decoder, token by token.</summary>
    public static string WordPiece(string token) =>
        token.Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal).Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal)
            .Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal).Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" do not", " don't", StringComparison.Ordinal)
            .Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal).Replace(" 're", "'re", StringComparison.Ordinal);

    public override void Push(string text, bool ends)
    {
        int before = _held.Length;
        _held.Append(text);
        int cut = SafeCut(before);
        if (cut == 0) return;
        Next.Push(Clean(_held.ToString(0, cut)), false);
        _held.Remove(0, cut);
    }

    public override void Flush()
    {
        Next.Push(Clean(_held.ToString()), true);
        _held.Clear();
        Next.Flush();
    }

    /// <summary>The last place where the text may be cut: behind a character that is in no pattern, or in front of a space that ends a word.</summary>
    private int SafeCut(int from)
    {
        for (int i = _held.Length; i > 0 && i >= from; i--)
        {
            char c = _held[i - 1];
            if (!Alphabet.Contains(c, StringComparison.Ordinal)) return i;
            if (i < _held.Length && _held[i] == ' ' && c is not (' ' or '\'')) return i;
        }
        return 0;
    }
}
