using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>trainer_log.jsonl: one line per logged update, written at once, so that others can watch the run.</summary>
internal sealed class TrainerLog
{
    private readonly string _path;
    private readonly int _totalSteps;

    /// <param name="outputDir">The folder of the run.</param>
    /// <param name="totalSteps">Updates of the whole run.</param>
    /// <param name="resumeAt">The update after which a run goes on whose file is already there; later lines are taken away.</param>
    public TrainerLog(string outputDir, int totalSteps, int? resumeAt = null)
    {
        _totalSteps = totalSteps;
        _path = Path.Combine(outputDir, "trainer_log.jsonl");
        Directory.CreateDirectory(outputDir);
        if (resumeAt is { } step && File.Exists(_path)) AtomicFile.WriteText(_path, string.Concat(File.ReadLines(_path).TakeWhile(l => IsBefore(l, step)).Select(l => l + "\n")));
        else File.Delete(_path);
    }

    /// <summary>Whether a line is whole, belongs to an update up to that one, and is not the last of a finished run.</summary>
    private static bool IsBefore(string line, int step)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("current_steps").GetInt32() <= step && (json.RootElement.TryGetProperty("loss", out _) || json.RootElement.TryGetProperty("eval_loss", out _));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException) { return false; }
    }

    /// <summary>Adds a line; the last line of a run has no loss and no rate.</summary>
    public void Add(int step, double epoch, TimeSpan elapsed, double? loss = null, double? learningRate = null) =>
        File.AppendAllText(_path, Line(step, _totalSteps, epoch, elapsed, loss, learningRate) + "\n");

    /// <summary>The text of a line.</summary>
    public static string Line(int step, int totalSteps, double epoch, TimeSpan elapsed, double? loss, double? learningRate)
    {
        // The order of the keys is the contract; what has no value is left out.
        var line = new List<KeyValuePair<string, object?>> { new("current_steps", step), new("total_steps", totalSteps) };
        if (loss is { } l) line.Add(new("loss", PythonFloat.Round(l, 4)));
        if (learningRate is { } lr) line.Add(new("lr", lr));
        line.Add(new("epoch", epoch));
        line.Add(new("percentage", totalSteps == 0 ? 100.0 : PythonFloat.Round((double)step / totalSteps * 100, 2)));
        line.Add(new("elapsed_time", Clock(elapsed)));
        line.Add(new("remaining_time", Clock(TrainingProgress.Estimate(elapsed, step, totalSteps))));
        return PythonJson.Write(line, 0);
    }

    /// <summary>h:mm:ss, with days in front where there are any.</summary>
    public static string Clock(TimeSpan time)
    {
        var text = new StringBuilder();
        if (time.Days > 0) text.Append(CultureInfo.InvariantCulture, $"{time.Days} day{(time.Days == 1 ? "" : "s")}, ");
        return text.Append(CultureInfo.InvariantCulture, $"{time.Hours}:{time.Minutes:00}:{time.Seconds:00}").ToString();
    }
}
