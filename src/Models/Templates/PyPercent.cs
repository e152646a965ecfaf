using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pure.Tuner;

/// <summary>Python's "..." % values.</summary>
internal static class PyPercent
{
    public static string Format(PyOps values, string format, object? arguments)
    {
        values.Defined(arguments);
        var text = new StringBuilder();
        IReadOnlyList<object?> list = arguments is PyTuple tuple ? tuple.Items : [arguments];
        int used = 0;
        bool named = false;
        object? Next() => used < list.Count ? list[used++] : throw values.Fail("not enough arguments for format string");
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            object? value = PyCall.Missing;
            if (++i < format.Length && format[i] == '(')
            {
                int end = format.IndexOf(')', i);
                if (end < 0) throw values.Fail("incomplete format key");
                if (arguments is not PyDict dict) throw values.Fail("format requires a mapping");
                string key = format[(i + 1)..end];
                value = dict.TryGet(key, out object? found) ? found : throw values.Fail($"format: there is no key '{key}'");
                (i, named) = (end + 1, true);
            }
            (bool left, bool zero, bool plus, bool blank, bool alternate) = (false, false, false, false, false);
            for (; i < format.Length && "-0+ #".Contains(format[i]); i++)
                _ = format[i] switch { '-' => left = true, '0' => zero = true, '+' => plus = true, ' ' => blank = true, _ => alternate = true };
            int width = Digits(ref i), precision = -1;
            if (width < 0) (left, width) = (true, -width);
            if (i < format.Length && format[i] == '.')
            {
                i++;
                precision = Math.Max(0, Digits(ref i));
            }
            while (i < format.Length && format[i] is 'l' or 'h' or 'L') i++;
            if (i >= format.Length) throw values.Fail("incomplete format");
            char type = format[i];
            if (type == '%')
            {
                text.Append('%');
                continue;
            }
            if (PyCall.IsMissing(value)) value = Next();
            (string head, string body) = One(values, value, type, precision, alternate, at: i);
            if (head.Length == 0 && type is not ('s' or 'r' or 'a' or 'c')) head = plus ? "+" : blank ? " " : "";
            int missing = width - head.Length - PyText.Length(body);
            values.State.Text(head.Length + body.Length + Math.Max(0, missing));
            bool zeros = zero && !left && type is not ('s' or 'r' or 'a' or 'c');
            if (missing > 0 && !left && !zeros) text.Append(' ', missing);
            text.Append(head);
            if (missing > 0 && zeros) text.Append('0', missing);
            text.Append(body);
            if (missing > 0 && left) text.Append(' ', missing);
        }
        if (!named && used < list.Count && arguments is not (PyDict or PyList)) throw values.Fail("not all arguments converted during string formatting");
        return text.ToString();

        int Digits(ref int i)
        {
            if (i < format.Length && format[i] == '*')
            {
                i++;
                int given = values.Int(Next(), "*");
                return Math.Abs((long)given) > PyFormat.Widest ? throw values.Fail($"a width of {given} is refused") : given;
            }
            int number = 0;
            for (; i < format.Length && char.IsAsciiDigit(format[i]); i++)
                if ((number = number * 10 + format[i] - '0') > PyFormat.Widest) throw values.Fail($"a width of more than {PyFormat.Widest} is refused");
            return number;
        }
    }

    private static (string Head, string Body) One(PyOps values, object? value, char type, int precision, bool alternate, int at)
    {
        switch (type)
        {
            case 's' or 'r' or 'a':
                string text = type == 's' ? values.Text(value) : type == 'r' ? values.Repr(value) : PyJson.Ascii(values.Repr(value));
                return ("", precision >= 0 && precision < PyText.Length(text) ? PyText.Part(text, 0, precision) : text);
            case 'c':
                if (PyOps.AsText(value) is { } c && PyText.Length(c) == 1) return ("", c);
                return PyNumbers.Whole(value) is { } code && code.Sign >= 0 && code <= 0x10FFFF && Rune.IsValid((int)code) ? ("", new Rune((int)code).ToString()) : throw values.Fail("%c requires int or char");
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                BigInteger whole = PyNumbers.Whole(value) ?? (value is double d && (type is 'd' or 'i' or 'u') && double.IsFinite(d) ? new BigInteger(d)
                    : throw values.Fail($"%{type} format: {(type is 'd' or 'i' or 'u' ? "a real number" : "an integer")} is required, not {PyOps.TypeName(value)}"));
                BigInteger size = BigInteger.Abs(whole);
                string digits = type switch { 'x' => PyFormat.Based(size, 4), 'X' => PyFormat.Based(size, 4).ToUpperInvariant(), 'o' => PyFormat.Based(size, 3), _ => values.Whole(size) };
                if (precision > digits.Length) digits = digits.PadLeft(precision, '0');
                return ((whole.Sign < 0 ? "-" : "") + (alternate && (type is 'x' or 'X' or 'o') ? "0" + type : ""), digits);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                double real = PyNumbers.Real(value) ?? throw values.Fail($"must be real number, not {PyOps.TypeName(value)}");
                string number = PyFormat.Number(real, type, precision < 0 ? 6 : precision, alternate);
                return number.StartsWith('-') ? ("-", number[1..]) : ("", number);
            default:
                throw values.Fail(string.Create(CultureInfo.InvariantCulture, $"unsupported format character '{type}' (0x{(int)type:x}) at index {at}"));
        }
    }
}
