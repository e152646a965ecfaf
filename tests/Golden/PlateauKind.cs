using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>The rates after each of a list of metrics.</summary>
public sealed class PlateauKind : IGoldenKind
{
    public string Kind => "plateau";

    public void Run(GoldenCase golden)
    {
        foreach (JsonElement table in golden.Settings.GetProperty("tables").EnumerateArray())
        {
            Dictionary<string, object?> arguments = table.GetProperty("kwargs").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.Number ? p.Value.GetDouble() : (object?)p.Value.ToString());
            var schedule = new PlateauSchedule(table.GetProperty("lr").GetDouble(), arguments);
            List<double> rates = [];
            foreach (JsonElement metric in table.GetProperty("metrics").EnumerateArray())
            {
                schedule.Report(metric.GetDouble());
                rates.Add(schedule.Rate);
                var other = new PlateauSchedule(table.GetProperty("lr").GetDouble(), arguments);      // going on from a saved state changes nothing
                other.Load(schedule.Save());
                schedule = other;
            }
            golden.Check(table.GetProperty("values").GetString()!, rates.ToArray());
        }
    }
}
