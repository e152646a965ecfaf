using System.Text;

namespace Pure.Tuner;

/// <summary>Cuts a template into tokens, as Jinja2 does with trim_blocks and lstrip_blocks: a line that holds only a tag leaves no trace.</summary>
internal sealed class JinjaLexer
{
    // Longest first, so that // is not two divisions.
    private static readonly string[] s_operators = ["**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _text;
    private readonly List<JinjaToken> _tokens = [];
    private int _at, _line = 1;
    // Whether what was read last ended a line: then blanks in front of a tag are the line's indentation.
    private bool _lineStarts = true;

    private JinjaLexer(string text) => _text = text;

    /// <exception cref="JinjaException">A tag is not closed, or holds what is no token.</exception>
    public static List<JinjaToken> Read(string template)
    {
        string text = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new JinjaLexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private JinjaException Fail(string message) => new(message, _line);

    private bool At(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private void ReadAll()
    {
        while (_at < _text.Length)
        {
            int tag = NextTag(_at);
            if (tag < 0)
            {
                Data(_text[_at..]);
                break;
            }
            string before = _text[_at..tag];
            char kind = _text[tag + 1], sign = tag + 2 < _text.Length ? _text[tag + 2] : '\0';
            bool signed = sign == '-' || (sign == '+' && kind != '{');
            int rawEnd = kind == '%' ? RawBegin(tag) : -1;
            Data(Stripped(before, signed ? sign : ' ', kind == '{'), before);
            if (rawEnd >= 0) Raw(tag, rawEnd);
            else if (kind == '#') Comment(tag + (signed ? 3 : 2));
            else Tag(tag + (signed ? 3 : 2), kind == '%');
        }
        _tokens.Add(new(JinjaTokenKind.End, "", null, _line));
    }

    private int NextTag(int from)
    {
        for (int i = _text.IndexOf('{', from); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
            if (_text[i + 1] is '{' or '%' or '#') return i;
        return -1;
    }

    /// <summary>Text before a tag: all blanks go with "-", the indentation before a statement or comment goes unless "+".</summary>
    private string Stripped(string text, char sign, bool variable)
    {
        if (sign == '-') return PyText.TrimEnd(text);
        if (sign == '+' || variable) return text;
        int line = text.LastIndexOf('\n') + 1;
        if (line == 0 && !_lineStarts) return text;
        return text.AsSpan(line).IndexOfAnyExcept(PyText.Blanks) < 0 ? text[..line] : text;
    }

    private void Data(string kept, string? whole = null)
    {
        if (kept.Length > 0) _tokens.Add(new(JinjaTokenKind.Data, kept, null, _line));
        Advance((whole ?? kept).Length);
    }

    private void Advance(int length)
    {
        _line += _text.AsSpan(_at, length).Count('\n');
        _at += length;
    }

    private void AdvanceTo(int end)
    {
        Advance(end - _at);
        _lineStarts = end > 0 && _text[end - 1] == '\n';
    }

    private int SkipBlanks(int at)
    {
        while (at < _text.Length && PyText.IsBlank(_text[at])) at++;
        return at;
    }

    /// <summary>Behind a closing mark: "-" eats all blanks, a bare mark one line feed.</summary>
    private int AfterEnd(int mark, char sign, bool trims)
    {
        int end = mark + 2;
        return sign == '-' ? SkipBlanks(end) : sign == ' ' && trims && end < _text.Length && _text[end] == '\n' ? end + 1 : end;
    }

    private void Comment(int from)
    {
        int end = _text.IndexOf("#}", from, StringComparison.Ordinal);
        if (end < 0) throw Fail("Missing end of comment tag");
        char sign = end > from && _text[end - 1] is '-' or '+' ? _text[end - 1] : ' ';
        AdvanceTo(AfterEnd(end, sign, trims: true));
    }

    /// <summary>Where the text of a raw block begins, or -1 when the tag is another.</summary>
    private int RawBegin(int tag)
    {
        int at = tag + 2;
        if (at < _text.Length && _text[at] is '-' or '+') at++;
        at = SkipBlanks(at);
        if (string.CompareOrdinal(_text, at, "raw", 0, 3) != 0) return -1;
        at = SkipBlanks(at + 3);
        if (string.CompareOrdinal(_text, at, "-%}", 0, 3) == 0) return SkipBlanks(at + 3);
        return string.CompareOrdinal(_text, at, "%}", 0, 2) == 0 ? at + 2 : -1;
    }

    private void Raw(int tag, int begin)
    {
        AdvanceTo(begin);
        for (int i = _text.IndexOf("{%", begin, StringComparison.Ordinal); i >= 0; i = _text.IndexOf("{%", i + 2, StringComparison.Ordinal))
        {
            int at = i + 2;
            char sign = at < _text.Length && _text[at] is '-' or '+' ? _text[at++] : ' ';
            at = SkipBlanks(at);
            if (string.CompareOrdinal(_text, at, "endraw", 0, 6) != 0) continue;
            at = SkipBlanks(at + 6);
            char end = at < _text.Length && _text[at] is '-' or '+' ? _text[at++] : ' ';
            if (string.CompareOrdinal(_text, at, "%}", 0, 2) != 0) continue;
            string text = _text[begin..i];
            Data(Stripped(text, sign, variable: false), text);
            AdvanceTo(AfterEnd(at, end, trims: true));
            return;
        }
        throw Fail("Missing end of raw directive");
    }

    private void Tag(int from, bool block)
    {
        _tokens.Add(new(block ? JinjaTokenKind.BlockBegin : JinjaTokenKind.VariableBegin, "", null, _line));
        AdvanceTo(from);
        var open = new Stack<char>();
        string close = block ? "%}" : "}}";
        while (true)
        {
            AdvanceTo(SkipBlanks(_at));
            if (_at >= _text.Length) return;   // the parser says what is missing
            char c = _text[_at];
            if (open.Count == 0)
            {
                char sign = c == '-' || (c == '+' && block) ? c : ' ';
                int mark = sign == ' ' ? _at : _at + 1;
                if (string.CompareOrdinal(_text, mark, close, 0, 2) == 0)
                {
                    _tokens.Add(new(block ? JinjaTokenKind.BlockEnd : JinjaTokenKind.VariableEnd, close, null, _line));
                    AdvanceTo(AfterEnd(mark, sign, trims: block));
                    return;
                }
            }
            if (char.IsAsciiDigit(c)) Number();
            else if (IsWord(_at, out _)) Name();
            else if (c is '\'' or '"') Quoted(c);
            else Operator(open);
        }
    }

    private bool IsWord(int at, out int length)
    {
        length = 0;
        if (at >= _text.Length || !Rune.TryGetRuneAt(_text, at, out Rune rune)) return false;
        length = rune.Utf16SequenceLength;
        return rune.Value == '_' || Rune.IsLetterOrDigit(rune) || (rune.Value > 127 && Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.OtherNumber or System.Globalization.UnicodeCategory.LetterNumber);
    }

    private void Name()
    {
        int end = _at;
        while (IsWord(end, out int length)) end += length;
        string name = _text[_at..end];
        _tokens.Add(new(JinjaTokenKind.Name, name, null, _line));
        Advance(end - _at);
    }

    private void Number()
    {
        (int length, object value, bool real) = JinjaLiterals.Number(_text, _at) ?? throw Fail($"the number at '{_text[_at]}' is too long");
        _tokens.Add(new(real ? JinjaTokenKind.Float : JinjaTokenKind.Integer, _text.Substring(_at, length), value, _line));
        Advance(length);
    }

    private void Quoted(char quote)
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] != quote) end += _text[end] == '\\' ? 2 : 1;
        if (end >= _text.Length) throw Fail($"unexpected char {PyText.Repr(quote.ToString())} at {_at}");
        string raw = _text[(_at + 1)..end];
        string value = JinjaLiterals.Unescape(raw) ?? throw Fail($"the escapes of the text '{raw}' cannot be read");
        _tokens.Add(new(JinjaTokenKind.String, value, value, _line));
        Advance(end + 1 - _at);
    }

    private void Operator(Stack<char> open)
    {
        string op = s_operators.FirstOrDefault(At) ?? throw Fail($"unexpected char {PyText.Repr(_text[_at].ToString())} at {_at}");
        if (op is "(" or "[" or "{") open.Push(op[0] switch { '(' => ')', '[' => ']', _ => '}' });
        else if (op is ")" or "]" or "}")
        {
            if (open.Count == 0) throw Fail($"unexpected '{op}'");
            char expected = open.Pop();
            if (expected != op[0]) throw Fail($"unexpected '{op}', expected '{expected}'");
        }
        _tokens.Add(new(JinjaTokenKind.Operator, op, null, _line));
        Advance(op.Length);
    }
}
