using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pure.Tuner.Cli;

/// <summary>One measurement: an object a line with <c>--json</c>.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Shape">The model, the file or the matrix.</param>
/// <param name="DType">What the weights are stored in.</param>
/// <param name="Threads">Threads of the backend.</param>
/// <param name="MedianMs">Median over the runs.</param>
/// <param name="Runs">Runs that count.</param>
internal sealed record BenchLine(string Name, string Shape, [property: JsonPropertyName("dtype")] string DType, int Threads, double MedianMs, int Runs)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public double? TokensPerSecond { get; init; }
    [JsonPropertyName("gflops")] public double? GFlops { get; init; }
    [JsonPropertyName("gBPerSecond")] public double? GBPerSecond { get; init; }

    /// <summary>Of what the machine can do: arithmetic, or for decoding reading.</summary>
    public double? ShareOfPeak { get; init; }

    /// <summary>Most memory the process ever held.</summary>
    public double PeakMiB { get; init; }

    /// <summary>Time over that of the same product in F32.</summary>
    public double? OverF32 { get; init; }

    /// <summary>Of a format: all its parts counted.</summary>
    public double? BitsPerWeight { get; init; }

    /// <summary>‖W - Q‖ / ‖W‖ on normal numbers.</summary>
    public double? Error { get; init; }

    /// <summary>The same on the linear layers of a model, and the share of their weights whose rows the format's blocks divide.</summary>
    public double? ModelError { get; init; }
    public double? ModelShare { get; init; }

    /// <summary>Weights that one row meets.</summary>
    public double? WeightsPerSecond { get; init; }

    /// <summary>Linear layers of Llama-2-7b.</summary>
    [JsonPropertyName("giB7B")] public double? GiB7B { get; init; }

    /// <summary>Formats of one kind.</summary>
    public string? Family { get; init; }

    /// <summary>Milliseconds of the parts of a step.</summary>
    public Dictionary<string, double>? Phases { get; init; }

    /// <summary>What it was compared with, its value in the same unit, and ours over it.</summary>
    public string? Peer { get; init; }
    public double? PeerValue { get; init; }
    public double? Ratio { get; init; }

    /// <summary>Threads of the peer, where they are its own choice.</summary>
    public int? PeerThreads { get; init; }

    /// <summary>Most memory of the peer, and ours over it.</summary>
    public double? PeerPeakMiB { get; init; }
    public double? PeakRatio { get; init; }

    /// <summary>Of several lines: the least ratio, and whose it is.</summary>
    public double? WorstRatio { get; init; }
    public string? Worst { get; init; }

    /// <summary>Of the machine: bytes of the caches by level, and the instruction sets that matter here.</summary>
    public Dictionary<string, long>? CacheBytes { get; init; }
    public string[]? InstructionSets { get; init; }

    /// <summary>Matrix units, and for each that is not used why.</summary>
    public string[]? MatrixUnits { get; init; }

    /// <summary>Of a series: what grows, and how large it is here.</summary>
    public string? Vary { get; init; }
    public double? At { get; init; }

    /// <summary>The first ids that were made, greedy, and how many of them the peer made too.</summary>
    public int[]? FirstIds { get; init; }
    public int? SameIds { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    public static BenchLine FromJson(string json) => JsonSerializer.Deserialize<BenchLine>(json, s_json)!;

    public override string ToString()
    {
        var text = new StringBuilder();
        void Add(FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
        Add($"{Name,-12} {Shape,-28} {DType,-8} {Threads} {(Threads == 1 ? "thread " : "threads")} {MedianMs,10:F2} ms");
        if (TokensPerSecond is { } t) Add($"  {t:F1} tokens/s");
        if (GFlops is { } f) Add($"  {f:F1} GFLOP/s");
        if (GBPerSecond is { } b) Add(b < 0.1 ? (FormattableString)$"  {1000 * b:F2} MB/s" : $"  {b:F1} GB/s");
        if (ShareOfPeak is { } s) Add($"  {s:P0} of the machine");
        if (OverF32 is { } o) Add($"  {o:F2} of f32's time");
        foreach ((string phase, double ms) in Phases ?? []) Add($"  {phase} {ms:F0} ms");
        Add($"  peak {PeakMiB:F0} MiB");
        if (Peer is not null) Add($"  {Peer}{(PeerThreads is { } n ? $" on {n}" : "")} {PeerValue:F1}{(PeerPeakMiB is { } m ? FormattableString.Invariant($", {m:F0} MiB") : "")}  ratio {Ratio:F2}");
        if (PeakRatio is { } p) Add($", of memory {p:F2}");
        if (WorstRatio is { } w) Add($", the worst {w:F2} of {Worst}");
        foreach ((string level, long bytes) in CacheBytes ?? []) Add($"  {level} {bytes >> 10} KiB");
        if (InstructionSets is { } sets) text.Append("  ").AppendJoin(' ', sets);
        if (MatrixUnits is { } units) text.Append("  ").AppendJoin(", ", units);
        if (SameIds is { } same) Add($"  first {same} of {FirstIds!.Length} greedy tokens the same");
        return text.ToString();
    }
}
