using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pure.Tuner;

/// <summary>Reads Python's literals as ast.literal_eval does: texts, numbers, True, False, None, lists, tuples, dictionaries.</summary>
internal ref struct PythonLiteralReader(ReadOnlySpan<char> text)
{
    private const int Deepest = 90;

    private readonly ReadOnlySpan<char> _text = text;
    private int _at = 0, _depth = 0;

    public bool AtEnd
    {
        get
        {
            Blank();
            return _at == _text.Length;
        }
    }

    public bool Take(char c)
    {
        Blank();
        if (_at == _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    /// <summary>A name; empty where there is none.</summary>
    public string Word()
    {
        Blank();
        int from = _at;
        while (_at < _text.Length && (char.IsLetter(_text[_at]) || _text[_at] == '_' || _at > from && char.IsDigit(_text[_at]))) _at++;
        return _text[from.._at].ToString();
    }

    /// <summary>False where Python finds no literal, or one that JSON cannot say.</summary>
    public bool Literal(out object? value)
    {
        value = null;
        if (AtEnd || _depth >= Deepest) return false;
        _depth++;
        bool read = _text[_at] switch
        {
            '[' => List(']', out value),
            '(' => Tuple(out value),
            '{' => Map(out value),
            '"' or '\'' => Texts(out value),
            '+' or '-' => Signed(out value),
            '.' or (>= '0' and <= '9') => Number(out value),
            _ => Named(out value),
        };
        _depth--;
        return read;
    }

    private bool Named(out object? value)
    {
        int from = _at;
        string word = Word();
        value = word switch { "True" => true, "False" => false, _ => null };
        if (word is "True" or "False" or "None") return true;
        _at = from;
        return word.ToLowerInvariant() is "r" or "u" && Texts(out value);
    }

    private bool List(char end, out object? value)
    {
        var list = new List<object?>();
        value = list;
        _at++;
        while (!Take(end))
        {
            if (!Literal(out object? item)) return false;
            list.Add(item);
            if (!Take(',')) return Take(end);
        }
        return true;
    }

    private bool Tuple(out object? value)
    {
        int from = _at;
        if (!List(')', out value)) return false;
        // One value without a comma behind it stands for itself.
        if (((IList)value!).Count == 1 && _text[from..(_at - 1)].TrimEnd(" \t\r\n\f")[^1] != ',') value = ((IList)value)[0];
        return true;
    }

    private bool Map(out object? value)
    {
        var map = new JsonMap();
        value = map;
        _at++;
        while (!Take('}'))
        {
            if (!Literal(out object? key) || key is IList or JsonMap || !Take(':') || !Literal(out object? item)) return false;
            map[key as string ?? ToolJson.Line(key)] = item;
            if (!Take(',')) return Take('}');
        }
        return true;
    }

    private bool Signed(out object? value)
    {
        bool minus = _text[_at++] == '-';
        value = null;
        if (AtEnd || !(char.IsAsciiDigit(_text[_at]) || _text[_at] == '.') || !Number(out value)) return false;
        if (minus) value = value switch { double d => -d, long i => -i, BigInteger b => -b, _ => value };
        return true;
    }

    private bool Number(out object? value)
    {
        int from = _at;
        value = null;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_' || _text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E' && !_text[from..].StartsWith("0x", StringComparison.OrdinalIgnoreCase))) _at++;
        string digits = _text[from.._at].ToString();
        if (digits.EndsWith('_') || digits.Contains("__", StringComparison.Ordinal)) return false;
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length > 2 && digits[0] == '0' && char.IsAsciiLetter(digits[1]) && digits[1] is not ('e' or 'E')) return Based(digits, out value);
        if (digits.All(char.IsAsciiDigit))
        {
            if (digits[0] == '0' && digits.Trim('0').Length > 0) return false;
            value = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long small) ? small : BigInteger.Parse(digits, CultureInfo.InvariantCulture);
            return true;
        }
        bool read = double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double real);
        value = real;
        return read;
    }

    private static bool Based(string digits, out object? value)
    {
        int bits = char.ToLowerInvariant(digits[1]) switch { 'x' => 4, 'o' => 3, 'b' => 1, _ => 0 };
        BigInteger sum = 0;
        value = null;
        if (bits == 0) return false;
        foreach (char c in digits.AsSpan(2))
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 16;
            if (digit >= 1 << bits) return false;
            sum = (sum << bits) + digit;
        }
        value = sum <= long.MaxValue ? (long)sum : sum;
        return true;
    }

    /// <summary>Texts side by side are one.</summary>
    private bool Texts(out object? value)
    {
        var text = new StringBuilder();
        value = null;
        do
        {
            bool raw = false;
            if (char.ToLowerInvariant(_text[_at]) is 'r' or 'u') raw = char.ToLowerInvariant(_text[_at++]) == 'r';
            if (_at == _text.Length || _text[_at] is not ('"' or '\'') || !Text(text, raw)) return false;
        }
        while (!AtEnd && (_text[_at] is '"' or '\'' || _text[_at] is 'r' or 'R' or 'u' or 'U' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '\''));
        value = text.ToString();
        return true;
    }

    private bool Text(StringBuilder text, bool raw)
    {
        char quote = _text[_at];
        ReadOnlySpan<char> three = [quote, quote, quote];
        bool longText = _text[_at..].StartsWith(three);
        for (_at += longText ? 3 : 1; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == quote && (!longText || _text[_at..].StartsWith(three)))
            {
                _at += longText ? 3 : 1;
                return true;
            }
            if (c == '\n' && !longText) return false;
            if (c != '\\') text.Append(c);
            else if (++_at == _text.Length) return false;
            else if (raw) text.Append('\\').Append(_text[_at]);
            else if (!Escape(text)) return false;
        }
        return false;
    }

    private bool Escape(StringBuilder text)
    {
        const string Known = "\\'\"abfnrtv", Meant = "\\'\"\a\b\f\n\r\t\v";
        char c = _text[_at];
        if (c == '\n') return true;
        if (Known.IndexOf(c, StringComparison.Ordinal) is var known and >= 0) text.Append(Meant[known]);
        else if (c is >= '0' and <= '7')
        {
            int code = 0, end = Math.Min(_at + 3, _text.Length);
            for (; _at < end && _text[_at] is >= '0' and <= '7'; _at++) code = code * 8 + _text[_at] - '0';
            _at--;
            text.Append((char)code);
        }
        else if (c is 'x' or 'u' or 'U')
        {
            int length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
            if (_at + length >= _text.Length || !int.TryParse(_text.Slice(_at + 1, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || code is < 0 or > 0x10ffff) return false;
            if (code > 0xffff) text.Append(char.ConvertFromUtf32(code));
            else text.Append((char)code);
            _at += length;
        }
        // A character by its name would need the whole list of names.
        else if (c == 'N') return false;
        else text.Append('\\').Append(c);
        return true;
    }

    private void Blank()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r' or '\f' or '#')
            if (_text[_at] == '#')
                while (_at < _text.Length && _text[_at] != '\n') _at++;
            else _at++;
    }
}
