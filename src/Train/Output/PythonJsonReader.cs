using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pure.Tuner;

/// <summary>A JSON object with its keys in the order of the text.</summary>
internal sealed class JsonMap : OrderedDictionary<string, object?>
{
    /// <summary>The value of a key; null where it is not there, too.</summary>
    public object? Get(string key) => TryGetValue(key, out object? value) ? value : null;
}

/// <summary>JSON text as Python's json.loads reads it: NaN and Infinity are numbers, the last of equal keys wins, whole numbers have any size.</summary>
/// <remarks>Values are null, bool, long, <see cref="BigInteger"/>, double, string, lists and <see cref="JsonMap"/>; <see cref="PythonJson"/> writes them back.</remarks>
internal ref struct PythonJsonReader
{
    private const int Deepest = 900;

    private readonly ReadOnlySpan<char> _text;
    private int _at, _depth;

    private PythonJsonReader(ReadOnlySpan<char> text) => _text = text;

    /// <summary>False where Python raises JSONDecodeError.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out object? value)
    {
        var reader = new PythonJsonReader(text);
        reader.Blank();
        return reader.Value(out value) && reader.AtEnd();
    }

    private bool AtEnd()
    {
        Blank();
        return _at == _text.Length;
    }

    private void Blank()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r') _at++;
    }

    private bool Take(string word)
    {
        if (!_text[_at..].StartsWith(word)) return false;
        _at += word.Length;
        return true;
    }

    private bool Value(out object? value)
    {
        value = null;
        if (_at == _text.Length) return false;
        switch (_text[_at])
        {
            case '"':
                bool whole = String(out string? text);
                value = text;
                return whole;
            case '{': return Map(out value);
            case '[': return List(out value);
            case 'n': return Take("null");
            case 't': value = true; return Take("true");
            case 'f': value = false; return Take("false");
            case 'N': value = double.NaN; return Take("NaN");
            case 'I': value = double.PositiveInfinity; return Take("Infinity");
            case '-' when _text[_at..].StartsWith("-I"): value = double.NegativeInfinity; return Take("-Infinity");
            default: return Number(out value);
        }
    }

    private bool Map(out object? value)
    {
        var map = new JsonMap();
        value = map;
        if (++_depth > Deepest) return false;
        _at++;
        Blank();
        if (Take("}")) return Leave();
        do
        {
            Blank();
            if (_at == _text.Length || _text[_at] != '"' || !String(out string? key)) return false;
            Blank();
            if (!Take(":")) return false;
            Blank();
            if (!Value(out object? item)) return false;
            map[key] = item;
            Blank();
        }
        while (Take(","));
        return Take("}") && Leave();
    }

    private bool List(out object? value)
    {
        var list = new List<object?>();
        value = list;
        if (++_depth > Deepest) return false;
        _at++;
        Blank();
        if (Take("]")) return Leave();
        do
        {
            Blank();
            if (!Value(out object? item)) return false;
            list.Add(item);
            Blank();
        }
        while (Take(","));
        return Take("]") && Leave();
    }

    private bool Leave()
    {
        _depth--;
        return true;
    }

    private bool String([NotNullWhen(true)] out string? value)
    {
        var text = new StringBuilder();
        value = null;
        for (_at++; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                value = text.ToString();
                return true;
            }
            if (c < ' ') return false;
            if (c != '\\') text.Append(c);
            else if (++_at == _text.Length) return false;
            else if (_text[_at] == 'u')
            {
                if (_at + 4 >= _text.Length || !ushort.TryParse(_text.Slice(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)) return false;
                text.Append((char)unit);
                _at += 4;
            }
            else if (@"""\/bfnrt".IndexOf(_text[_at], StringComparison.Ordinal) is var known and >= 0) text.Append("\"\\/\b\f\n\r\t"[known]);
            else return false;
        }
        return false;
    }

    private bool Number(out object? value)
    {
        int from = _at;
        value = null;
        if (_text[_at] == '-') _at++;
        int digits = Digits();
        if (digits == 0) return false;
        // No zero stands in front of other digits: what follows it is then not part of the number, and the text is not whole.
        if (digits > 1 && _text[_at - digits] == '0') return false;
        bool whole = true;
        int end = _at;
        if (_at < _text.Length && _text[_at] == '.')
        {
            _at++;
            if (Digits() > 0) (whole, end) = (false, _at);
            else _at = end;
        }
        if (_at < _text.Length && _text[_at] is 'e' or 'E')
        {
            _at++;
            if (_at < _text.Length && _text[_at] is '+' or '-') _at++;
            if (Digits() > 0) (whole, end) = (false, _at);
        }
        _at = end;
        ReadOnlySpan<char> number = _text[from..end];
        value = !whole ? double.Parse(number, CultureInfo.InvariantCulture)
            : long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long small) ? small
            : BigInteger.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return true;
    }

    private int Digits()
    {
        int from = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        return _at - from;
    }
}
