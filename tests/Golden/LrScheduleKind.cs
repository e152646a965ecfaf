using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Tables of learning rates, past the last step too.</summary>
public sealed class LrScheduleKind : IGoldenKind
{
    public string Kind => "lr_schedule";

    public void Run(GoldenCase golden)
    {
        string type = golden.Settings.GetProperty("lr_scheduler_type").GetString()!;
        foreach (JsonElement table in golden.Settings.GetProperty("tables").EnumerateArray())
        {
            double rate = table.GetProperty("lr").GetDouble();
            int warmup = table.GetProperty("num_warmup_steps").GetInt32(), total = table.GetProperty("num_training_steps").GetInt32();
            var arguments = (table.TryGetProperty("kwargs", out JsonElement kwargs) && kwargs.ValueKind == JsonValueKind.Object ? [.. kwargs.EnumerateObject()] : Array.Empty<JsonProperty>()).ToDictionary(p => p.Name,
                p => p.Value.ValueKind switch { JsonValueKind.String => p.Value.GetString(), JsonValueKind.Null => null, JsonValueKind.True or JsonValueKind.False => p.Value.GetBoolean(), _ => (object?)p.Value.GetDouble() });
            if (table.TryGetProperty("llamafactory_defaults", out JsonElement fill) && fill.GetBoolean()) LearningRateSchedule.FillStableAndDecay(arguments, warmup, total);
            if (table.GetProperty("values").GetString() is not { } values)
            {
                Assert.Throws<UsageException>(() => new LearningRateSchedule(type, rate, warmup, total, arguments));
                continue;
            }
            var schedule = new LearningRateSchedule(type, rate, warmup, total, arguments);
            golden.Check(values, [.. Enumerable.Range(0, golden[values].Count).Select(schedule.LearningRate)]);
        }
    }
}
