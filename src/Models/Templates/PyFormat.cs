using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pure.Tuner;

/// <summary>str.format() and Python's format specifications.</summary>
internal static partial class PyFormat
{
    /// <summary>Widths and precisions beyond this are refused.</summary>
    public const int Widest = 10_000;

    public static string Format(PyOps values, string text, PyCall call)
    {
        (int next, bool numbered) = (0, false);
        return Fill(values, text, name =>
        {
            bool automatic = name.Length == 0;
            if (automatic) name = next++.ToString(CultureInfo.InvariantCulture);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at))
            {
                numbered |= !automatic;
                if (numbered && next > 0) throw values.Fail("fields of a format are numbered either all by hand or all by themselves");
                return at < call.Positional.Count ? call.Positional[at] : throw values.Fail($"Replacement index {at} out of range for positional args tuple");
            }
            foreach ((string key, object? value) in call.Named)
                if (key == name) return value;
            throw values.Fail($"format: there is no argument '{name}'");
        }, 2);
    }

    public static string FormatMap(PyOps values, string text, object? map) =>
        Fill(values, text, name => map is PyDict dict && dict.TryGet(name, out object? value) ? value : throw values.Fail($"format_map: there is no key '{name}'"), 2);

    private static string Fill(PyOps values, string text, Func<string, object?> find, int depth)
    {
        if (depth < 0) throw values.Fail("Max string recursion exceeded");
        var filled = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                filled.Append(c);
                i++;
            }
            else if (c == '}') throw values.Fail("Single '}' encountered in format string");
            else if (c != '{') filled.Append(c);
            else
            {
                int end = Close(text, i);
                if (end < 0) throw values.Fail(i + 1 == text.Length ? "Single '{' encountered in format string" : "expected '}' before end of string");
                string part = Field(values, text[(i + 1)..end], find, depth);
                values.State.Text(part.Length);
                filled.Append(part);
                i = end;
            }
        }
        return filled.ToString();
    }

    private static int Close(string text, int open)
    {
        for (int i = open, depth = 0; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i;
        }
        return -1;
    }

    private static string Field(PyOps values, string field, Func<string, object?> find, int depth)
    {
        int colon = field.AsSpan().IndexOf(':'), bang = field.AsSpan().IndexOf('!');
        if (colon >= 0 && bang > colon) bang = -1;
        string name = field[..(bang >= 0 ? bang : colon >= 0 ? colon : field.Length)];
        object? value = Look(values, name, find);
        string spec = colon >= 0 ? Fill(values, field[(colon + 1)..], find, depth - 1) : "";
        if (bang >= 0)
            value = field[(bang + 1)..(colon >= 0 ? colon : field.Length)] switch
            {
                "s" => values.Text(value),
                "r" => values.Repr(value),
                "a" => PyJson.Ascii(values.Repr(value)),
                var other => throw values.Fail($"Unknown conversion specifier '{other}'"),
            };
        return Spec(values, value, spec);
    }

    /// <summary>name.attribute[item] of a field, in the sandbox.</summary>
    private static object? Look(PyOps values, string name, Func<string, object?> find)
    {
        int first = name.AsSpan().IndexOfAny(".[");
        object? value = find(first < 0 ? name : name[..first]);
        for (int i = first; i >= 0 && i < name.Length;)
        {
            if (name[i] == '.')
            {
                int end = name.AsSpan(i + 1).IndexOfAny(".[") is var n and >= 0 ? i + 1 + n : name.Length;
                value = values.Attribute(value, name[(i + 1)..end]);
                i = end;
            }
            else
            {
                int end = name.IndexOf(']', i);
                if (end < 0) throw values.Fail("expected ']' in format string");
                string key = name[(i + 1)..end];
                value = values.Item(value, long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long at) ? at : key);
                i = end + 1;
            }
            values.Defined(value);
        }
        return value;
    }

    /// <summary>[[fill]align][sign][#][0][width][grouping][.precision][type]</summary>
    public static string Spec(PyOps values, object? value, string spec)
    {
        if (spec.Length == 0) return values.Text(value);
        var s = new FormatSpec();
        if (!s.Read(spec) || s.Width > Widest || s.Precision > Widest) throw values.Fail($"Invalid format specifier '{spec}' for object of type '{PyOps.TypeName(value)}'");
        if (PyOps.AsText(value) is { } text)
        {
            if (s.Type is not ('\0' or 's')) throw values.Fail($"Unknown format code '{s.Type}' for object of type 'str'");
            if (s.Sign != '\0') throw values.Fail("Sign not allowed in string format specifier");
            if (s.Align == '=') throw values.Fail("'=' alignment not allowed in string format specifier");
            if (s.Precision >= 0 && s.Precision < PyText.Length(text)) text = PyText.Part(text, 0, s.Precision);
            return s.Pad("", text, '<');
        }
        if (PyNumbers.Whole(value) is not null && s.Type is '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c')
        {
            if (s.Precision >= 0) throw values.Fail("Precision not allowed in integer format specifier");
            return PyNumbers.Whole(value) is { } n ? Whole(values, s, n) : "";
        }
        if (PyNumbers.Real(value) is { } real && s.Type is '\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%') return Real(values, s, real);
        throw values.Fail(PyNumbers.Real(value) is null ? $"unsupported format string passed to {PyOps.TypeName(value)}.__format__" : $"Unknown format code '{s.Type}' for object of type '{PyOps.TypeName(value)}'");
    }

    private static string Whole(PyOps values, FormatSpec s, BigInteger value)
    {
        BigInteger size = BigInteger.Abs(value);
        if (s.Type == 'c') return size <= 0x10FFFF && value.Sign >= 0 && Rune.IsValid((int)size) ? s.Pad("", new Rune((int)size).ToString(), '<') : throw values.Fail("%c arg not in range(0x110000)");
        (string prefix, string digits) = s.Type switch
        {
            'b' => ("0b", Based(size, 1)),
            'o' => ("0o", Based(size, 3)),
            'x' => ("0x", Based(size, 4)),
            'X' => ("0X", Based(size, 4).ToUpperInvariant()),
            _ => ("", values.Whole(size)),
        };
        return s.Number(value.Sign < 0, s.Alternate ? prefix : "", digits, "", s.Type is 'b' or 'o' or 'x' or 'X' ? 4 : 3);
    }

    /// <summary>Digits in base 2, 8 or 16.</summary>
    public static string Based(BigInteger value, int bits)
    {
        if (value.IsZero) return "0";
        string binary = value.ToString("b", CultureInfo.InvariantCulture).TrimStart('0');
        if (bits == 1) return binary;
        binary = binary.PadLeft((binary.Length + bits - 1) / bits * bits, '0');
        return string.Concat(binary.Chunk(bits).Select(c => "0123456789abcdef"[Convert.ToInt32(new string(c), 2)]));
    }

    private static string Real(PyOps values, FormatSpec s, double value)
    {
        if (s.Type == '\0' && s.Precision < 0) return Split(s, PyNumbers.Text(value));
        int precision = s.Precision < 0 ? 6 : s.Precision;
        if (s.Type == '%') return Split(s, Fixed(value * 100, precision, s.Alternate) + "%");
        return Split(s, Number(value, s.Type, precision, s.Alternate));
    }

    private static string Split(FormatSpec s, string text)
    {
        bool negative = text.StartsWith('-');
        if (negative) text = text[1..];
        int end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return s.Number(negative, "", text[..end], text[end..], 3);
    }

    /// <summary>A float by printf's e, f and g, or with no type like g that keeps ".0".</summary>
    public static string Number(double value, char type, int precision, bool alternate)
    {
        bool upper = char.IsAsciiLetterUpper(type);
        string text = char.ToLowerInvariant(type) switch
        {
            'e' => Scientific(value, precision, alternate),
            'f' => Fixed(value, precision, alternate),
            _ => General(value, Math.Max(1, precision), alternate, type == '\0'),
        };
        return upper ? text.ToUpperInvariant() : text;
    }

    private static string? Odd(double value) => double.IsFinite(value) ? null : PyNumbers.Text(value);

    private static string Fixed(double value, int precision, bool alternate) => Odd(value) ?? PyNumbers.Fixed(value, precision) + (alternate && precision == 0 ? "." : "");

    private static string Scientific(double value, int precision, bool alternate)
    {
        if (Odd(value) is { } odd) return odd;
        (string digits, int exponent) = Rounded(value, precision);
        return $"{(double.IsNegative(value) ? "-" : "")}{digits[0]}{(precision > 0 || alternate ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static string General(double value, int precision, bool alternate, bool keepsPoint)
    {
        if (Odd(value) is { } odd) return odd;
        (string digits, int exponent) = Rounded(value, precision - 1);
        if (exponent < -4 || exponent >= precision - (keepsPoint ? 1 : 0))
        {
            string mantissa = alternate ? digits : digits.TrimEnd('0') is { Length: > 0 } t ? t : "0";
            return $"{(double.IsNegative(value) ? "-" : "")}{mantissa[0]}{(mantissa.Length > 1 ? "." + mantissa[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        string text = PyNumbers.Fixed(value, Math.Max(0, precision - 1 - exponent));
        if (!alternate && text.Contains('.')) text = text.TrimEnd('0').TrimEnd('.');
        return keepsPoint && !text.Contains('.') ? text + ".0" : text;
    }

    /// <summary>Digits before and behind the point of the form d.ddd, and the exponent.</summary>
    private static (string Digits, int Exponent) Rounded(double value, int precision)
    {
        value = Math.Abs(value);
        if (value == 0) return (new string('0', precision + 1), 0);
        int exponent = (int)Math.Floor(Math.Log10(value));
        if (exponent < -400) exponent = -324;
        for (int i = 0; i < 4; i++)
        {
            string digits = PyNumbers.Fixed(value, precision - exponent).Replace(".", "", StringComparison.Ordinal).TrimStart('0');
            if (precision - exponent < 0) digits = digits.Length > exponent - precision ? digits[..^(exponent - precision)] : "";
            if (digits.Length == precision + 1) return (digits, exponent);
            exponent += digits.Length > precision + 1 ? 1 : -1;
        }
        throw new InvalidOperationException($"no digits of {value:R}");
    }
}
