using System.Security.Cryptography;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>training_state.json of a checkpoint: what a run must know, beside weights, moments and trainer_state.json, to go on as if it had never stopped.</summary>
internal sealed record RunSnapshot
{
    internal const string FileName = "training_state.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Updates done.</summary>
    public required int GlobalStep { get; init; }

    /// <summary>Sum of the losses of all updates.</summary>
    public required double LossSum { get; init; }

    /// <summary>Losses since the last line of the log.</summary>
    public required double[] LossesSinceLog { get; init; }

    /// <summary>Tokens gone through.</summary>
    public required long Tokens { get; init; }

    /// <summary>Places that a padding program would have computed.</summary>
    public required long PaddedElements { get; init; }

    /// <summary>Seconds of training so far.</summary>
    public required double Seconds { get; init; }

    /// <summary>Evaluations in a row that were no better than the best.</summary>
    public required int EvaluationsWithoutGain { get; init; }

    /// <summary>State of a schedule that looks at evaluations, by name.</summary>
    public required Dictionary<string, object?> Schedule { get; init; }

    /// <summary>The factor of the loss and what it counts, with products of F16; null without.</summary>
    public LossScaler.State? LossScale { get; init; }

    /// <summary>Updates left out for an overflow: the rate's schedule does not count them.</summary>
    public int UpdatesLeftOut { get; init; }

    /// <summary>Those of them whose loss is no part of the sum.</summary>
    public int UpdatesWithoutLoss { get; init; }

    /// <summary>When the run began: prompts that tell the date go on telling that one.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>What the model answered before training.</summary>
    public required string[] AnswersBefore { get; init; }

    /// <summary>SHA-256 of the ids and labels of all rows; empty for a stream.</summary>
    public required string Rows { get; init; }

    /// <summary>Keys of the recipe whose values decide numbers.</summary>
    public required Dictionary<string, string> Settings { get; init; }

    /// <summary>Every other file of the checkpoint, so that a damaged one is known.</summary>
    public Dictionary<string, FileMark> Files { get; init; } = [];

    /// <summary>Writes it into a folder whose other files are complete.</summary>
    internal void Save(string folder)
    {
        var files = new Dictionary<string, FileMark>();
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            if (Path.GetFileName(path) is not FileName and var name) files[name] = FileMark.Of(path);
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this with { Files = files }, s_json) + "\n");
    }

    /// <summary>Reads it, and proves that every file of the checkpoint is the one that was written.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    internal static RunSnapshot Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new CheckpointException($"{folder}: holds no {FileName}, so a run cannot go on from it (it was saved with save_only_model, or by another program)");
        RunSnapshot snapshot;
        try
        {
            snapshot = JsonSerializer.Deserialize<RunSnapshot>(File.ReadAllBytes(path), s_json) ?? throw new JsonException("empty");
            if (snapshot.Settings.ContainsValue(null!) || snapshot.Files.ContainsValue(null!) || snapshot.AnswersBefore.Contains(null)) throw new JsonException("a value is null");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: is damaged (not the JSON of a run's state)", e);
        }
        foreach ((string name, FileMark mark) in snapshot.Files)
        {
            if (name.Length == 0 || Path.GetFileName(name) != name) throw new CheckpointException($"{path}: is damaged (it names the file '{name}', which is not in its folder)");
            string file = Path.Combine(folder, name);
            if (!File.Exists(file)) throw new CheckpointException($"{file}: is missing");
            if (new FileInfo(file).Length != mark.Bytes) throw new CheckpointException($"{file}: is damaged ({new FileInfo(file).Length:N0} bytes where {mark.Bytes:N0} were written)");
            if (FileMark.Of(file) != mark) throw new CheckpointException($"{file}: is damaged (its checksum is not the one that was written)");
        }
        return snapshot;
    }

    /// <summary>SHA-256 over ids and labels of all rows.</summary>
    internal static string HashOf(IEnumerable<EncodedRow> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EncodedRow row in rows)
        {
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.Ids.AsSpan()));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.Labels.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Size and SHA-256 of a file.</summary>
internal sealed record FileMark(long Bytes, string Sha256)
{
    internal static FileMark Of(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        return new FileMark(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
