namespace Pure.Tuner.Cli;

/// <summary>A program of the field, run by a script of a folder to measure the same as we.</summary>
/// <param name="folder">Holds the script.</param>
/// <param name="script">Its name.</param>
internal abstract class BenchPeer(string folder, string script)
{
    /// <summary>As tables call it.</summary>
    public abstract string Name { get; }

    protected string Folder => folder;

    protected string Script => script;

    /// <exception cref="UsageException">The folder does not hold the script.</exception>
    /// <exception cref="PeerException">Something that it needs is not on this machine.</exception>
    public virtual void Check()
    {
        if (!File.Exists(Path.Combine(folder, script))) throw new UsageException($"bench: peer: {folder} holds no {script}; give the folder of the script");
    }

    /// <summary>One run of the script: a value for each of our lines that it knows.</summary>
    /// <exception cref="PeerException">It did not come to an end.</exception>
    public abstract IReadOnlyList<PeerValue> Run();

    /// <summary>What a program said at last: of a Python's traceback the error.</summary>
    private static string LastLine(string message)
    {
        string line = message.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
        const string Ended = "ended with code ";
        int at = line.IndexOf(Ended, StringComparison.Ordinal);
        return at < 0 ? line : line[(line.IndexOf(": ", at, StringComparison.Ordinal) + 2)..];
    }

    /// <summary>A program's lines, with what it said in the sentence when it failed.</summary>
    protected IReadOnlyList<string> Lines(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        // OpenBLAS takes its best kernel by itself where these do not force another.
        try { return BenchProcess.Run(program, arguments, folder, cancel, [new("OPENBLAS_CORETYPE", null), new("OPENBLAS_L2_SIZE", null)]); }
        catch (InvalidOperationException e) { throw new PeerException($"{script} did not run: {LastLine(e.Message)}", e); }
        catch (UsageException e) { throw new PeerException($"{e.Message}; {script} needs it", e); }
    }
}

/// <summary>What a peer measured.</summary>
/// <param name="Line">The <see cref="BenchLine.Name"/> that it belongs to; empty where there is one line only.</param>
/// <param name="Value">In the unit of the kind: larger is better.</param>
internal sealed record PeerValue(string Line, double Value)
{
    public double? PeakMiB { get; init; }

    /// <summary>Its threads, where it is measured on several numbers of them and the best counts; else null.</summary>
    public int? Threads { get; init; }

    /// <summary>What it made first, greedy.</summary>
    public int[] FirstIds { get; init; } = [];
}

/// <summary>The peer cannot be measured here; we can.</summary>
internal sealed class PeerException(string message, Exception? inner = null) : Exception(message, inner);
