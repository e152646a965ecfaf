using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Python's strftime in the C locale, with the flags of the GNU library.</summary>
internal static class PyTime
{
    public static string Format(PyOps values, DateTime now, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            int from = i++;
            char flag = "-_0^#".Contains(format[i]) && i + 1 < format.Length ? format[i++] : '\0';
            string? part = Part(now, format[i]);
            if (part is null) text.Append(format, from, i + 1 - from);
            else text.Append(Flagged(part, flag));
            values.State.Text(part?.Length ?? 1);
        }
        return text.ToString();
    }

    private static string Flagged(string part, char flag)
    {
        string bare = part.TrimStart('0', ' ');
        if (bare.Length == 0 || !char.IsAsciiDigit(bare[0])) bare = part.Length > 0 && part.All(c => c is '0' or ' ') ? "0" : bare;
        return flag switch
        {
            '-' => bare.Length > 0 && char.IsAsciiDigit(bare[0]) ? bare : part,
            '_' => bare.PadLeft(part.Length),
            '0' => part.Replace(' ', '0'),
            '^' => part.ToUpperInvariant(),
            '#' => part.Any(char.IsAsciiLetterLower) ? part.ToUpperInvariant() : part.ToLowerInvariant(),
            _ => part,
        };
    }

    private static string? Part(DateTime t, char code)
    {
        string S(string format) => t.ToString(format, CultureInfo.InvariantCulture);
        string Two(int n) => n.ToString("00", CultureInfo.InvariantCulture);
        int weekday = (int)t.DayOfWeek, hour = t.Hour % 12 == 0 ? 12 : t.Hour % 12;
        return code switch
        {
            'a' => S("ddd"),
            'A' => S("dddd"),
            'b' or 'h' => S("MMM"),
            'B' => S("MMMM"),
            'c' => $"{S("ddd MMM")} {t.Day,2} {S("HH:mm:ss yyyy")}",
            'C' => Two(t.Year / 100),
            'd' => S("dd"),
            'D' or 'x' => S("MM'/'dd'/'yy"),
            'e' => t.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'f' => S("ffffff"),
            'F' => S("yyyy-MM-dd"),
            'g' => Two(ISOWeek.GetYear(t) % 100),
            'G' => ISOWeek.GetYear(t).ToString(CultureInfo.InvariantCulture),
            'H' => S("HH"),
            'I' => Two(hour),
            'j' => t.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'k' => t.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'l' => hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'm' => S("MM"),
            'M' => S("mm"),
            'n' => "\n",
            'p' => t.Hour < 12 ? "AM" : "PM",
            'P' => t.Hour < 12 ? "am" : "pm",
            'r' => $"{Two(hour)}:{S("mm:ss")} {(t.Hour < 12 ? "AM" : "PM")}",
            'R' => S("HH:mm"),
            's' => new DateTimeOffset(t).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => S("ss"),
            't' => "\t",
            'T' or 'X' => S("HH:mm:ss"),
            'u' => (weekday == 0 ? 7 : weekday).ToString(CultureInfo.InvariantCulture),
            'U' => Two((t.DayOfYear + 6 - weekday) / 7),
            'V' => Two(ISOWeek.GetWeekOfYear(t)),
            'w' => weekday.ToString(CultureInfo.InvariantCulture),
            'W' => Two((t.DayOfYear + 6 - (weekday + 6) % 7) / 7),
            'y' => S("yy"),
            'Y' => t.Year.ToString(CultureInfo.InvariantCulture),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }
}
