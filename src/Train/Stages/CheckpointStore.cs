using System.Globalization;

namespace Pure.Tuner;

/// <summary>The checkpoint-N folders of a run: each complete or absent, however the run ends.</summary>
/// <param name="output">The folder of the run.</param>
/// <param name="limit">How many are kept; null keeps all.</param>
internal sealed class CheckpointStore(string output, int? limit)
{
    private const string Prefix = "checkpoint-";

    /// <summary>The checkpoints of a folder in order of their steps.</summary>
    internal static List<string> All(string output) =>
        !Directory.Exists(output) ? [] : [.. Directory.EnumerateDirectories(output, Prefix + "*").Where(d => StepOf(d) >= 0).OrderBy(StepOf)];

    /// <summary>N of checkpoint-N, or -1.</summary>
    internal static int StepOf(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        return name.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1;
    }

    /// <summary>Writes checkpoint-N; where the disk is full or cannot be written, tries a place of rescue before it gives up.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <param name="best">A checkpoint that must stay whatever the limit.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="IOException">It could not be written here; the sentence says what was saved where.</exception>
    internal string Save(int step, Action<string> write, string? best = null)
    {
        string place = Path.Combine(output, Prefix + step.ToString(CultureInfo.InvariantCulture));
        try { Write(place, write); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Rescued(step, write, e); }
        Rotate(step, best);
        return place;
    }

    /// <summary>Takes away what a killed run may have left half done.</summary>
    internal static void Sweep(string output)
    {
        if (!Directory.Exists(output)) return;
        foreach (string left in Directory.EnumerateDirectories(output, "." + Prefix + "*")) Directory.Delete(left, recursive: true);
        foreach (string left in Directory.EnumerateFiles(output, ".*.tmp")) File.Delete(left);
    }

    /// <summary>Where a state is kept that its own disk has no room for.</summary>
    internal static string RescueFolder(string output) =>
        Path.Combine(Path.GetTempPath(), "pure-tuner-rescue", $"{Path.GetFileName(Path.GetFullPath(output))}-{Environment.ProcessId}");

    private static void Write(string place, Action<string> write)
    {
        using var folder = new AtomicFolder(place);
        write(folder.Folder);
        folder.Commit();
    }

    private IOException Rescued(int step, Action<string> write, Exception fault)
    {
        string rescue = Path.Combine(RescueFolder(output), Prefix + step.ToString(CultureInfo.InvariantCulture));
        string reason = Reason(fault);
        try
        {
            Write(rescue, write);
            return new IOException($"{output}: step {step} could not be saved there ({reason}), so it is saved in {rescue}; make room and go on with resume_from_checkpoint={rescue}", fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string last = All(output).LastOrDefault() is { } before ? $"the last one that is saved is {before}; make room and go on with resume_from_checkpoint={before}" : "nothing was saved before; make room and start again";
            return new IOException($"{output}: step {step} could not be saved there ({reason}) nor in {rescue} ({Reason(e)}); {last}", fault);
        }
    }

    /// <summary>The fault of the disk in a few words.</summary>
    internal static string Reason(Exception e)
    {
        string text = (e is IOException { InnerException: IOException inner } ? inner : e).Message;
        int path = text.IndexOf(" : '", StringComparison.Ordinal);
        return (path > 0 ? text[..path] : text).TrimEnd('.');
    }

    private void Rotate(int step, string? best)
    {
        if (limit is not { } most) return;
        List<string> mine = All(output).FindAll(c => StepOf(c) <= step);
        string? kept = best is null ? null : Path.GetFullPath(best);
        List<string> spare = mine.FindAll(c => StepOf(c) != step && Path.GetFullPath(c) != kept);
        int others = mine.Count - spare.Count;                    // this one, and the best
        for (int i = 0; i < spare.Count && others + spare.Count - i > Math.Max(1, most); i++)
        {
            // Out of sight first: a kill in the middle leaves no half checkpoint under its name.
            string hidden = Path.Combine(output, $".{Path.GetFileName(spare[i])}.{Environment.ProcessId}.old");
            Directory.Move(spare[i], hidden);
            Directory.Delete(hidden, recursive: true);
        }
    }
}
