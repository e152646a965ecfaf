using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>trainer_log.jsonl: one line per logged update, written at once, so that others can watch the run.</summary>
internal sealed class TrainerLog
{
    private readonly string _path;
    private readonly int _totalSteps;
    private readonly StringBuilder _unwritten = new();
    private long _length;

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
        _length = File.Exists(_path) ? new FileInfo(_path).Length : 0;
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
        Add(new TrainerLogLine(step, _totalSteps, elapsed) { Epoch = epoch, Loss = loss, LearningRate = learningRate });

    /// <summary>Adds a line with what else a run has to say: evaluations, rewards, tokens.</summary>
    /// <remarks>Where the disk has no room the line waits for the next one: a log is no reason to lose a run.</remarks>
    public void Add(TrainerLogLine line)
    {
        _unwritten.Append(line.ToJson()).Append('\n');
        byte[] text = Encoding.UTF8.GetBytes(_unwritten.ToString());
        try
        {
            using var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, 1);
            file.SetLength(_length);                              // a line of which only a part found room goes
            file.Position = _length;
            file.Write(text);
            _length += text.Length;
            _unwritten.Clear();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

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
