using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Pure.Tuner;

/// <summary>An event file that TensorBoard reads: scalars under the tags that Hugging Face's Trainer gives them, and the settings as text.</summary>
/// <remarks>TFRecord frames (length, checksum, event, checksum) around TensorFlow's Event messages; event.proto and summary.proto name the fields.</remarks>
internal sealed class TensorBoardLog(string outputDir, string? loggingDir = null, string? runName = null, TimeProvider? clock = null) : IRunLog
{
    // Event: wall_time 1, step 2, file_version 3, summary 5, session_log 7. Summary: value 1. Value: tag 1, simple_value 2, tensor 8, metadata 9.
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7, Value = 1, Tag = 1, SimpleValue = 2, Tensor = 8, Metadata = 9;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private FileStream? _file;

    /// <summary>The file that is written, after <see cref="Begin"/>.</summary>
    public string Path => _file?.Name ?? "";

    public void Begin(string settings, int doneSteps)
    {
        string folder = Folder(doneSteps);
        try
        {
            Directory.CreateDirectory(folder);
            Open(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"logging_dir: {folder} cannot be written ({e.Message.TrimEnd('.')}); name another folder", e);
        }
        Write(Event(null).Text(FileVersion, "brain.Event:2"));
        // A session that starts at a step takes back what an earlier file of the folder has from there on.
        if (doneSteps > 0) Write(Event(doneSteps + 1).Message(SessionLog, new Protobuf().Varint(1, 1)));
        Write(Event(0).Message(Summary, new Protobuf().Message(Value, Text("args/text_summary", settings))));
        _file!.Flush();
    }

    public void Log(int step, IReadOnlyDictionary<string, double> values)
    {
        try
        {
            foreach ((string name, double value) in values)
                Write(Event(step).Message(Summary, new Protobuf().Message(Value, new Protobuf().Text(Tag, TagOf(name)).Float(SimpleValue, (float)value))));
            _file!.Flush();
        }
        catch (IOException e)
        {
            throw PendingFile.Fault(Path, e);
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>eval_loss is eval/loss; what belongs to no evaluation is train/….</summary>
    public static string TagOf(string name) =>
        name.StartsWith("eval_", StringComparison.Ordinal) ? "eval/" + name["eval_".Length..]
        : name.StartsWith("test_", StringComparison.Ordinal) ? "test/" + name["test_".Length..]
        : "train/" + name;

    /// <summary>CRC-32C, turned and shifted, so that a checksum over data that holds checksums stays good.</summary>
    public static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return BitOperations.RotateRight(crc, 15) + 0xa282ead8u;
    }

    private void Open(string folder)
    {
        string stem = System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{_clock.GetUtcNow().ToUnixTimeSeconds():0000000000}.{Plain(Environment.MachineName)}.{Environment.ProcessId}."));
        int number = 0;
        while (File.Exists(stem + number.ToString(CultureInfo.InvariantCulture))) number++;
        _file = new FileStream(stem + number.ToString(CultureInfo.InvariantCulture), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
    }

    /// <summary>logging_dir; else runs/ with the time, the machine and the run's name, or the last of these where a run goes on.</summary>
    private string Folder(int doneSteps)
    {
        if (loggingDir is not null) return loggingDir;
        string runs = System.IO.Path.Combine(outputDir, "runs");
        if (doneSteps > 0 && Directory.Exists(runs) && Directory.EnumerateDirectories(runs).MaxBy(LastWritten) is { } last) return last;
        string name = _clock.GetLocalNow().ToString("MMMdd_HH-mm-ss", CultureInfo.InvariantCulture) + "_" + Plain(Environment.MachineName);
        return System.IO.Path.Combine(runs, runName is { Length: > 0 } ? $"{name}_{Plain(runName)}" : name);
    }

    private static (DateTime, string) LastWritten(string folder) => (Directory.EnumerateFiles(folder).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty(DateTime.MinValue).Max(), folder);

    /// <summary>A name without what a file name cannot have.</summary>
    private static string Plain(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));

    private Protobuf Event(int? step)
    {
        Protobuf e = new Protobuf().Double(WallTime, (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        return step is { } s ? e.Varint(Step, s) : e;
    }

    /// <summary>A text of TensorBoard's text plugin: a tensor with one string.</summary>
    private static Protobuf Text(string tag, string text) => new Protobuf().Text(Tag, tag)
        .Message(Tensor, new Protobuf().Varint(1, 7).Message(2, new Protobuf().Message(2, new Protobuf().Varint(1, 1))).Text(8, text))
        .Message(Metadata, new Protobuf().Message(1, new Protobuf().Text(1, "text")));

    private void Write(Protobuf message)
    {
        byte[] data = message.ToArray();
        var frame = new byte[data.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(frame, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), MaskedChecksum(frame.AsSpan(0, 8)));
        data.CopyTo(frame, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12 + data.Length), MaskedChecksum(data));
        _file!.Write(frame);
    }
}
