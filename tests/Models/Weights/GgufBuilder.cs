using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>Puts a GGUF file together by hand.</summary>
internal sealed class GgufBuilder
{
    private readonly List<(string Key, uint Type, object Value)> _keys = [];
    private readonly List<(string Name, uint Format, ulong[] Sizes, ulong? Offset, byte[] Data)> _tensors = [];

    public uint Magic { get; set; } = 0x46554747;
    public uint Version { get; set; } = 3;
    public int Alignment { get; set; } = 32;
    public ulong? TensorCount { get; set; }
    public ulong? KeyCount { get; set; }

    public GgufBuilder Key(string key, object value, uint? type = null)
    {
        _keys.Add((key, type ?? TypeOf(value), value));
        return this;
    }

    /// <summary>Another value for a key that is there.</summary>
    public GgufBuilder With(string key, object value)
    {
        _keys[_keys.FindIndex(k => k.Key == key)] = (key, TypeOf(value), value);
        return this;
    }

    /// <param name="sizes">Fastest first, as in the file.</param>
    public GgufBuilder Tensor(string name, uint format, ulong[] sizes, byte[] data, ulong? offset = null)
    {
        _tensors.Add((name, format, sizes, offset, data));
        return this;
    }

    public GgufBuilder Floats(string name, ulong[] sizes, params float[] data) => Tensor(name, 0, sizes, [.. data.SelectMany(BitConverter.GetBytes)]);

    public byte[] Bytes()
    {
        var head = new MemoryStream();
        var data = new MemoryStream();
        using var w = new BinaryWriter(head, Encoding.UTF8);
        w.Write(Magic);
        w.Write(Version);
        w.Write(TensorCount ?? (ulong)_tensors.Count);
        w.Write(KeyCount ?? (ulong)_keys.Count);
        foreach ((string key, uint type, object value) in _keys)
        {
            Text(w, key);
            w.Write(type);
            Value(w, value);
        }
        foreach ((string name, uint format, ulong[] sizes, ulong? offset, byte[] bytes) in _tensors)
        {
            Text(w, name);
            w.Write((uint)sizes.Length);
            foreach (ulong size in sizes) w.Write(size);
            w.Write(format);
            w.Write(offset ?? (ulong)data.Length);
            data.Write(bytes);
            while (data.Length % Alignment != 0) data.WriteByte(0);
        }
        while (head.Length % Alignment != 0) w.Write((byte)0);
        return [.. head.ToArray(), .. data.ToArray()];
    }

    /// <summary>A whole llama of one layer: 2 heads of 4, 1 kv head, numbers counting up.</summary>
    public static GgufBuilder Llama(string arch = "llama", bool tied = true)
    {
        GgufBuilder b = new GgufBuilder()
            .Key("general.architecture", arch).Key($"{arch}.embedding_length", 8u).Key($"{arch}.block_count", 1u).Key($"{arch}.feed_forward_length", 3u)
            .Key($"{arch}.attention.head_count", 2u).Key($"{arch}.attention.head_count_kv", 1u).Key($"{arch}.context_length", 64u)
            .Key($"{arch}.attention.layer_norm_rms_epsilon", 1e-5f).Key($"{arch}.rope.freq_base", 10000f)
            .Key("tokenizer.ggml.model", "gpt2").Key("tokenizer.ggml.pre", "smollm").Key("tokenizer.ggml.tokens", new[] { "a", "b", "<e>" }).Key("tokenizer.ggml.token_type", new[] { 1, 1, 3 })
            .Key("tokenizer.ggml.merges", new[] { "a b" }).Key("tokenizer.ggml.eos_token_id", 2u).Key("tokenizer.ggml.padding_token_id", uint.MaxValue).Key("tokenizer.ggml.add_bos_token", false);
        b.Floats("token_embd.weight", [8, 3], Count(24)).Floats("output_norm.weight", [8], Count(8));
        if (!tied) b.Floats("output.weight", [8, 3], Count(24));
        return b.Floats("blk.0.attn_norm.weight", [8], Count(8)).Floats("blk.0.ffn_norm.weight", [8], Count(8))
            .Floats("blk.0.attn_q.weight", [8, 8], Count(64)).Floats("blk.0.attn_k.weight", [8, 4], Count(32)).Floats("blk.0.attn_v.weight", [8, 4], Count(32))
            .Floats("blk.0.attn_output.weight", [8, 8], Count(64)).Floats("blk.0.ffn_gate.weight", [8, 3], Count(24)).Floats("blk.0.ffn_up.weight", [8, 3], Count(24))
            .Floats("blk.0.ffn_down.weight", [3, 8], Count(24));
    }

    public static float[] Count(int n) => [.. Enumerable.Range(0, n).Select(i => (float)i)];

    private static void Text(BinaryWriter w, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        w.Write((ulong)bytes.Length);
        w.Write(bytes);
    }

    private static uint TypeOf(object value) => value switch
    {
        byte => 0,
        sbyte => 1,
        ushort => 2,
        short => 3,
        uint => 4,
        int => 5,
        float => 6,
        bool => 7,
        string => 8,
        Array => 9,
        ulong => 10,
        long => 11,
        double => 12,
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static void Value(BinaryWriter w, object value)
    {
        switch (value)
        {
            case byte v: w.Write(v); break;
            case sbyte v: w.Write(v); break;
            case ushort v: w.Write(v); break;
            case short v: w.Write(v); break;
            case uint v: w.Write(v); break;
            case int v: w.Write(v); break;
            case float v: w.Write(v); break;
            case bool v: w.Write(v); break;
            case string v: Text(w, v); break;
            case ulong v: w.Write(v); break;
            case long v: w.Write(v); break;
            case double v: w.Write(v); break;
            case Array v:
                w.Write(v.Length == 0 ? 4 : TypeOf(v.GetValue(0)!));
                w.Write((ulong)v.Length);
                foreach (object element in v) Value(w, element);
                break;
            default: throw new NotSupportedException(value.GetType().Name);
        }
    }
}
