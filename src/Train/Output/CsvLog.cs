using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>trainer_log.csv: a line for each entry, the same few columns always, an empty field where an entry has no such value.</summary>
internal sealed class CsvLog(string outputDir) : IRunLog
{
    private static readonly string[] s_columns = ["epoch", "loss", "grad_norm", "learning_rate", "eval_loss", "eval_accuracy", "tokens_per_second"];

    private readonly string _path = Path.Combine(outputDir, "trainer_log.csv");
    private FileStream? _file;

    public void Begin(string settings, int doneSteps)
    {
        Directory.CreateDirectory(outputDir);
        string head = "step," + string.Join(',', s_columns);
        // A run that goes on keeps the lines up to the place from which it goes on.
        string[] kept = doneSteps == 0 || !File.Exists(_path) ? []
            : [.. File.ReadLines(_path).Skip(1).Where(l => int.TryParse(l.Split(',')[0], CultureInfo.InvariantCulture, out int step) && step <= doneSteps)];
        AtomicFile.WriteText(_path, string.Concat(kept.Prepend(head).Select(l => l + "\n")));
        _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
    }

    public void Log(int step, IReadOnlyDictionary<string, double> values)
    {
        if (!s_columns.Skip(1).Any(values.ContainsKey)) return;     // the summary at the end has none of them
        string line = string.Create(CultureInfo.InvariantCulture, $"{step},") + string.Join(',', s_columns.Select(c => values.TryGetValue(c, out double v) ? PythonFloat.Format(v) : ""));
        try
        {
            _file!.Write(Encoding.UTF8.GetBytes(line + "\n"));
            _file.Flush();
        }
        catch (IOException e)
        {
            throw PendingFile.Fault(_path, e);
        }
    }

    public void Dispose() => _file?.Dispose();
}
