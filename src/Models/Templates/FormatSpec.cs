using System.Text;

namespace Pure.Tuner;

/// <summary>A format specification of Python, taken apart.</summary>
internal sealed class FormatSpec
{
    public string Fill { get; private set; } = " ";
    public char Align { get; private set; }
    public char Sign { get; private set; }
    public bool Alternate { get; private set; }
    public int Width { get; private set; }
    public char Grouping { get; private set; }
    public int Precision { get; private set; } = -1;
    public char Type { get; private set; }

    /// <summary>False where the text is no specification.</summary>
    public bool Read(string spec)
    {
        string[] c = [.. PyText.Characters(spec)];
        int i = 0;
        bool IsAlign(int at) => at < c.Length && c[at] is "<" or ">" or "=" or "^";
        if (c.Length > 1 && IsAlign(1)) (Fill, Align, i) = (c[0], c[1][0], 2);
        else if (IsAlign(0)) (Align, i) = (c[0][0], 1);
        if (i < c.Length && c[i] is "+" or "-" or " ") Sign = c[i++][0];
        if (i < c.Length && c[i] == "z") i++;
        if (i < c.Length && c[i] == "#") (Alternate, i) = (true, i + 1);
        if (i < c.Length && c[i] == "0")
        {
            if (Align == '\0') (Fill, Align) = ("0", '=');
            i++;
        }
        if (!Digits(c, ref i, out int width)) return false;
        Width = Math.Max(0, width);
        if (i < c.Length && c[i] is "," or "_") Grouping = c[i++][0];
        if (i < c.Length && c[i] == ".")
        {
            i++;
            if (!Digits(c, ref i, out int precision) || precision < 0) return false;
            Precision = precision;
        }
        if (i < c.Length) Type = c[i++][0];
        return i == c.Length;
    }

    private static bool Digits(string[] c, ref int i, out int value)
    {
        value = -1;
        for (; i < c.Length && c[i].Length == 1 && char.IsAsciiDigit(c[i][0]); i++)
        {
            value = Math.Max(0, value) * 10 + c[i][0] - '0';
            if (value > PyFormat.Widest) return false;
        }
        return true;
    }

    /// <summary>Filled up to the width; "=" fills between the head (a sign) and the rest.</summary>
    public string Pad(string head, string text, char align)
    {
        int missing = Width - PyText.Length(text) - head.Length;
        if (missing <= 0) return head + text;
        if (Align != '\0') align = Align;
        int left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
        string before = Repeat(left), after = Repeat(missing - left);
        return align == '=' ? head + before + text : before + head + text + after;
    }

    private string Repeat(int count) => string.Concat(Enumerable.Repeat(Fill, count));

    /// <summary>A number with sign, grouped digits and what follows.</summary>
    public string Number(bool negative, string prefix, string digits, string rest, int group)
    {
        string head = (negative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "") + prefix;
        if (Grouping != '\0')
        {
            // Filling with zeros goes on with the groups.
            if (Align == '=' && Fill == "0")
                while (head.Length + Grouped(digits, group).Length + rest.Length < Width && Grouped("0" + digits, group).Length + head.Length + rest.Length <= Width + 1) digits = "0" + digits;
            digits = Grouped(digits, group);
        }
        return Pad(head, digits + rest, '>');
    }

    private string Grouped(string digits, int group)
    {
        var text = new StringBuilder(digits);
        for (int at = digits.Length - group; at > 0; at -= group) text.Insert(at, Grouping);
        return text.ToString();
    }
}
