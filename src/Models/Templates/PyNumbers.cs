using System.Globalization;
using System.Numerics;

namespace Pure.Tuner;

/// <summary>Numbers as Python prints and reads them.</summary>
internal static class PyNumbers
{
    /// <summary>Most digits of a whole number as text, as in Python.</summary>
    public const int MaxDigits = 4300;

    /// <summary>Most bits of a whole number: what is longer would only cost time.</summary>
    public const int MaxBits = 200_000;

    /// <summary>A long where it fits.</summary>
    public static object Normal(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>bool, long or BigInteger as a BigInteger; null for all else.</summary>
    public static BigInteger? Whole(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long l => l,
        BigInteger big => big,
        _ => null,
    };

    /// <summary>Any number as a float; null for all else.</summary>
    public static double? Real(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long l => l,
        double d => d,
        BigInteger big => (double)big,
        _ => null,
    };

    /// <summary>repr of a float: the fewest digits that give it back, an exponent below 1e-4 and from 1e16.</summary>
    public static string Text(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        (string sign, string digits, int exponent) = Digits(value);
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        return digits.Length <= exponent + 1
            ? sign + digits + new string('0', exponent + 1 - digits.Length) + ".0"
            : sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>Sign, shortest digits, and the power of ten of the first one.</summary>
    private static (string Sign, string Digits, int Exponent) Digits(double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        string sign = double.IsNegative(value) ? "-" : "";
        if (value == 0) return (sign, "0", 0);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = (e < 0 ? shortest : shortest[..e]).TrimStart('-');
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string all = mantissa.Replace(".", "", StringComparison.Ordinal);
        int first = all.AsSpan().IndexOfAnyExcept('0');
        int exponent = (e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)) + (point < 0 ? mantissa.Length : point) - 1 - first;
        string digits = all[first..].TrimEnd('0');
        return (sign, digits.Length == 0 ? "0" : digits, exponent);
    }

    /// <summary>A whole number from text by Python's int(): blanks around, a sign, single underscores; null where it is none.</summary>
    public static object? ParseWhole(string text, int numberBase = 10)
    {
        string t = PyText.TrimEnd(PyText.TrimStart(text)).ToLowerInvariant();
        bool negative = t.StartsWith('-');
        if (t.Length > 0 && t[0] is '-' or '+') t = t[1..];
        string prefix = t.Length > 1 && t[0] == '0' ? t[1] switch { 'x' => "0x", 'o' => "0o", 'b' => "0b", _ => "" } : "";
        int own = prefix switch { "0x" => 16, "0o" => 8, "0b" => 2, _ => 0 };
        if (own > 0 && (numberBase == own || numberBase == 0)) (t, numberBase) = (t[2..].TrimStart('_'), own);
        else if (numberBase == 0) numberBase = 10;
        if (t.Length == 0 || t.StartsWith('_') || t.EndsWith('_') || t.Contains("__", StringComparison.Ordinal)) return null;
        t = t.Replace("_", "", StringComparison.Ordinal);
        if (t.Length > MaxDigits) return null;
        BigInteger sum = 0;
        foreach (System.Text.Rune c in t.EnumerateRunes())
        {
            int digit = c.Value is >= 'a' and <= 'z' ? c.Value - 'a' + 10 : System.Text.Rune.IsDigit(c) ? (int)System.Text.Rune.GetNumericValue(c) : 99;
            if (digit >= numberBase) return null;
            sum = sum * numberBase + digit;
        }
        return Normal(negative ? -sum : sum);
    }

    /// <summary>A float from text by Python's float(); null where it is none.</summary>
    public static double? ParseReal(string text)
    {
        string t = PyText.TrimEnd(PyText.TrimStart(text)).ToLowerInvariant();
        string bare = t.TrimStart('+', '-');
        if (t.Length - bare.Length > 1) return null;
        double sign = t.StartsWith('-') ? -1 : 1;
        if (bare is "inf" or "infinity") return sign * double.PositiveInfinity;
        if (bare == "nan") return double.NaN;
        for (int i = 0; i < bare.Length; i++)
            if (bare[i] == '_' && !(i > 0 && i + 1 < bare.Length && char.IsAsciiDigit(bare[i - 1]) && char.IsAsciiDigit(bare[i + 1]))) return null;
        bare = bare.Replace("_", "", StringComparison.Ordinal);
        if (bare.Length == 0 || bare.AsSpan().IndexOfAnyExcept("0123456789.e+-") >= 0) return null;
        return double.TryParse(bare, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value) ? sign * value : null;
    }

    /// <summary>Python's round(): half to even on the exact decimal value.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 322) return value;
        if (digits < -308) return 0 * value;
        return double.Parse(Fixed(value, digits), CultureInfo.InvariantCulture);
    }

    /// <summary>The value with so many decimals, exactly rounded, half to even; negative digits round before the point.</summary>
    public static string Fixed(double value, int digits)
    {
        // A float is a whole number times a power of two, so its decimal digits can be had exactly.
        long bits = BitConverter.DoubleToInt64Bits(value);
        int power = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = bits & 0xFFFFFFFFFFFFF;
        if (power == 0) power++;
        else mantissa |= 1L << 52;
        power -= 1075;
        BigInteger top = mantissa * (power > 0 ? BigInteger.One << power : 1) * (digits > 0 ? BigInteger.Pow(10, digits) : 1);
        BigInteger bottom = (power < 0 ? BigInteger.One << -power : 1) * (digits < 0 ? BigInteger.Pow(10, -digits) : 1);
        BigInteger whole = BigInteger.DivRem(top, bottom, out BigInteger rest);
        int half = (rest * 2).CompareTo(bottom);
        if (half > 0 || (half == 0 && !whole.IsEven)) whole++;
        if (digits < 0) whole *= BigInteger.Pow(10, -digits);
        string text = whole.ToString(CultureInfo.InvariantCulture);
        if (digits > 0)
        {
            text = text.PadLeft(digits + 1, '0');
            text = text[..^digits] + "." + text[^digits..];
        }
        return (double.IsNegative(value) ? "-" : "") + text;
    }
}
