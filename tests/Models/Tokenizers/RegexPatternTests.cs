namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class RegexPatternTests
{
    private static string Cut(string pattern, string text)
    {
        List<Match> matches = [];
        new RegexPattern(pattern).Find(text, matches);
        return string.Join("|", matches.Select(m => (m.IsMatch ? "" : "!") + text[m.Start..m.End]));
    }

    [Theory]
    [InlineData(@"a+|b", "aabxb", "aa|b|!x|b")]
    [InlineData(@"(?i:'s|'t)", "'S'ſ'T", "'S|'ſ|'T")]
    [InlineData(@"(?i)k", "K\u212Ak", "K|\u212A|k")]
    [InlineData(@"\p{L}+", "𝕳𝖊y 𝟙", "𝕳𝖊y|! 𝟙")]
    [InlineData(@"\p{N}{1,3}", "1234𝟙𝟚", "123|4𝟙𝟚")]
    [InlineData(@"\s+(?!\S)|\s+", "   x ", "  | |!x| ")]
    [InlineData(@"(?<=a)b|(?<!a)c", "abcbac", "!a|b|c|!bac")]
    [InlineData(@"[a-c&&[^b]]+", "abca", "a|!b|ca")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?+\p{L}+", "!ab 12", "!ab|! 12")]
    [InlineData(@"a*+a|b", "aab", "!aa|b")]
    [InlineData(@"(?>a|ab)c|abc", "abc", "abc")]
    [InlineData(@"(ab){2,3}", "ababababab", "ababab|abab")]
    [InlineData(@"<.*?>", "<a><b>", "<a>|<b>")]
    [InlineData(@"(a|b|)*c", "ababc", "ababc")]
    [InlineData(@"[[:alpha:]_]+", "ab_1", "ab_|!1")]
    [InlineData(@"^a|b$", "a\nab\nb", "a|!\n|a|b|!\n|b")]
    [InlineData(@"\x{1F642}|\u4f60", "🙂你", "🙂|你")]
    [InlineData(@"[一-龥]+", "ab你好", "!ab|你好")]
    [InlineData(@"\bab\b", "ab abc", "ab|! abc")]
    public void Cuts_as_oniguruma(string pattern, string text, string expected) => Assert.Equal(expected, Cut(pattern, text));

    [Theory]
    [InlineData("(a", "regex '(a': '(' without ')' at character 2")]
    [InlineData("a)", "regex 'a)': ')' without '(' at character 1")]
    [InlineData("[a", "regex '[a': '[' without ']' at character 2")]
    [InlineData(@"\p{Klingon}", @"regex '\p{Klingon}': property 'Klingon' is not known at character 11")]
    [InlineData(@"(a)\1", @"regex '(a)\1': escape '\1' is not known at character 5")]
    [InlineData("*", "regex '*': '*' with nothing to repeat at character 0")]
    public void Says_what_is_wrong(string pattern, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => new RegexPattern(pattern)).Message);

    [Theory]
    [InlineData("e\u0301", "é", 0)]
    [InlineData("é", "e\u0301", 1)]
    [InlineData("ﬁ", "ﬁ", 0)]
    [InlineData("ﬁ", "fi", 2)]
    [InlineData("\u1112\u1161\u11AB", "한", 0)]
    [InlineData("한", "\u1112\u1161\u11AB", 1)]
    [InlineData("a\u0301\u0323", "ạ\u0301", 0)]
    [InlineData("\u212B", "Å", 0)]
    [InlineData("\u0958", "\u0915\u093C", 0)]
    [InlineData("①", "1", 3)]
    public void Normal_forms(string text, string expected, int form)
    {
        var aligned = new AlignedText(text, aligned: true);
        aligned.Transform(Normalization.Apply((NormalForm)form, text));
        Assert.Equal(expected, aligned.Text);
        (int start, int end) = aligned.Span(0, expected.Length);
        Assert.InRange(start, 0, end);
    }
}
