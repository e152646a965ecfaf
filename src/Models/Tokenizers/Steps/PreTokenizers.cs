namespace Pure.Tuner;

internal enum SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous }

/// <summary>A step that cuts text into pieces that are tokenised apart.</summary>
internal delegate void PreTokenizer(Piece piece, List<Piece> output);

/// <summary>The pre-tokenisers of tokenizer.json.</summary>
internal static class PreTokenizers
{
    public const string Gpt2Split = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Known = "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit";

    private static readonly Lazy<IPattern> s_gpt2 = new(() => new RegexPattern(Gpt2Split));
    [ThreadStatic] private static List<Match>? s_matches;

    /// <param name="json">The component.</param>
    /// <param name="addPrefixSpace">Overrides add_prefix_space of a ByteLevel at the top, as transformers does.</param>
    public static PreTokenizer Read(ComponentJson json, bool? addPrefixSpace = null)
    {
        switch (json.Type)
        {
            case "Sequence":
                PreTokenizer[] steps = [.. json.Items("pretokenizers").Select(j => Read(j))];
                return (piece, output) => RunAll(steps, piece, output);
            case "Split":
                IPattern pattern = json.Pattern("pattern");
                return Cut(json.Bool("invert", false) ? new InvertedPattern(pattern) : pattern, json.Choice("behavior", SplitBehavior.Isolated));
            case "Digits": return Cut(new CharSetPattern(UnicodeSets.Numeric), json.Bool("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
            case "Punctuation": return Cut(new CharSetPattern(UnicodeSets.Punctuation), json.Choice("behavior", SplitBehavior.Isolated));
            case "WhitespaceSplit": return Cut(new CharSetPattern(UnicodeSets.WhiteSpace), SplitBehavior.Removed);
            case "Whitespace": return Cut(new InvertedPattern(new WordPattern()), SplitBehavior.Removed);
            case "CharDelimiterSplit": return Cut(new LiteralPattern(json.Character("delimiter", " ")), SplitBehavior.Removed);
            case "BertPreTokenizer":
                PreTokenizer space = Cut(new CharSetPattern(UnicodeSets.WhiteSpace), SplitBehavior.Removed);
                PreTokenizer punctuation = Cut(new CharSetPattern(UnicodeSets.Punctuation), SplitBehavior.Isolated);
                return (piece, output) => RunAll([space, punctuation], piece, output);
            case "FixedLength": return FixedLength(json.Int("length", 5) is > 0 and var length ? length : throw json.Get("length").Error("a number above 0 is needed"));
            case "ByteLevel": return ByteLevel(addPrefixSpace ?? json.Bool("add_prefix_space", true), json.Bool("use_regex", true));
            case "Metaspace": return Metaspace(json);
            default: throw json.Unknown(Known);
        }
    }

    private static void RunAll(PreTokenizer[] steps, Piece piece, List<Piece> output)
    {
        var pieces = new List<Piece> { piece };
        for (int i = 0; i < steps.Length; i++)
        {
            List<Piece> next = i == steps.Length - 1 ? output : new List<Piece>(pieces.Count);
            foreach (Piece p in pieces)
                if (p.Start < p.End) steps[i](p, next);
            pieces = next;
        }
        if (steps.Length == 0) output.Add(piece);
    }

    private static PreTokenizer Cut(IPattern pattern, SplitBehavior behavior) => (piece, output) =>
    {
        if (piece.IsBytes)
        {
            AlignedText text = piece.Resolve();
            piece = new Piece(text, 0, text.Text.Length);
        }
        Cut(pattern, behavior, piece, false, output);
    };

    /// <summary>Cuts by matches; what happens to a match is the behaviour's.</summary>
    private static void Cut(IPattern pattern, SplitBehavior behavior, Piece piece, bool asBytes, List<Piece> output)
    {
        List<Match> matches = s_matches ??= [];
        matches.Clear();
        pattern.Find(piece.Span, matches);
        void Add(int start, int end)
        {
            if (start < end) output.Add(piece with { Start = piece.Start + start, End = piece.Start + end, IsBytes = asBytes });
        }
        int from = 0;
        switch (behavior)
        {
            case SplitBehavior.Isolated:
                foreach (Match match in matches) Add(match.Start, match.End);
                break;
            case SplitBehavior.Removed:
                foreach (Match match in matches)
                    if (!match.IsMatch) Add(match.Start, match.End);
                break;
            case SplitBehavior.Contiguous:
                for (int i = 0; i < matches.Count; i++)
                {
                    if (i > 0 && matches[i].IsMatch != matches[i - 1].IsMatch) { Add(from, matches[i].Start); from = matches[i].Start; }
                    if (i == matches.Count - 1) Add(from, matches[i].End);
                }
                break;
            case SplitBehavior.MergedWithPrevious:
                // A match joins what lies before it unless that is a match too.
                for (int i = 0; i < matches.Count; i++)
                {
                    if (i > 0 && !(matches[i].IsMatch && !matches[i - 1].IsMatch)) { Add(from, matches[i].Start); from = matches[i].Start; }
                    if (i == matches.Count - 1) Add(from, matches[i].End);
                }
                break;
            default:
                for (int i = 0; i < matches.Count; i++)
                {
                    bool joinsNext = matches[i].IsMatch && i + 1 < matches.Count && !matches[i + 1].IsMatch;
                    if (!joinsNext) { Add(from, matches[i].End); from = matches[i].End; }
                }
                break;
        }
    }

    private static PreTokenizer ByteLevel(bool addPrefixSpace, bool useRegex) => (piece, output) =>
    {
        if (piece.IsBytes || addPrefixSpace && piece.Span[0] != ' ')
        {
            AlignedText text = piece.Resolve();
            if (addPrefixSpace && !text.Text.StartsWith(' ')) text.Prepend(" ");
            piece = new Piece(text, 0, text.Text.Length);
        }
        int first = output.Count;
        if (useRegex) Cut(s_gpt2.Value, SplitBehavior.Isolated, piece, true, output);
        else output.Add(piece with { IsBytes = true });
        if (!piece.Text.IsAligned) return;
        for (int i = first; i < output.Count; i++)
        {
            AlignedText mapped = output[i].Resolve();
            output[i] = new Piece(mapped, 0, mapped.Text.Length);
        }
    };

    private static PreTokenizer Metaspace(ComponentJson json)
    {
        string replacement = json.Character("replacement", "▁");
        MetaspacePrefix prefix = Prefix(json);
        bool split = json.Bool("split", true);
        IPattern space = new LiteralPattern(" ");
        IPattern mark = new LiteralPattern(replacement);
        return (piece, output) =>
        {
            AlignedText text = piece.Resolve();
            text.Replace(space, replacement);
            if ((prefix == MetaspacePrefix.Always || prefix == MetaspacePrefix.First && text.AtStart) && !text.Text.StartsWith(replacement, StringComparison.Ordinal))
                text.Prepend(replacement);
            piece = new Piece(text, 0, text.Text.Length);
            if (split) Cut(mark, SplitBehavior.MergedWithNext, piece, false, output);
            else output.Add(piece);
        };
    }

    /// <summary>prepend_scheme, or add_prefix_space of older files.</summary>
    public static MetaspacePrefix Prefix(ComponentJson json) =>
        !json.Bool("add_prefix_space", true) ? MetaspacePrefix.Never : json.Choice("prepend_scheme", MetaspacePrefix.Always);

    private static PreTokenizer FixedLength(int length) => (piece, output) =>
    {
        AlignedText text = piece.Resolve();
        for (int at = 0; at < text.Text.Length;)
        {
            int start = at;
            for (int n = 0; n < length && at < text.Text.Length; n++) CodePoints.At(text.Text, ref at);
            output.Add(new Piece(text, start, at));
        }
    };

    /// <summary><c>\w+|[^\w\s]+</c> with the Rust regex crate's classes.</summary>
    private sealed class WordPattern : IPattern
    {
        public void Find(ReadOnlySpan<char> text, List<Match> matches)
        {
            int last = 0;
            int lastClass = -1;
            for (int i = 0; i <= text.Length;)
            {
                int start = i;
                int c = i < text.Length ? CodePoints.At(text, ref i) : -1;
                int kind = c < 0 ? -1 : UnicodeSets.Word.Contains(c) ? 0 : UnicodeSets.WhiteSpace.Contains(c) ? 2 : 1;
                if (kind != lastClass && start > last)
                {
                    matches.Add(new Match(last, start, lastClass != 2));
                    last = start;
                }
                lastClass = kind;
                if (c < 0) break;
            }
        }
    }
}

internal enum MetaspacePrefix { Always, First, Never }
