using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Encoded rows in one file of a folder, <c>tokenized_path</c>: written whole or not at all, and read only by runs of the same settings.</summary>
/// <remarks>
/// A safetensors file with, for each set, <c>SET.ids</c>, <c>SET.labels</c>, <c>SET.offsets</c> and what packed rows have besides; the settings
/// are JSON text under __metadata__. Several processes may read and write: the file appears under its name complete, by one rename.
/// </remarks>
internal sealed class TokenizedCache(string folder, string where, TokenizedSettings settings)
{
    /// <summary>The set that is learned.</summary>
    public const string Train = "train";

    /// <summary>The set that is evaluated; one of several is "validation_NAME".</summary>
    public const string Validation = "validation";

    internal const string FileName = "rows.safetensors";

    /// <summary>The cache of a recipe; null where it names none.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="chat">What encodes its rows.</param>
    /// <param name="generates">Whether evaluation rows are answered: predict_with_generate.</param>
    public static TokenizedCache? For(Recipe recipe, ChatEncoder chat, bool generates = false) => recipe.TokenizedPath is not { } folder ? null
        : new TokenizedCache(folder, recipe.Where("tokenized_path"), TokenizedSettings.Of(recipe, chat, generates));

    /// <summary>Whether rows are stored there already.</summary>
    /// <exception cref="UsageException">The folder holds something else.</exception>
    public static bool IsAt(Recipe recipe)
    {
        if (recipe.TokenizedPath is not { } folder) return false;
        if (File.Exists(Path.Combine(folder, FileName))) return true;
        string where = recipe.Where("tokenized_path");
        if (File.Exists(folder)) throw new UsageException($"{where}: expected a folder, found the file {folder}; name a folder");
        // The temporary files of a run that is writing at this moment, or was killed while it wrote, begin with a dot.
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(e => !Path.GetFileName(e).StartsWith('.')) is { } other)
            throw new UsageException($"{where}: {folder} holds {Path.GetFileName(other)} but no {FileName}: rows stored by another program cannot be read; name an empty or new folder");
        return false;
    }

    /// <summary>The sets by name.</summary>
    /// <exception cref="UsageException">The rows were made with other settings, or the file is damaged.</exception>
    public IReadOnlyDictionary<string, EncodedRow[]> Load()
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            settings.Require(TokenizedSettings.Parse(file.Metadata.GetValueOrDefault("settings") ?? throw Damaged("it has no settings")), folder, where);
            string[] names = JsonSerializer.Deserialize<string[]>(file.Metadata.GetValueOrDefault("sets") ?? "[]") ?? [];
            return names.ToDictionary(n => n, n => ReadSet(file, n));
        }
        catch (JsonException) { throw Damaged("its settings or the list of its sets are not JSON"); }
        catch (CheckpointException e) { throw Damaged(e.Message); }
    }

    /// <summary>Stores the sets, in place of what is there.</summary>
    /// <exception cref="IOException">The disk is full or read-only; what was there stays.</exception>
    public void Save(IReadOnlyDictionary<string, EncodedRow[]> sets)
    {
        Directory.CreateDirectory(folder);
        var writer = new SafetensorsWriter();
        writer.Metadata["settings"] = settings.ToJson();
        writer.Metadata["sets"] = JsonSerializer.Serialize(sets.Keys.ToArray());
        foreach ((string name, EncodedRow[] rows) in sets)
        {
            void Add(string column, Func<EncodedRow, int[]> values)
            {
                long count = rows.Sum(r => (long)values(r).Length);
                writer.Add($"{name}.{column}", "I32", [count], stream =>
                {
                    foreach (EncodedRow row in rows) stream.Write(MemoryMarshal.AsBytes(values(row).AsSpan()));
                });
            }

            Add("ids", r => r.Ids);
            Add("labels", r => r.Labels);
            // One line a row: ids, labels, padding, what lengths are rounded up to.
            Add("rows", r => [r.Ids.Length, r.Labels.Length, r.Padding, r.RoundTo]);
            if (rows.Any(r => r.Positions is not null)) Add("positions", r => r.Positions ?? [.. Enumerable.Range(0, r.Ids.Length)]);
            if (rows.Any(r => r.Pieces is not null)) Add("pieces", r => r.Pieces ?? [.. Enumerable.Repeat(1, r.Ids.Length)]);
        }
        writer.Save(Path.Combine(folder, FileName));
    }

    private EncodedRow[] ReadSet(SafetensorsFile file, string set)
    {
        int[] lines = Read(file, $"{set}.rows", 0, checked((int)(file[$"{set}.rows"].Bytes / 4)));
        var rows = new EncodedRow[lines.Length / 4];
        bool positions = file.Find($"{set}.positions") is not null, pieces = file.Find($"{set}.pieces") is not null;
        long id = 0, label = 0;
        for (int r = 0; r < rows.Length; r++)
        {
            (int ids, int labels, int padding, int roundTo) = (lines[4 * r], lines[4 * r + 1], lines[4 * r + 2], lines[4 * r + 3]);
            if (ids < 0 || labels < 0 || padding < 0 || padding > ids || roundTo < 1) throw Damaged($"row {r + 1} has impossible lengths");
            rows[r] = new EncodedRow(Read(file, $"{set}.ids", id, ids), Read(file, $"{set}.labels", label, labels))
            {
                Positions = positions ? Read(file, $"{set}.positions", id, ids) : null,
                Pieces = pieces ? Read(file, $"{set}.pieces", id, ids) : null,
                Padding = padding,
                RoundTo = roundTo,
            };
            if (rows[r].Ids.AsSpan().ContainsAnyExceptInRange(0, settings.VocabularySize - 1)) throw Damaged($"row {r + 1} has ids outside the vocabulary");
            id += ids;
            label += labels;
        }
        return rows;
    }

    private int[] Read(SafetensorsFile file, string name, long first, int count)
    {
        SafetensorsEntry entry = file[name];
        if (entry.Type.Name != "I32" || (first + count) * 4 > entry.Bytes) throw Damaged($"{name} is too short");
        if (count == 0) return [];
        ReadOnlySpan<byte> bytes = file.Bytes(entry, first * 4, count * 4L);
        var values = new int[count];
        for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        return values;
    }

    private UsageException Damaged(string what) => new($"{where}: {Path.Combine(folder, FileName)} is damaged ({what.TrimEnd('.')}); remove the folder, it is then made anew");
}
