namespace Pure.Tuner.Cli;

/// <summary>Something that <c>bench</c> measures. A new one is a file in this folder and a line in <see cref="All"/>.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Summary">One line for the help.</param>
/// <param name="Points">Checks the options and cuts them into measurements, each of which gets a process of its own.</param>
/// <param name="Measure">One of them, in its process.</param>
internal sealed record BenchKind(string Name, string Summary, Func<BenchOptions, IReadOnlyList<BenchOptions>> Points, Func<BenchOptions, IEnumerable<BenchLine>> Measure)
{
    /// <summary>The program of the field that measures the same in the unit of <see cref="ValueOf"/>; null where there is none.</summary>
    public Func<BenchOptions, CancellationToken, BenchPeer>? Peer { get; init; }

    /// <summary>The value that is compared: larger is better.</summary>
    public Func<BenchLine, double?> ValueOf { get; init; } = line => line.TokensPerSecond;

    /// <summary>What all lines together say; null where nothing.</summary>
    public Func<IReadOnlyList<BenchLine>, IEnumerable<BenchLine>>? Together { get; init; }

    /// <summary>Shows the lines as a table; null where each says all by itself.</summary>
    public Func<BenchOptions, BenchTable>? Table { get; init; }

    /// <summary>Draws all lines into <see cref="BenchOptions.Picture"/>; null where there is no picture.</summary>
    public Action<BenchOptions, IReadOnlyList<BenchLine>>? Draw { get; init; }

    public static IReadOnlyList<BenchKind> All { get; } =
    [
        MachineBenches.Kind, GemmBenches.Kind, OperatorBenches.Attention, OperatorBenches.Loss, OperatorBenches.Norms, TrainingBenches.Lora, TrainingBenches.Full, TrainingBenches.Qlora,
        InferenceBenches.Decode, InferenceBenches.Prompt, LoadBenches.Load, LoadBenches.Tokenize, StartBenches.Kind, ScalingBenches.Kind, FormatBenches.Kind,
    ];
}
