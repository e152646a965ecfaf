using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

[Trait("Category", "Cli")]
public class ArgumentsTests
{
    private static Arguments Parse(params string[] args) => Arguments.Parse("ops", args, "json");

    [Theory]
    [InlineData("op=linear")]
    [InlineData("--op=linear")]
    [InlineData("--op", "linear")]
    public void One_setting_three_ways(params string[] args) => Assert.Equal("linear", Parse(args).Text("op"));

    [Fact]
    public void Words_flags_and_settings_mix()
    {
        Arguments a = Parse("check", "--json", "file.yaml", "op=a=b", "--warmup-ms", "5", "--debug", "false", "n=-1");
        Assert.Equal(["check", "file.yaml"], a.Words);
        Assert.True(a.Flag("json"));
        Assert.Equal("a=b", a.Text("op"));
        Assert.Equal(5, a.Int("warmup_ms", 1));
        Assert.False(a.Flag("debug"));
        Assert.Equal(-1, a.Int("n", 0, least: -5));
        Assert.Equal(7, a.Int("missing", 7));
        Assert.Null(a.IntOrNull("missing"));
        Assert.Equal(["json", "op", "warmup_ms", "debug", "n"], a.Settings.Keys);
        a.RejectUnknown(words: 2);
    }

    [Fact] public void An_empty_value_is_a_value() => Assert.Equal("", Parse("op=").Text("op"));
    [Fact] public void A_missing_value() => Refuses("ops: --op: a value is missing (write --op=... for a value that begins with --)", () => Parse("--op", "--json"));
    [Fact] public void A_missing_value_at_the_end() => Refuses("ops: --op: a value is missing", () => Parse("--op"));
    [Fact] public void Twice() => Refuses("ops: op is given twice: a and b", () => Parse("op=a", "--op", "b"));
    [Fact] public void No_number() => Refuses("ops: rows: 'many' is not a whole number of at least 1", () => Parse("rows=many").Int("rows", 2, least: 1));
    [Fact] public void Too_small() => Refuses("ops: rows: '0' is not a whole number of at least 1", () => Parse("rows=0").IntOrNull("rows", least: 1));
    [Fact] public void No_truth() => Refuses("ops: json: 'perhaps' is neither true nor false", () => Parse("json=perhaps").Flag("json"));

    [Fact]
    public void What_nobody_asked_for_is_left_to_the_recipe()
    {
        Arguments a = Parse("m.gguf", "prompt=hello", "template=chatml", "seed=1");
        Assert.Equal("hello", a.Text("prompt"));
        Assert.Equal(["template=chatml", "seed=1"], Overrides.Of(a));
    }

    [Fact]
    public void One_word_or_none()
    {
        Assert.Equal("a", Parse("a").OneWordOrNone("which?"));
        Assert.Null(Parse("op=linear").OneWordOrNone("which?"));
        Refuses("ops: which?", () => Parse().OneWordOrNone("which?"));
        Refuses("ops: 'b' is one word too many", () => Parse("a", "b").OneWordOrNone("which?"));
    }

    [Fact]
    public void Unknown_with_the_nearest_name()
    {
        Arguments a = Parse("bakend=cpu");
        a.Text("backend");
        a.Text("op");
        Refuses("ops: there is no option 'bakend'; did you mean 'backend'?", () => a.RejectUnknown());
        Refuses("ops: 'b' is one word too many", () => Parse("a", "b").RejectUnknown(words: 1));
    }

    private static void Refuses(string message, Action action) => Assert.Equal(message, Assert.Throws<UsageException>(action).Message);
}
