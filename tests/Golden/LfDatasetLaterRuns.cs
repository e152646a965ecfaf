using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Runs inside lf_dataset cases whose stage is not built yet: told by count and reason, without skipping the case's other runs.</summary>
[Trait("Category", "Golden")]
public class LfDatasetLaterRuns
{
    /// <summary>Stages of such runs and how many there are.</summary>
    public static TheoryData<string, int> Stages()
    {
        TheoryData<string, int> data = [];
        IEnumerable<string> stages = from name in GoldenCase.List()
                                     let golden = GoldenCase.Load(Path.Combine(Repository.GoldenRoot, name))
                                     where golden.Kind == "lf_dataset"
                                     from run in golden.Settings.GetProperty("runs").EnumerateArray()
                                     let stage = LfDatasetKind.LaterStage(run)
                                     where stage is not null
                                     select stage;
        foreach (var group in stages.GroupBy(s => s).OrderBy(g => g.Key, StringComparer.Ordinal)) data.Add(group.Key, group.Count());
        if (data.Count == 0) data.Add("", 0);
        return data;
    }

    [SkippableTheory, MemberData(nameof(Stages))]
    public void Runs_of_later_stages(string stage, int count)
    {
        Skip.If(count > 0, $"lf_dataset: {count} runs of stage {stage}: the stage is not built yet");
        Assert.Equal("", stage);
    }
}
