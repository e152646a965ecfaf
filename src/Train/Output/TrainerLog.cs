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
    /// <param name="resumed">The state that a run goes on from: the file is made to hold what its history holds, and nothing later. Null for a run that begins.</param>
    /// <param name="before">Time of the run up to there.</param>
    public TrainerLog(string outputDir, int totalSteps, TrainerState? resumed = null, TimeSpan before = default)
    {
        _totalSteps = totalSteps;
        _path = Path.Combine(outputDir, "trainer_log.jsonl");
        Directory.CreateDirectory(outputDir);
        if (resumed is not null) AtomicFile.WriteText(_path, Restored(resumed, before));
        else File.Delete(_path);
        _length = File.Exists(_path) ? new FileInfo(_path).Length : 0;
    }

    /// <summary>The lines of the history: as they stand in the file, or made again where the disk had no room for them.</summary>
    private string Restored(TrainerState state, TimeSpan before)
    {
        var written = new Dictionary<(int Step, bool IsUpdate), string>();
        foreach (string line in File.Exists(_path) ? File.ReadLines(_path) : [])
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(line);
                // The last line of a finished run has neither: it comes again at the end.
                if (json.RootElement.TryGetProperty("loss", out _) || json.RootElement.TryGetProperty("eval_loss", out _))
                    written.TryAdd((json.RootElement.GetProperty("current_steps").GetInt32(), json.RootElement.TryGetProperty("loss", out _)), line);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException) { }
        }
        var text = new StringBuilder();
        foreach (IReadOnlyDictionary<string, object?> entry in state.LogHistory)
        {
            double? Number(string key) => entry.TryGetValue(key, out object? value) && value is not null and not string ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
            bool isUpdate = entry.ContainsKey("loss");
            if (!isUpdate && !entry.Keys.Any(k => k.StartsWith("eval_", StringComparison.Ordinal))) continue;
            int step = (int)(Number("step") ?? 0);
            text.Append(written.GetValueOrDefault((step, isUpdate)) ?? new TrainerLogLine(step, _totalSteps, before * ((double)step / Math.Max(1, state.GlobalStep)))
            {
                Loss = Number("loss"),
                EvalLoss = Number("eval_loss"),
                LearningRate = Number("learning_rate"),
                Epoch = Number("epoch"),
                TotalTokens = (long)(Number("num_input_tokens_seen") ?? 0),
            }.ToJson()).Append('\n');
        }
        return text.ToString();
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
