namespace Pure.Tuner.Pretrain;

/// <summary>Small help with English.</summary>
internal static class English
{
    private static readonly string[] s_small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
    private static readonly string[] s_tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    /// <summary>A number below 100 in words.</summary>
    public static string Words(int number) =>
        number < 20 ? s_small[number] : number % 10 == 0 ? s_tens[number / 10] : $"{s_tens[number / 10]}-{s_small[number % 10]}";

    /// <summary>The text with its first letter large.</summary>
    public static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>The word with "a" or "an" before it.</summary>
    public static string A(string word) => ("aeiou".Contains(word[0]) ? "an " : "a ") + word;

    /// <summary>a, b and c</summary>
    public static string And(params IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    /// <summary>A made-up name that is none of the world's.</summary>
    public static string StrangeName(Draw draw)
    {
        string name = "";
        int syllables = draw.Between(1, 3);
        for (int i = 0; i < syllables; i++)
            name += draw.Of("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "y", "z") + draw.Of("a", "e", "i", "o", "u", "ai", "ea", "oo") + (i == syllables - 1 || draw.OneIn(3) ? draw.Of("", "l", "m", "n", "r", "s", "t", "x", "ck", "nd") : "");
        return World.Knows(Capital(name)) ? StrangeName(draw) : Capital(name);
    }

    /// <summary>A made-up place.</summary>
    public static string StrangePlace(Draw draw) => StrangeName(draw) + draw.Of("", "", " Bay", " Hill", " Rock", " Cove", " Wood");
}
