namespace Pure.Tuner;

/// <summary>Cuts text into words as the jieba segmenter 0.42.1 does by default: the most probable path through the words of a list, and a hidden Markov model for what the list does not have.</summary>
internal sealed class Jieba
{
    private static readonly Lazy<Jieba> s_default = new(() => new Jieba(JiebaWords.ReadResource()));

    private readonly JiebaWords _words;
    private readonly JiebaStates _states;

    private Jieba(string lines)
    {
        _words = JiebaWords.Read(lines, out ReadOnlySpan<char> rest);
        _states = new JiebaStates(rest);
    }

    /// <summary>The segmenter with its own word list, read when first asked for.</summary>
    public static Jieba Default => s_default.Value;

    /// <summary>The words in order; together they are the text.</summary>
    public List<string> Cut(string text)
    {
        var words = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            if (!IsBlock(text[at]))
            {
                // White space and signs stand alone; a pair of UTF-16 units is one sign.
                int length = text.AsSpan(at).StartsWith("\r\n") || char.IsSurrogatePair(text, at) ? 2 : 1;
                words.Add(text.Substring(at, length));
                at += length;
                continue;
            }
            int end = at + 1;
            while (end < text.Length && IsBlock(text[end])) end++;
            CutBlock(text.AsSpan(at, end - at), words);
            at = end;
        }
        return words;
    }

    private static bool IsChinese(char c) => c is >= '\u4E00' and <= '\u9FD5';

    private static bool IsBlock(char c) => IsChinese(c) || char.IsAsciiLetterOrDigit(c) || c is '+' or '#' or '&' or '.' or '_' or '%' or '-';

    private void CutBlock(ReadOnlySpan<char> text, List<string> words)
    {
        int[] ends = BestPath(text);
        int single = 0;                                          // where the run of single characters began
        for (int at = 0; at < text.Length; at = ends[at])
        {
            if (ends[at] - at == 1) continue;
            CutSingles(text[single..at], words);
            words.Add(text[at..ends[at]].ToString());
            single = ends[at];
        }
        CutSingles(text[single..], words);
    }

    /// <summary>For each place, where the word that begins there ends on the most probable way to the end of the text.</summary>
    private int[] BestPath(ReadOnlySpan<char> text)
    {
        var best = new double[text.Length + 1];
        var ends = new int[text.Length];
        for (int at = text.Length - 1; at >= 0; at--)
        {
            // A character that is no word counts as one of frequency 1, unless a longer word begins there.
            (double Score, int End) top = (double.NegativeInfinity, 0);
            (int From, int To) range = default;
            for (int end = at; end < text.Length; end++)
            {
                range = _words.Extend(range, end - at, text[end], out int frequency);
                if (range.From == range.To) break;
                if (frequency == 0) continue;
                double score = Math.Log(frequency) - _words.LogSum + best[end + 1];
                if (score >= top.Score) top = (score, end + 1);  // equal: the longer word
            }
            if (top.End == 0) top = (0 - _words.LogSum + best[at + 1], at + 1);
            (best[at], ends[at]) = top;
        }
        return ends;
    }

    /// <summary>Characters that the path left single: words that the list does not have may hide in them.</summary>
    private void CutSingles(ReadOnlySpan<char> text, List<string> words)
    {
        if (text.Length <= 1 || _words.Frequency(text) > 0)
        {
            foreach (char c in text) words.Add(c.ToString());
            return;
        }
        for (int at = 0; at < text.Length;)
        {
            bool chinese = IsChinese(text[at]);
            int end = at + 1;
            while (end < text.Length && IsChinese(text[end]) == chinese) end++;
            if (chinese) _states.Cut(text[at..end], words);
            else CutLatin(text[at..end], words);
            at = end;
        }
    }

    /// <summary>Letters and digits together, with a decimal part and a percent sign; the signs between them together.</summary>
    private static void CutLatin(ReadOnlySpan<char> text, List<string> words)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            if (!char.IsAsciiLetterOrDigit(text[at]))
                while (end < text.Length && !char.IsAsciiLetterOrDigit(text[end])) end++;
            else
            {
                while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
                int digits = end + 1;
                while (end < text.Length && text[end] == '.' && digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
                if (digits > end + 1) end = digits;
                if (end < text.Length && text[end] == '%') end++;
            }
            words.Add(text[at..end].ToString());
            at = end;
        }
    }
}
