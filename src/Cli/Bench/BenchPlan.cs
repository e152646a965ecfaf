using System.Diagnostics;
using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary><c>bench all</c>: every measurement of the performance page, part by part.</summary>
internal static class BenchPlan
{
    /// <summary>Parts in the order in which they run. Each can be run alone.</summary>
    private static readonly string[] s_parts = ["machine", "start", "kernels", "gemm", "lora", "full", "qwen", "decode", "scaling"];

    /// <summary>Runs the parts asked for; what one of them refuses is said, and the next begins.</summary>
    /// <exception cref="UsageException">There is no such part or file.</exception>
    public static int Run(CommandContext context, Func<CommandContext, int> bench, string[] flags)
    {
        Arguments a = context.Arguments;
        string[] models = [.. a.Words.Skip(1)];
        string? peer = a.Text("peer"), text = a.Text("text"), record = a.Text("record"), picture = a.Text("picture"), only = a.Text("only");
        string[] common = [.. from key in (string[])["runs", "steps", "python"]
                              where a.Text(key) is not null
                              select $"{key}={a.Text(key)}"];
        bool lists = a.Flag("list");
        a.RejectUnknown(words: int.MaxValue);
        foreach (string file in text is null ? models : [.. models, text])
            if (!File.Exists(file) && !Directory.Exists(file)) throw new UsageException($"bench: all: {file} does not exist; give checkpoints after all, and a text with text=FILE");
        string[] parts = only?.Split(',', StringSplitOptions.TrimEntries) ?? s_parts;
        foreach (string part in parts)
            if (!s_parts.Contains(part)) throw new UsageException($"bench: all: only: there is no '{part}'; did you mean '{Nearest.Of(part, s_parts)}'? (known: {string.Join(", ", s_parts)})");
        int worst = Shell.Done;
        foreach (string[] command in parts.SelectMany(part => Commands(part, models, peer, text, picture)))
        {
            bool hasPeer = command.Any(w => w.StartsWith("peer=", StringComparison.Ordinal));
            // What is given holds in place of the plan's own.
            IEnumerable<string> given = common.Where(c => hasPeer || c.StartsWith("runs=", StringComparison.Ordinal));
            string[] words = [.. command.Where(w => !given.Any(g => g.Split('=')[0] == w.Split('=')[0])), .. given, .. record is null ? Array.Empty<string>() : [$"record={record}"]];
            context.Output.WriteLine($"pure-tuner bench {string.Join(' ', words)}");
            if (lists) continue;
            var clock = Stopwatch.StartNew();
            using var inner = new CommandContext(Arguments.Parse("bench", words, flags), context.Output, context.Error);
            try { worst = Math.Max(worst, bench(inner)); }
            catch (Exception e) when (e is UsageException or CheckpointException or InvalidOperationException)
            {
                context.Error.WriteLine($"error: {e.Message}");
                worst = Math.Max(worst, Shell.Failed);
            }
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"({clock.Elapsed.TotalSeconds:F0} s)"));
        }
        if (record is not null && !lists) context.Output.WriteLine($"recorded in {record}; pure-tuner bench report {record} into=docs/performance.md puts it on the page");
        return worst;
    }

    private static IEnumerable<string[]> Commands(string part, string[] models, string? peer, string? text, string? picture)
    {
        string[] beside = peer is null ? [] : [$"peer={peer}"];
        // Few steps a process, for five pairs of all of it shall fit in less than half an hour.
        string[] Steps(int n) => peer is null ? [] : [$"peer={peer}", $"steps={n}"];
        return part switch
        {
            "machine" => [["machine", "runs=15"]],
            "start" => [["start", .. models.Take(1)], .. models.Take(1).Select(m => (string[])["load", m]), .. models.Take(text is null ? 0 : 1).Select(m => (string[])["tokenize", m, $"text={text}"])],
            "kernels" => [["attention"], ["attention", "seq=4096"], ["attention", "seq=4096", "window=512"], ["loss"], ["norms"]],
            "gemm" => [["gemm", "dtype=f32", "threads=1", .. beside], ["gemm", "dtype=f32", .. beside]],
            "lora" => [["lora", .. Steps(2)], ["lora", "threads=1", .. Steps(1)], ["lora", "checkpoint=true", .. Steps(2)]],
            "full" => [["full", .. Steps(2)]],
            "qwen" => [["lora", "shape=qwen2.5-0.5b", .. Steps(1)]],
            "decode" => [.. from model in models
                            let theirs = model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? beside : []
                            from command in (string[][])[["decode", model, "seq=64", "new_tokens=64", .. theirs], ["prompt", model, .. theirs]]
                            select command],
            _ => [["scaling", .. picture is null ? Array.Empty<string>() : [$"picture={picture}"]]],
        };
    }
}
