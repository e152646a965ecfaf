using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Numbers and quoted texts as they are written in a template.</summary>
internal static partial class JinjaLiterals
{
    /// <summary>The number at a place: its length, its value and whether it is a float; null when it has too many digits.</summary>
    public static (int Length, object Value, bool Real)? Number(string text, int at)
    {
        System.Text.RegularExpressions.Match real = Real().Match(text, at);
        if (real.Success && (at == 0 || text[at - 1] != '.'))
            return (real.Length, double.Parse(real.ValueSpan.ToString().Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture), true);
        System.Text.RegularExpressions.Match whole = Whole().Match(text, at);
        string digits = whole.Value.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        if (digits.Length > PyNumbers.MaxDigits) return null;
        BigInteger value = digits.Length > 1 && digits[1] is 'x' or 'o' or 'b'
            ? digits[2..].Aggregate(BigInteger.Zero, (sum, c) => sum * (digits[1] == 'x' ? 16 : digits[1] == 'o' ? 8 : 2) + Convert.ToInt32(c.ToString(), 16))
            : BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        return (whole.Length, PyNumbers.Normal(value), false);
    }

    /// <summary>A quoted text with its escapes resolved, by the rules of Python's unicode-escape; null where that would fail.</summary>
    public static string? Unescape(string raw)
    {
        if (!raw.Contains('\\')) return raw;
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }
            if (++i >= raw.Length) return null;
            char c = raw[i];
            int hex = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (hex > 0)
            {
                if (i + hex >= raw.Length || !int.TryParse(raw.AsSpan(i + 1, hex), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || code is < 0 or > 0x10FFFF) return null;
                if (code > 0xFFFF) text.Append(char.ConvertFromUtf32(code));
                else text.Append((char)code);
                i += hex;
            }
            else if (c is >= '0' and <= '7')
            {
                int value = 0, n = 0;
                for (; n < 3 && i + n < raw.Length && raw[i + n] is >= '0' and <= '7'; n++) value = value * 8 + raw[i + n] - '0';
                text.Append((char)value);
                i += n - 1;
            }
            else if (c == 'N') return null;   // character names are not at hand
            else if (c > 127) text.Append(Escaped(raw, ref i));
            else if (c != '\n') text.Append(c switch { 'n' => "\n", 't' => "\t", 'r' => "\r", 'a' => "\a", 'b' => "\b", 'f' => "\f", 'v' => "\v", '\\' => "\\", '\'' => "'", '"' => "\"", _ => "\\" + c });
        }
        return text.ToString();
    }

    // The reference makes such a character \xe9 first, whose backslash the one in front then takes.
    private static string Escaped(string raw, ref int i)
    {
        int code = raw[i];
        if (char.IsHighSurrogate(raw[i]) && i + 1 < raw.Length && char.IsLowSurrogate(raw[i + 1])) code = char.ConvertToUtf32(raw[i], raw[++i]);
        return code < 0x100 ? $"\\x{code:x2}" : code < 0x10000 ? $"\\u{code:x4}" : $"\\U{code:x8}";
    }

    [GeneratedRegex(@"\G(0[bB](_?[01])+|0[oO](_?[0-7])+|0[xX](_?[0-9a-fA-F])+|[1-9](_?[0-9])*|0(_?0)*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();

    [GeneratedRegex(@"\G(?>[0-9]+(_[0-9]+)*)((\.(?>[0-9]+(_[0-9]+)*))?[eE][+\-]?(?>[0-9]+(_[0-9]+)*)|\.(?>[0-9]+(_[0-9]+)*))", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Real();
}
