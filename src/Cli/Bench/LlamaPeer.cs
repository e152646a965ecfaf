using System.Text.Json.Nodes;

namespace Pure.Tuner.Cli;

/// <summary>llama.cpp on the same file, by a script in a folder where node-llama-cpp is installed.</summary>
/// <param name="o">The measurement.</param>
/// <param name="isDecode">Whether decoding counts, else the prompt.</param>
/// <param name="cancel">Ends it.</param>
internal sealed class LlamaPeer(BenchOptions o, bool isDecode, CancellationToken cancel) : BenchPeer(o.Peer!, "llama_cpp.mjs")
{
    public const string Label = "llama.cpp";

    /// <summary>Up to so many threads each number is tried; beyond, doubling.</summary>
    private const int EachUpTo = 8;

    public override string Name => Label;

    public override void Check()
    {
        base.Check();
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "node-llama-cpp")))
            throw new PeerException($"node-llama-cpp is not installed in {Folder}; copy {Script} to a folder of your own and run its npm install line there");
    }

    /// <summary>Prompt or decode speed, tokens a second, on every number of threads that may be its best.</summary>
    public override IReadOnlyList<PeerValue> Run() => [.. ThreadCounts().Select(Run)];

    /// <summary>The number asked for; without one all that may be best: more threads than free cores make it slower.</summary>
    internal IEnumerable<int> ThreadCounts()
    {
        if (o.Threads is { } given) return [given];
        int all = Environment.ProcessorCount;
        return Enumerable.Range(1, all).Where(n => n <= EachUpTo || n == all || int.IsPow2(n));
    }

    private PeerValue Run(int threads)
    {
        string line = Lines("node", [Script, Path.GetFullPath(o.File!), $"{threads}", $"{o.Seq}", $"{(isDecode ? o.NewTokens : 1)}"], cancel).LastOrDefault(l => l.StartsWith('{'))
            ?? throw new PeerException($"{Script} printed no result");
        JsonNode result = JsonNode.Parse(line)!;
        return new PeerValue("", (double)result[isDecode ? "decodeTokensPerSecond" : "promptTokensPerSecond"]!)
        {
            PeakMiB = (double?)result["peakMiB"],
            Threads = threads,
            FirstIds = [.. result["firstIds"]!.AsArray().Select(i => (int)i!)],
        };
    }
}
