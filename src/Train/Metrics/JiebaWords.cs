using System.IO.Compression;
using System.Text;

namespace Pure.Tuner;

/// <summary>The word list of the jieba segmenter: frequencies, and which texts begin a word.</summary>
/// <remarks>The words are sorted, so those with one beginning stand together: a longer beginning is found inside the range of a shorter one.</remarks>
internal sealed class JiebaWords
{
    private readonly char[] _text;
    private readonly int[] _starts, _frequencies, _first = new int[char.MaxValue + 2];

    private JiebaWords(char[] text, int[] starts, int[] frequencies, double logSum)
    {
        (_text, _starts, _frequencies, LogSum) = (text, starts, frequencies, logSum);
        int word = 0;
        for (int c = 0; c < _first.Length; c++)
        {
            while (word < frequencies.Length && text[starts[word]] < c) word++;
            _first[c] = word;
        }
    }

    /// <summary>The logarithm of the sum of all frequencies.</summary>
    public double LogSum { get; }

    /// <summary>The words with a beginning of one character more.</summary>
    /// <param name="range">The words with the beginning so far; ignored for the first character.</param>
    /// <param name="length">Characters of the beginning so far.</param>
    /// <param name="next">The next one.</param>
    /// <param name="frequency">Of the beginning itself where it is a word, else 0.</param>
    /// <returns>An empty range when no word begins so.</returns>
    public (int From, int To) Extend((int From, int To) range, int length, char next, out int frequency)
    {
        if (length == 0) range = (_first[next], _first[next + 1]);
        else range = (Find(range, length, next), Find(range, length, next + 1));
        frequency = range.From < range.To && Length(range.From) == length + 1 ? _frequencies[range.From] : 0;
        return range;
    }

    /// <summary>The frequency of a word, 0 where it is none.</summary>
    public int Frequency(ReadOnlySpan<char> word)
    {
        (int From, int To) range = default;
        int frequency = 0;
        for (int i = 0; i < word.Length; i++)
        {
            range = Extend(range, i, word[i], out frequency);
            if (range.From == range.To) return 0;
        }
        return frequency;
    }

    /// <summary>The first word of the range whose character at this place is not below <paramref name="c"/>; a word that ends before is below all.</summary>
    private int Find((int From, int To) range, int place, int c)
    {
        (int low, int high) = range;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Length(middle) <= place || _text[_starts[middle] + place] < c) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private int Length(int word) => _starts[word + 1] - _starts[word];

    /// <summary>The lines of the resource, see tools/make_jieba_data.cs.</summary>
    public static string ReadResource()
    {
        using Stream stream = typeof(JiebaWords).Assembly.GetManifestResourceStream("Pure.Tuner.Metrics.jieba.txt.br")!;
        using var reader = new StreamReader(new BrotliStream(stream, CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Reads the word list.</summary>
    /// <param name="lines">The resource.</param>
    /// <param name="rest">What follows the words.</param>
    public static JiebaWords Read(ReadOnlySpan<char> lines, out ReadOnlySpan<char> rest)
    {
        int end = lines.IndexOf('\n');
        string[] head = lines[..end].ToString().Split(' ');
        lines = lines[(end + 1)..];
        int count = int.Parse(head[1], null);
        var starts = new int[count + 1];
        var frequencies = new int[count];
        var text = new List<char>(4 * count);
        for (int i = 0; i < count; i++)
        {
            int shared = lines[0] <= '9' ? lines[0] - '0' : lines[0] - 'a' + 10, blank = lines.IndexOf(' ');
            starts[i] = text.Count;
            for (int k = 0; k < shared; k++) text.Add(text[starts[i - 1] + k]);
            text.AddRange(lines[1..blank]);
            int frequency = 0, at = blank + 1;
            for (; lines[at] != '\n'; at++) frequency = 10 * frequency + (lines[at] - '0');
            frequencies[i] = frequency;
            lines = lines[(at + 1)..];
        }
        starts[count] = text.Count;
        rest = lines;
        return new JiebaWords([.. text], starts, frequencies, Math.Log(long.Parse(head[2], null)));
    }
}
