using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>Tells a run on the terminal: one line that moves, or plain lines when piped.</summary>
internal sealed class TerminalReport(CommandContext context) : ITrainingReport
{
    private readonly bool _live = ReferenceEquals(context.Output, Console.Out) && !Console.IsOutputRedirected;
    private bool _open;
    private long _told = Environment.TickCount64;

    /// <summary>Tokens of the row that is shown before the first step.</summary>
    private const int SampleTokens = 160;

    /// <summary>Between two lines about work that is under way, where the output is no terminal.</summary>
    private const int QuietMilliseconds = 20_000;

    public void Notice(string line)
    {
        EndLine();
        context.Output.WriteLine(line);
    }

    public void Begin(TrainingSummary s)
    {
        long all = s.Model.Decoder.Weights.Sum(p => p.Shape.Count) + (s.Model.Adapter?.Parameters.Sum(p => p.Shape.Count) ?? 0);
        Notice(Text($"model       {s.Model.Source}: {s.Model.Decoder.Config.ModelType}, {all:N0} parameters, on {s.Model.Backend.Name}"));
        RunData data = s.Setup.Data;
        if (data.Stream is null)
        {
            Notice(Text($"data        {data.Counts.Kept:N0} rows{(data.Counts.Dropped > 0 ? Text($" ({data.Counts.Dropped:N0} left out)") : "")}{(data.Train.Count != data.Counts.Kept ? Text($", joined to {data.Train.Count:N0}") : "")}, {data.Train.Sum(r => (long)r.Ids.Length - r.Padding):N0} tokens, longest row {data.Train.Max(r => r.Ids.Length):N0}"));
        }
        else Notice("data        read while training goes on");
        foreach ((string name, IReadOnlyList<EncodedRow> rows) in data.Evaluation) Notice(Text($"evaluation  {rows.Count:N0} rows{(name.Length > 0 ? " of " + name : "")}"));
        if (data.Sample is { } sample)
        {
            bool colour = _live && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };
            Notice($"first row   {(colour ? "green is learned" : $"learned between {SampleView.Open} and {SampleView.Close}")}");
            foreach (string line in SampleView.Text(sample, s.Setup.Chat.Tokens, colour, SampleTokens).TrimEnd('\n').Split('\n')) Notice("  " + line);
        }
        Notice(Text($"trained     {s.TrainedElements:N0} parameters ({100.0 * s.TrainedElements / all:F2} %)"));
        Notice(Text($"steps       {s.Plan.TotalSteps:N0} of {s.Plan.BatchSize} x {s.Plan.Accumulation} rows, {s.Plan.Epochs} epoch{(s.Plan.Epochs == 1 ? "" : "s")}, warm-up {s.Plan.WarmupSteps}"));
        if (s.Memory is null) return;
        Notice(s.Memory.ToString());
        if (s.Memory.Notice is { } notice) Notice(notice);
    }

    public void Step(TrainingProgress p)
    {
        string line = Line(p, _live && Console.WindowWidth is > 1 and var width ? width - 1 : int.MaxValue);
        if (_live)
        {
            context.Output.Write("\r" + line + "\u001b[K");
            _open = true;
            if (p.Step == p.TotalSteps) EndLine();
        }
        else context.Output.WriteLine(line);
    }

    public void Working(string what, int done, int all)
    {
        if (all == 0) return;
        string line = Text($"{what,-11} {done:N0} of {all:N0}");
        if (!_live)
        {
            // In a file a line every now and then says that it lives; short work stays silent.
            if (done <= 1) _told = Environment.TickCount64;
            if (Environment.TickCount64 - _told < QuietMilliseconds) return;
            _told = Environment.TickCount64;
            context.Output.WriteLine(line);
            return;
        }
        context.Output.Write("\r" + line + "\u001b[K");
        _open = true;
        if (done == all) EndLine();
    }

    public void Evaluated(int step, IReadOnlyDictionary<string, double> metrics) =>
        Notice(Text($"evaluated   step {step}: {string.Join(", ", metrics.Where(m => !IsTime(m.Key)).Select(m => Text($"{m.Key} {m.Value:F4}")))}"));

    public void End(RunEnd end)
    {
        EndLine();
        if (end.Training is { } results)
            context.Output.WriteLine(Text($"done        mean loss {results.TrainLoss:F4} in {TrainerLog.Clock(results.Runtime)}, {end.TokensPerSecond:F0} tokens/s, peak memory {ProcessMemory.PeakMiB():N0} MiB"));
        foreach ((string key, double value) in end.Metrics.Where(m => !IsTime(m.Key))) context.Output.WriteLine(Text($"{key,-24} {value:F4}"));
        foreach (AnswerPair pair in end.Answers)
        {
            context.Output.WriteLine();
            context.Output.WriteLine($"question    {OneLine(pair.Question)}");
            context.Output.WriteLine($"  before    {OneLine(pair.Before)}");
            context.Output.WriteLine($"  after     {OneLine(pair.After)}");
            context.Output.WriteLine($"  wanted    {OneLine(pair.Wanted)}");
        }
        context.Output.WriteLine();
        context.Output.WriteLine(end.Training is null ? $"results in {end.Output}" : $"saved in {end.Output}; talk to it with: pure-tuner chat {end.Output}");
    }

    private static bool IsTime(string key) => key.EndsWith("_runtime", StringComparison.Ordinal) || key.EndsWith("_time", StringComparison.Ordinal) || key.EndsWith("_per_second", StringComparison.Ordinal) || key is "epoch";

    /// <summary>The line of a step in at most so many characters: the gradient's norm goes first, then the end is cut.</summary>
    internal static string Line(TrainingProgress p, int room)
    {
        string line = With(Text($"  norm {p.GradNorm:F3}"));
        if (line.Length > room) line = With("");
        return line.Length > room ? line[..room] : line;

        string With(string norm) => Text($"step {p.Step,4}/{p.TotalSteps}  loss {p.Loss:F4}{norm}  rate {p.LearningRate:0.00e+00}  epoch {p.Epoch:F2}  {p.TokensPerSecond:F0} tokens/s  left {TrainerLog.Clock(p.Remaining)}");
    }

    /// <summary>Ends a line that was being rewritten.</summary>
    public void EndLine()
    {
        if (!_open) return;
        context.Output.WriteLine();
        _open = false;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 160 ? line : line[..157] + "...";
    }
}
