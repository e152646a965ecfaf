using System.Text.Json;

namespace Pure.Tuner;

/// <summary>One tensor of a safetensors header; the offsets count from the start of the data.</summary>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, long[] Shape, long Begin, long End)
{
    public long Bytes => End - Begin;
}

/// <summary>The JSON header of a safetensors file, read token by token so that repeated keys are seen.</summary>
/// <remarks>Format: 8 bytes header length N, N bytes JSON {name: {dtype, shape, data_offsets}}, then the data without gaps.</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference library's bound on a header.</summary>
    public const int MaxBytes = 100_000_000;

    private const int MaxDimensions = 64;
    private readonly string _path;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>Tensors in the order of their data.</summary>
    public List<SafetensorsEntry> Entries { get; } = [];

    /// <summary>The free text under __metadata__.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Parses a header and checks every entry against <paramref name="dataBytes"/> bytes of data.</summary>
    /// <exception cref="CheckpointException">It breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path);
        if (json.Length == 0 || json[0] != (byte)'{') throw header.Bad($"the header does not start with '{{': this is not a safetensors file");
        if (!System.Text.Unicode.Utf8.IsValid(json)) throw header.Bad("the header is not valid UTF-8: the file is damaged, fetch it again");
        try
        {
            header.ReadAll(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: an escaped half of a surrogate pair
        {
            throw new CheckpointException($"{path}: the header is not valid JSON: {e.Message.TrimEnd('.')}: fetch the file again", e);
        }
        header.CheckLayout(dataBytes);
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        bool metadata = false;
        while (NextKey(ref reader, out string name))
        {
            if (name == "__metadata__")
            {
                if (metadata) throw Bad("__metadata__ occurs twice in the header");
                metadata = true;
                ReadMetadata(ref reader);
                continue;
            }
            if (!_names.Add(name)) throw Bad($"tensor '{name}' occurs twice in the header");
            Entries.Add(ReadEntry(ref reader, name));
        }
        if (reader.Read()) throw Bad("the header goes on after its closing brace");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad("__metadata__ must be an object of strings");
        while (NextKey(ref reader, out string key))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Bad($"__metadata__ key '{key}' must have a string as its value");
            if (!Metadata.TryAdd(key, reader.GetString()!)) throw Bad($"__metadata__ key '{key}' occurs twice");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(name, "its entry must be an object with dtype, shape and data_offsets");
        string? dtype = null;
        long[]? shape = null, offsets = null;
        while (NextKey(ref reader, out string key))
        {
            reader.Read();
            switch (key)
            {
                case "dtype":
                    if (dtype is not null) throw Bad(name, "dtype occurs twice");
                    if (reader.TokenType != JsonTokenType.String) throw Bad(name, "dtype must be a string");
                    dtype = reader.GetString()!;
                    break;
                case "shape":
                    if (shape is not null) throw Bad(name, "shape occurs twice");
                    shape = ReadNumbers(ref reader, name, key, MaxDimensions);
                    break;
                case "data_offsets":
                    if (offsets is not null) throw Bad(name, "data_offsets occurs twice");
                    offsets = ReadNumbers(ref reader, name, key, 2);
                    break;
                default: reader.Skip(); break;   // as in the reference library: room for fields to come
            }
        }
        if (dtype is null) throw Bad(name, "dtype is missing");
        if (shape is null) throw Bad(name, "shape is missing");
        if (offsets is not { Length: 2 }) throw Bad(name, "data_offsets must be two numbers, begin and end");
        SafetensorsType type = SafetensorsType.Find(dtype) ?? throw Bad(name, $"dtype '{dtype}' is unknown (known: {SafetensorsType.Names})");
        return new SafetensorsEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(name, $"{key} must be a list of whole numbers");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number)) throw Bad(name, $"{key} must hold whole numbers below 2^63");
            if (number < 0) throw Bad(name, $"{key} holds the negative number {number}");
            if (numbers.Count == most) throw Bad(name, $"{key} has more than {most} numbers");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>Moves to the next key of the object that the reader is in; false at its end.</summary>
    private static bool NextKey(ref Utf8JsonReader reader, out string key)
    {
        reader.Read();
        key = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : "";
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private void CheckLayout(long dataBytes)
    {
        Entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));   // older writers did not keep the header in this order
        long end = 0;
        string before = "the start of the data";
        foreach (SafetensorsEntry t in Entries)
        {
            if (t.End < t.Begin) throw Bad(t.Name, $"data_offsets end before they begin: [{t.Begin}, {t.End}]");
            if (t.End > dataBytes) throw Bad(t.Name, $"its data end at byte {t.End} and the file has {dataBytes} bytes of data: the file is cut off, fetch it again");
            if (t.Begin < end) throw Bad(t.Name, $"its data begin at {t.Begin}, inside {before}, which ends at {end}");
            if (t.Begin > end) throw Bad(t.Name, $"its data begin at {t.Begin} and {before} ends at {end}: the format allows no hole");
            long bytes = Bytes(t);
            if (bytes != t.Bytes) throw Bad(t.Name, $"{t.Type.Name} [{string.Join(", ", t.Shape)}] needs {bytes} bytes and data_offsets give {t.Bytes}");
            (end, before) = (t.End, $"tensor '{t.Name}'");
        }
        if (end != dataBytes) throw Bad($"the tensors end at byte {end} of the data and the file has {dataBytes}: the file is damaged, fetch it again");
    }

    private long Bytes(SafetensorsEntry t)
    {
        try
        {
            // Not an early 0: the reference library counts an overflow before a zero as damage, too.
            long bytes = t.Type.Bytes(t.Shape.Aggregate(1L, (product, size) => checked(product * size)));
            return bytes >= 0 ? bytes : throw Bad(t.Name, $"{t.Type.Name} [{string.Join(", ", t.Shape)}] does not fill whole bytes");
        }
        catch (OverflowException e)
        {
            throw new CheckpointException($"{_path}: tensor '{t.Name}': the shape [{string.Join(", ", t.Shape)}] has more than 2^63 elements: the file is damaged", e);
        }
    }

    private CheckpointException Bad(string what) => new($"{_path}: {what}");
    private CheckpointException Bad(string tensor, string what) => new($"{_path}: tensor '{tensor}': {what}");
}
