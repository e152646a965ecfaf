using System.Globalization;

namespace Pure.Tuner;

/// <summary>Reads the part of Oniguruma's (Ruby) syntax that split patterns use; everything works on code points.</summary>
/// <exception cref="FormatException">The pattern is malformed or uses something that is not built (back references, conditionals, ...).</exception>
internal sealed class RegexParser
{
    private const int MaxRepeat = 1000;     // a counted repeat is unrolled
    private const int MaxLength = 5000;     // every character becomes a set, and a set takes a few kilobytes
    private const int MaxDepth = 100;       // groups, classes and repeats of repeats are read one inside the other

    private readonly string _pattern;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotAll;
    private bool _extended;

    private RegexParser(string pattern) => _pattern = pattern;

    public static RegexNode Parse(string pattern)
    {
        var parser = new RegexParser(pattern);
        if (pattern.Length > MaxLength) throw new FormatException($"a regex of {pattern.Length} characters (at most {MaxLength} are known)");
        RegexNode node = parser.Choice();
        return parser._at == pattern.Length ? node : throw parser.Error("')' without '('");
    }

    private bool AtEnd => _at >= _pattern.Length;
    private char Peek => _pattern[_at];

    private bool Take(string text)
    {
        if (string.CompareOrdinal(_pattern, _at, text, 0, text.Length) != 0) return false;
        _at += text.Length;
        return true;
    }

    private FormatException Error(string what) => new($"regex '{_pattern}': {what} at character {_at}");

