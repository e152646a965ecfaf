using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Warm-up steps from a share or a count.</summary>
public sealed class WarmupStepsKind : IGoldenKind
{
    public string Kind => "warmup_steps";

    public void Run(GoldenCase golden)
    {
        int[] expected = [.. golden.Json.GetProperty("expected").GetProperty("warmup_steps").EnumerateArray().Select(e => e.GetInt32())];
        int row = 0;
        foreach (JsonElement r in golden.Settings.GetProperty("rows").EnumerateArray())
        {
            int warmup = TrainingPlan.Warmup(r.GetProperty("num_training_steps").GetInt32(), r.GetProperty("warmup_steps").GetInt32(), r.GetProperty("warmup_ratio").GetDouble());
            Assert.True(warmup == expected[row], $"row {row}: {warmup} where {expected[row]} is expected");
            row++;
        }
    }
}
