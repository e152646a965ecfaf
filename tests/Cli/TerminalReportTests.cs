using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

[Trait("Category", "Cli")]
public class TerminalReportTests
{
    private static readonly TrainingProgress s_progress = new(12, 3400, 1.23456, 1e-4, 0.98765, 0.5, 1234, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    [Fact]
    public void A_line_that_fits_is_whole() => Assert.Contains("norm 0.988  rate 1.00e-04", TerminalReport.Line(s_progress, 200));

    [Theory]
    [InlineData(79)]
    [InlineData(40)]
    public void A_narrow_line_loses_the_norm_and_then_its_end(int room)
    {
        string line = TerminalReport.Line(s_progress, room);
        Assert.InRange(line.Length, 1, room);
        Assert.DoesNotContain("norm", line);
        Assert.StartsWith("step   12/3400  loss 1.2346  rate", line);
    }
}
