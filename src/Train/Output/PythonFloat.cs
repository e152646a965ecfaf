using System.Globalization;

namespace Pure.Tuner;

/// <summary>Numbers written and rounded as Python does it, since the files are read by and compared with Python programs.</summary>
internal static class PythonFloat
{
    /// <summary>The shortest text that reads back as the same number: 0.0005, 1e-05, 21680652288.0.</summary>
    public static string Format(double x)
    {
        if (double.IsNaN(x)) return "NaN";
        if (double.IsInfinity(x)) return x > 0 ? "Infinity" : "-Infinity";
        string shortest = x.ToString("R", CultureInfo.InvariantCulture);
        (string sign, string digits) = Digits(shortest);
        int exponent = x == 0 ? 0 : ExponentOf(shortest);
        if (exponent is < -4 or >= 16)
        {
            string mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length <= exponent + 1) return sign + digits + new string('0', exponent + 1 - digits.Length) + ".0";
        return sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>round(x, digits): half to even on the exact binary value.</summary>
    public static double Round(double x, int digits)
    {
        // 28 digits tell every double from a tie; a number beyond this size is rounded as it comes.
        if (!double.IsFinite(x) || Math.Abs(x) >= 1e7) return double.IsFinite(x) ? Math.Round(x, digits) : x;
        decimal exact = decimal.Parse(x.ToString("F28", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        double rounded = (double)Math.Round(exact, digits, MidpointRounding.ToEven);
        return rounded == 0 && double.IsNegative(x) ? -0.0 : rounded;
    }

    private static (string Sign, string Digits) Digits(string shortest)
    {
        string sign = shortest.StartsWith('-') ? "-" : "";
        string mantissa = shortest[sign.Length..].Split('E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return (sign, mantissa.Length == 0 ? "0" : mantissa);
    }

    /// <summary>The power of ten of the first digit.</summary>
    private static int ExponentOf(string shortest)
    {
        string[] parts = shortest.TrimStart('-').Split('E');
        int shift = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        int dot = parts[0].IndexOf('.', StringComparison.Ordinal);
        string whole = dot < 0 ? parts[0] : parts[0][..dot];
        string fraction = dot < 0 ? "" : parts[0][(dot + 1)..];
        if (whole.TrimStart('0') is { Length: > 0 } significant) return significant.Length - 1 + shift;
        return -(fraction.Length - fraction.TrimStart('0').Length) - 1 + shift;
    }
}
