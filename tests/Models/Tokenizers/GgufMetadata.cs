using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>Just enough of GGUF's metadata to find the tokenizer: the tests of tokenizers do not wait for the weights' reader.</summary>
internal static class GgufMetadata
{
    public static GgufVocabulary Vocabulary(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file), Encoding.UTF8);
        var values = new Dictionary<string, object>();
        Assert.Equal(0x46554747u, reader.ReadUInt32());
        reader.ReadUInt32();
        reader.ReadUInt64();
        for (ulong n = reader.ReadUInt64(); n > 0; n--)
        {
            string key = Text(reader);
            values[key] = Value(reader, reader.ReadUInt32());
        }
        T? Get<T>(string key) where T : class => values.GetValueOrDefault("tokenizer." + key) as T;
        int? Int(string key) => values.TryGetValue("tokenizer.ggml." + key, out object? v) ? Convert.ToInt32(v) : null;
        bool? Bool(string key) => values.TryGetValue("tokenizer.ggml." + key, out object? v) ? (bool)v : null;
        return new GgufVocabulary(Get<string>("ggml.model")!, Get<string>("ggml.pre"), [.. Get<object[]>("ggml.tokens")!.Cast<string>()],
            Get<object[]>("ggml.token_type") is { } types ? [.. types.Select(Convert.ToInt32)] : null,
            Get<object[]>("ggml.scores") is { } scores ? [.. scores.Cast<float>()] : null,
            Get<object[]>("ggml.merges") is { } merges ? [.. merges.Cast<string>()] : null,
            Int("bos_token_id"), Int("eos_token_id"), Int("padding_token_id"), Int("unknown_token_id"), Bool("add_bos_token"), Bool("add_eos_token"), Bool("add_space_prefix"), Get<string>("chat_template"));
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(checked((int)reader.ReadUInt64())));

    private static object Value(BinaryReader reader, uint type)
    {
        switch (type)
        {
            case 0: return reader.ReadByte();
            case 1: return reader.ReadSByte();
            case 2: return reader.ReadUInt16();
            case 3: return reader.ReadInt16();
            case 4: return reader.ReadUInt32();
            case 5: return reader.ReadInt32();
            case 6: return reader.ReadSingle();
            case 7: return reader.ReadByte() != 0;
            case 8: return Text(reader);
            case 9:
                uint element = reader.ReadUInt32();
                var items = new object[reader.ReadUInt64()];
                for (int i = 0; i < items.Length; i++) items[i] = Value(reader, element);
                return items;
            case 10: return reader.ReadUInt64();
            case 11: return reader.ReadInt64();
            case 12: return reader.ReadDouble();
            default: throw new InvalidDataException($"{type}");
        }
    }
}
