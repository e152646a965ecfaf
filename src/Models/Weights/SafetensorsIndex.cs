using System.Text.Json;

namespace Pure.Tuner;

/// <summary>model.safetensors.index.json: which shard holds which tensor.</summary>
internal static class SafetensorsIndex
{
    /// <summary>Tensor name to file name.</summary>
    /// <exception cref="CheckpointException">The file is missing or damaged, or names a file outside its folder.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        if (file.Length > SafetensorsHeader.MaxBytes) throw new CheckpointException($"{path}: {file.Length} bytes are too many for an index (at most {SafetensorsHeader.MaxBytes})");
        ReadOnlySpan<byte> json = file.Span(0, (int)file.Length);
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            return Parse(path, json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: the index is not valid JSON: {e.Message.TrimEnd('.')}: fetch the file again", e);
        }
    }

    private static Dictionary<string, string> Parse(string path, ReadOnlySpan<byte> json)
    {
        Dictionary<string, string>? map = null;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new CheckpointException($"{path}: the index must be an object with weight_map");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = reader.ValueTextEquals("weight_map"u8);
            reader.Read();
            if (!isMap) { reader.Skip(); continue; }
            if (map is not null) throw new CheckpointException($"{path}: weight_map occurs twice");
            map = ReadMap(path, ref reader);
        }
        while (reader.Read()) { }   // anything after the closing brace is an error of the reader's
        return map ?? throw new CheckpointException($"{path}: weight_map is missing: fetch the file again");
    }

    private static Dictionary<string, string> ReadMap(string path, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new CheckpointException($"{path}: weight_map must be an object of tensor and file names");
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw new CheckpointException($"{path}: tensor '{name}': weight_map must give a file name");
            string shard = reader.GetString()!;
            CheckInside(path, name, shard);
            if (!map.TryAdd(name, shard)) throw new CheckpointException($"{path}: tensor '{name}' occurs twice in weight_map");
        }
        return map;
    }

    /// <summary>A downloaded index must not make us open files elsewhere.</summary>
    private static void CheckInside(string path, string name, string shard)
    {
        bool inside = shard.Length > 0 && !Path.IsPathRooted(shard) && shard.IndexOfAny(['\\', ':', '\0']) < 0 && !shard.Split('/').Any(part => part is "" or "." or "..");
        if (!inside) throw new CheckpointException($"{path}: tensor '{name}': the shard '{shard}' must be a file inside the folder of the index");
    }
}
