using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner.Cli;

/// <summary>A measurement as it is kept: when, where and by which command. A file of records has one object a line.</summary>
/// <param name="Date">Day of the measurement, yyyy-mm-dd.</param>
/// <param name="Machine">As <see cref="MachineInfo.Line"/> says it.</param>
/// <param name="Kind">What was measured.</param>
/// <param name="Command">As typed, without folders.</param>
/// <param name="Line">What came out.</param>
internal sealed record BenchRecord(string Date, string Machine, string Kind, string Command, BenchLine Line)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Settings that say where something lies or where results go, not what is measured.</summary>
    private static readonly string[] s_places = ["record", "picture", "json", "markdown", "point", "python"];

    /// <summary>All records of a file; none where there is no file.</summary>
    /// <exception cref="UsageException">A line is no record.</exception>
    public static List<BenchRecord> Read(string path)
    {
        var records = new List<BenchRecord>();
        if (!File.Exists(path)) return records;
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0) continue;
            try
            {
                BenchRecord? record = JsonSerializer.Deserialize<BenchRecord>(line, s_json);
                records.Add(record is { Line: not null, Kind: not null, Command: not null, Machine: not null, Date: not null } ? record : throw new JsonException("a field is missing"));
            }
            catch (JsonException e) { throw new UsageException($"{path}:{number}: expected a record as bench --record writes it: {e.Message.Split(" Path:")[0].TrimEnd('.')}; take the line away", e); }
        }
        return records;
    }

    /// <summary>Adds a command's lines to a file; they take the place of what the same command gave on the same machine before.</summary>
    public static void Add(string path, BenchOptions options, Arguments arguments, IEnumerable<BenchLine> lines)
    {
        string command = CommandOf(options, arguments), machine = MachineInfo.Line, date = DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        List<BenchRecord> records = Read(path);
        int at = records.FindIndex(r => r.Command == command && r.Machine == machine);
        records.RemoveAll(r => r.Command == command && r.Machine == machine);
        // Ids say nothing to a reader of the page.
        records.InsertRange(at < 0 ? records.Count : at, lines.Select(l => new BenchRecord(date, machine, options.Kind, command, l with { FirstIds = null })));
        AtomicFile.WriteText(path, string.Concat(records.Select(r => JsonSerializer.Serialize(r, s_json) + "\n")));
    }

    /// <summary>The command as a reader may repeat it: folders of this machine are left out.</summary>
    internal static string CommandOf(BenchOptions options, Arguments arguments)
    {
        string Bare(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        IEnumerable<string> settings = from s in arguments.Settings
                                       where !s_places.Contains(s.Key)
                                       select s.Key == "peer" ? "peer=FOLDER" : s.Key == "text" ? $"text={Bare(s.Value)}" : $"{s.Key}={s.Value}";
        return string.Join(' ', ["pure-tuner", "bench", options.Kind, .. options.File is { } file ? [Bare(file)] : Array.Empty<string>(), .. settings]);
    }
}