    private RegexNode Choice()
    {
        if (++_depth > MaxDepth) throw Error($"nested more than {MaxDepth} deep");
        (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
        var options = new List<RegexNode> { Sequence() };
        while (Take("|")) options.Add(Sequence());
        (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        _depth--;
        return options.Count == 1 ? options[0] : new ChoiceNode(options);
    }

    private RegexNode Sequence()
    {
        var parts = new List<RegexNode>();
        while (!AtEnd && Peek is not ('|' or ')'))
        {
            if (_extended && SkipExtended()) continue;
            if (Atom() is { } atom) parts.Add(Quantified(atom));
        }
        return parts.Count == 1 ? parts[0] : new SequenceNode(parts);
    }

    private bool SkipExtended()
    {
        if (char.IsWhiteSpace(Peek)) { _at++; return true; }
        if (Peek != '#') return false;
        while (!AtEnd && Peek != '\n') _at++;
        return true;
    }

    private RegexNode Quantified(RegexNode atom)
    {
        for (int depth = 0; !AtEnd; depth++)
        {
            if (depth > MaxDepth) throw Error($"more than {MaxDepth} repeats of one thing");
            int min, max;
            bool counted = false;
            if (Take("*")) (min, max) = (0, int.MaxValue);
            else if (Take("+")) (min, max) = (1, int.MaxValue);
            else if (Take("?")) (min, max) = (0, 1);
            else if (Peek == '{' && Counts() is { } counts) ((min, max), counted) = (counts, true);
            else break;
            RepeatMode mode = Take("?") ? RepeatMode.Lazy : !counted && Take("+") ? RepeatMode.Possessive : RepeatMode.Greedy;
            atom = new RepeatNode(atom, min, max, mode);
        }
        return atom;
    }

    private (int, int)? Counts()
    {
        int close = _pattern.IndexOf('}', _at);
        if (close < 0) return null;
        string[] parts = _pattern[(_at + 1)..close].Split(',');
        bool Number(string s, out int n) => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out n);
        int min = 0, max = int.MaxValue;
        bool valid = parts.Length switch
        {
            1 => Number(parts[0], out min) && (max = min) >= 0,
            2 => (parts[0].Length > 0 || parts[1].Length > 0) && (parts[0].Length == 0 || Number(parts[0], out min)) && (parts[1].Length == 0 || Number(parts[1], out max)),
            _ => false,
        };
        if (!valid) return null;
        if (min > MaxRepeat || max != int.MaxValue && (max > MaxRepeat || max < min)) throw Error($"repeat counts {min} to {max} (0 to {MaxRepeat} are known)");
        _at = close + 1;
        return (min, max);
    }

    private RegexNode? Atom()
    {
        switch (Peek)
        {
            case '(': return Group();
            case '[': _at++; return new SetNode(Class());
            case '.': _at++; return new SetNode(_dotAll ? CharSet.Any : CharSet.Of('\n').Not());
            case '^': _at++; return new AnchorNode(AnchorKind.LineStart);
            case '$': _at++; return new AnchorNode(AnchorKind.LineEnd);
            case '*' or '+' or '?': throw Error($"'{Peek}' with nothing to repeat");
            case '\\' when _at + 1 < _pattern.Length:
                AnchorKind? anchor = _pattern[_at + 1] switch
                {
                    'A' => AnchorKind.TextStart,
                    'z' => AnchorKind.TextEnd,
                    'Z' => AnchorKind.TextEndOrLastLine,
                    'b' => AnchorKind.WordBoundary,
                    'B' => AnchorKind.NotWordBoundary,
                    _ => null,
                };
                if (anchor is null) break;
                _at += 2;
                return new AnchorNode(anchor.Value);
        }
        return new SetNode(Fold(Peek == '\\' ? Escape(inClass: false) : CharSet.Of(CodePoints.At(_pattern, ref _at))));
    }

    private RegexNode? Group()
    {
        _at++;
        RegexNode node;
        if (Take("?:")) node = Choice();
        else if (Take("?=")) node = new LookNode(Choice(), Behind: false, Negative: false);
        else if (Take("?!")) node = new LookNode(Choice(), Behind: false, Negative: true);
        else if (Take("?<=")) node = new LookNode(Choice(), Behind: true, Negative: false);
        else if (Take("?<!")) node = new LookNode(Choice(), Behind: true, Negative: true);
        else if (Take("?>")) node = new AtomicNode(Choice());
        else if (Take("?#")) { _at = _pattern.IndexOf(')', _at) + 1; return _at > 0 ? null : throw Error("'(?#' without ')'"); }
        else if (Take("?P<") || Take("?<") || Take("?'"))
        {
            int close = _pattern.AsSpan(_at).IndexOfAny('>', '\'');
            if (close < 0) throw Error("a group's name without end");
            _at += close + 1;
            node = Choice();
        }
        else if (Take("?"))
        {
            // Options hold to the end of the group they stand in, or in "(?i:...)" for what follows the colon.
            (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
            for (bool on = true; !AtEnd && Peek is not (')' or ':'); _at++)
                switch (Peek)
                {
                    case '-': on = false; break;
                    case 'i': _ignoreCase = on; break;
                    case 'm' or 's': _dotAll = on; break;
                    case 'x': _extended = on; break;
                    case 'u': break;
                    default: throw Error($"group option '{Peek}' is not known (known: i, m, s, x, u)");
                }
            if (Take(")")) return null;
            if (!Take(":")) throw Error("'(?' without ')'");
            node = Choice();
            (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        }
        else node = Choice();
        if (!Take(")")) throw Error("'(' without ')'");
        if (node is LookNode { Behind: true } look && (look.Body is ChoiceNode c ? c.Options.Any(o => o.FixedLength is null) : look.Body.FixedLength is null))
            throw Error("a look-behind of varying length");
        return node;
    }

    private CharSet Fold(CharSet set) => _ignoreCase ? set.FoldCase() : set;

    /// <summary>After '[': ranges, escapes, nested classes, POSIX brackets, &amp;&amp;.</summary>
    private CharSet Class()
    {
        if (++_depth > MaxDepth) throw Error($"nested more than {MaxDepth} deep");
        bool negative = Take("^");
        CharSet? intersection = null;
        CharSet set = CharSet.Empty;
        bool first = true;
        while (true)
        {
            if (AtEnd) throw Error("'[' without ']'");
            if (!first && Take("]")) break;
            if (Take("&&"))
            {
                intersection = intersection is null ? set : intersection.And(set);
                set = CharSet.Empty;
            }
            else if (Take("[:"))
            {
                int close = _pattern.IndexOf(":]", _at, StringComparison.Ordinal);
                if (close < 0) throw Error("'[:' without ':]'");
                bool not = Take("^");
                CharSet named = Property(_pattern[_at..close]);
                _at = close + 2;
                set = set.Or(not ? named.Not() : named);
            }
            else if (Take("["))
            {
                set = set.Or(Class());
            }
            else
            {
                set = set.Or(Range());
            }
            first = false;
        }
        if (intersection is not null) set = intersection.And(set);
        set = Fold(set);
        _depth--;
        return negative ? set.Not() : set;
    }

    private CharSet Range()
    {
        CharSet low = Peek == '\\' ? Escape(inClass: true) : CharSet.Of(CodePoints.At(_pattern, ref _at));
        (int start, int end) = low.Ranges.FirstOrDefault((-1, -2));
        if (start != end || _at + 1 >= _pattern.Length || Peek != '-' || _pattern[_at + 1] is ']' or '[') return low;
        _at++;
        CharSet high = Peek == '\\' ? Escape(inClass: true) : CharSet.Of(CodePoints.At(_pattern, ref _at));
        (int last, int lastEnd) = high.Ranges.FirstOrDefault((-1, -2));
        if (last != lastEnd) return low.Or(high).Or(CharSet.Of('-'));       // "[\w-\s]": the dash is itself
        return start <= last ? CharSet.Of([(start, last)]) : throw Error("a range that ends before it begins");
    }

    private CharSet Escape(bool inClass)
    {
        if (++_at >= _pattern.Length) throw Error("'\\' at the end");
        int c = CodePoints.At(_pattern, ref _at);
        switch (c)
        {
            case 'n': return CharSet.Of('\n');
            case 'r': return CharSet.Of('\r');
            case 't': return CharSet.Of('\t');
            case 'f': return CharSet.Of('\f');
            case 'v': return CharSet.Of('\v');
            case 'a': return CharSet.Of('\a');
            case 'e': return CharSet.Of(0x1B);
            case '0': return CharSet.Of(0);
            case 'b' when inClass: return CharSet.Of('\b');
            case 'd': return Property("Nd");
            case 'D': return Property("Nd").Not();
            case 'w': return Property("word");
            case 'W': return Property("word").Not();
            case 's': return UnicodeSets.WhiteSpace;
            case 'S': return UnicodeSets.WhiteSpace.Not();
            case 'h': return Property("xdigit");
            case 'H': return Property("xdigit").Not();
            case 'x' when Take("{"): return Hex(_pattern.IndexOf('}', _at) - _at, 1);
            case 'x': return Hex(2, 0);
            case 'u' when Take("{"): return Hex(_pattern.IndexOf('}', _at) - _at, 1);
            case 'u': return Hex(4, 0);
            case 'U': return Hex(8, 0);
            case 'p' or 'P':
                string name;
                if (Take("{"))
                {
                    int close = _pattern.IndexOf('}', _at);
                    if (close < 0) throw Error("'\\p{' without '}'");
                    name = _pattern[_at..close];
                    _at = close + 1;
                }
                else
                {
                    name = AtEnd ? throw Error("'\\p' at the end") : _pattern[_at++].ToString();
                }
                bool not = c == 'P' ^ name.StartsWith('^');
                CharSet set = Property(name.TrimStart('^'));
                return not ? set.Not() : set;
            case < 0x80 when char.IsAsciiLetterOrDigit((char)c): throw Error($"escape '\\{(char)c}' is not known");
            default: return CharSet.Of(c);
        }
    }

    private CharSet Hex(int length, int closing)
    {
        if (length <= 0 || _at + length > _pattern.Length || !int.TryParse(_pattern.AsSpan(_at, length), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int c) || c > 0x10FFFF)
            throw Error("a malformed hexadecimal code point");
        _at += length + closing;
        return CharSet.Of(c);
    }

    private CharSet Property(string name)
    {
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        return UnicodeSets.Find(name[(equals + 1)..]) ?? throw Error($"property '{name}' is not known");
    }
}
