namespace Pure.Tuner.Tests;

/// <summary>Blocks of ggml's formats: bytes to numbers.</summary>
public sealed class GgufBlockKind : IGoldenKind
{
    public string Kind => "gguf_block";

    public string? SkipReason(GoldenCase golden)
    {
        string op = golden.Settings.GetProperty("op").GetString()!, type = golden.Settings.GetProperty("ggml_type").GetString()!;
        return op != "dequantize" ? $"{op} of {type} is not built yet"
            : GgufFormat.Find(type)?.Widen is null ? $"dequantize of {type} is not built yet"
            : null;
    }

    public void Run(GoldenCase golden)
    {
        GgufFormat format = GgufFormat.Find(golden.Settings.GetProperty("ggml_type").GetString()!)!;
        Assert.Equal(golden.Settings.GetProperty("ggml_type_id").GetInt32(), format.Id);
        Assert.Equal(golden.Settings.GetProperty("block_size").GetInt32(), format.BlockElements);
        Assert.Equal(golden.Settings.GetProperty("type_size").GetInt32(), format.BlockBytes);
        var y = new float[golden["dequantized"].Count];
        Array.Fill(y, float.NaN);
        format.Widen!(golden["in.packed"].Bytes.Span, y);
        golden.Check("dequantized", y);
    }
}
