using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>trainer_log.jsonl: one line per logged update, written at once, so that others can watch the run.</summary>
internal sealed class TrainerLog
{
    private readonly string _path;
    private readonly int _totalSteps;

    /// <param name="outputDir">The folder of the run.</param>
    /// <param name="totalSteps">Updates of the whole run.</param>
    /// <param name="append">Go on with the file of a run that is resumed.</param>
    public TrainerLog(string outputDir, int totalSteps, bool append = false)
    {
        _totalSteps = totalSteps;
        _path = Path.Combine(outputDir, "trainer_log.jsonl");
        Directory.CreateDirectory(outputDir);
        if (!append) File.Delete(_path);
    }

    /// <summary>Adds a line; the last line of a run has no loss and no rate.</summary>
    public void Add(int step, double epoch, TimeSpan elapsed, double? loss = null, double? learningRate = null) =>
        Add(new TrainerLogLine(step, _totalSteps, elapsed) { Epoch = epoch, Loss = loss, LearningRate = learningRate });

    /// <summary>Adds a line with what else a run has to say: evaluations, rewards, tokens.</summary>
    public void Add(TrainerLogLine line) => File.AppendAllText(_path, line.ToJson() + "\n");

    /// <summary>Adds a line on the way of an evaluation without training, for every fifth batch; false for the others.</summary>
    public bool AddProgress(int batch, TimeSpan elapsed)
    {
        if (batch % 5 != 0) return false;
        Add(new TrainerLogLine(batch, _totalSteps, elapsed));
        return true;
    }

    /// <summary>The text of a line.</summary>
    public static string Line(int step, int totalSteps, double epoch, TimeSpan elapsed, double? loss, double? learningRate) =>
        new TrainerLogLine(step, totalSteps, elapsed) { Epoch = epoch, Loss = loss, LearningRate = learningRate }.ToJson();

    /// <summary>h:mm:ss, with days in front where there are any.</summary>
    public static string Clock(TimeSpan time)
    {
        var text = new StringBuilder();
        if (time.Days > 0) text.Append(CultureInfo.InvariantCulture, $"{time.Days} day{(time.Days == 1 ? "" : "s")}, ");
        return text.Append(CultureInfo.InvariantCulture, $"{time.Hours}:{time.Minutes:00}:{time.Seconds:00}").ToString();
    }
}
