using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>Tells a run on the terminal: one line that moves, or plain lines when piped.</summary>
internal sealed class TerminalReport(CommandContext context) : ITrainingReport
{
    private readonly bool _live = ReferenceEquals(context.Output, Console.Out) && !Console.IsOutputRedirected;
    private bool _open;

    public void Notice(string line)
    {
        EndLine();
        context.Output.WriteLine(line);
    }

    public void Begin(TrainingSummary s)
    {
        long all = s.Model.Decoder.Parameters.Sum(p => p.Shape.Count) + (s.Model.Adapter?.Parameters.Sum(p => p.Shape.Count) ?? 0);
        int longest = s.Rows.Max(r => r.Ids.Length);
        Notice(Text($"model       {s.Model.Source}: {s.Model.Decoder.Config.ModelType}, {all:N0} parameters, on {s.Model.Backend.Name}"));
        Notice(Text($"data        {s.RowsKept:N0} rows{(s.RowsDropped > 0 ? Text($" ({s.RowsDropped:N0} left out)") : "")}, {s.Rows.Sum(r => (long)r.Ids.Length):N0} tokens, longest row {longest:N0}"));
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

    public void End(TrainResults results, double tokensPerSecond, IReadOnlyList<AnswerPair> answers, string output)
    {
        EndLine();
        context.Output.WriteLine(Text($"done        mean loss {results.TrainLoss:F4} in {TrainerLog.Clock(results.Runtime)}, {tokensPerSecond:F0} tokens/s, peak memory {ProcessMemory.PeakMiB():N0} MiB"));
        foreach (AnswerPair pair in answers)
        {
            context.Output.WriteLine();
            context.Output.WriteLine($"question    {OneLine(pair.Question)}");
            context.Output.WriteLine($"  before    {OneLine(pair.Before)}");
            context.Output.WriteLine($"  after     {OneLine(pair.After)}");
            context.Output.WriteLine($"  wanted    {OneLine(pair.Wanted)}");
        }
        context.Output.WriteLine();
        context.Output.WriteLine($"saved in {output}; talk to it with: pure-tuner chat {output}");
    }

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
