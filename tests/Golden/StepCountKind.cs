using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Updates and epochs of a run.</summary>
public sealed class StepCountKind : IGoldenKind
{
    public string Kind => "step_count";

    public void Run(GoldenCase golden)
    {
        JsonElement[] expected = [.. golden.Json.GetProperty("expected").GetProperty("rows").EnumerateArray()];
        int row = 0;
        foreach (JsonElement r in golden.Settings.GetProperty("rows").EnumerateArray())
        {
            var plan = new TrainingPlan(r.GetProperty("examples").GetInt32(), r.GetProperty("per_device_train_batch_size").GetInt32(), r.GetProperty("gradient_accumulation_steps").GetInt32(),
                r.GetProperty("num_train_epochs").GetDouble(), r.GetProperty("max_steps").GetInt32(), r.GetProperty("dataloader_drop_last").GetBoolean());
            JsonElement e = expected[row];
            Assert.Equal((row, e.GetProperty("num_train_epochs").GetInt32(), e.GetProperty("num_update_steps_per_epoch").GetInt32(), e.GetProperty("total_steps").GetInt32()),
                (row, plan.Epochs, plan.UpdatesPerEpoch, plan.TotalSteps));
            row++;
        }
    }
}
