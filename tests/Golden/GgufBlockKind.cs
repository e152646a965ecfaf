using System.Globalization;

namespace Pure.Tuner.Tests;

/// <summary>Blocks of ggml's formats: bytes to numbers, and numbers to bytes.</summary>
public sealed class GgufBlockKind : IGoldenKind
{
    public string Kind => "gguf_block";

    public string? SkipReason(GoldenCase golden)
    {
        string op = golden.Settings.GetProperty("op").GetString()!, type = golden.Settings.GetProperty("ggml_type").GetString()!;
        return GgufFormat.Find(type) is { Widen: not null } format && (op == "dequantize" || format.Pack is not null) ? null : $"{op} of {type} is not known";
    }

    public void Run(GoldenCase golden)
    {
        GgufFormat format = GgufFormat.Find(golden.Settings.GetProperty("ggml_type").GetString()!)!;
        Assert.Equal(golden.Settings.GetProperty("ggml_type_id").GetInt32(), format.Id);
        Assert.Equal(golden.Settings.GetProperty("block_size").GetInt32(), format.BlockElements);
        Assert.Equal(golden.Settings.GetProperty("type_size").GetInt32(), format.BlockBytes);
        switch (golden.Settings.GetProperty("op").GetString())
        {
            case "quantize":
                byte[] packed = Pack(format, golden["in.x"].Floats());
                Assert.Equal(golden["packed"].Bytes.ToArray(), packed);
                golden.Check("dequantized", Expand(format, packed));
                break;
            case "quantize_search":
                golden.Check("dequantized", Expand(format, golden["in.packed"].Bytes.Span));
                Search(golden, format);
                break;
            default:
                golden.Check("dequantized", Expand(format, golden["in.packed"].Bytes.Span));
                break;
        }
    }

    private static byte[] Pack(GgufFormat format, float[] x)
    {
        var packed = new byte[x.Length / format.BlockElements * format.BlockBytes];
        Array.Fill(packed, (byte)0xA5);
        format.Pack!(x, default, packed);
        return packed;
    }

    private static float[] Expand(GgufFormat format, ReadOnlySpan<byte> packed)
    {
        var y = new float[packed.Length / format.BlockBytes * format.BlockElements];
        Array.Fill(y, float.NaN);
        format.Widen!(packed, y);
        return y;
    }

    /// <summary>A search of our own may find other codes, but no worse ones.</summary>
    private static void Search(GoldenCase golden, GgufFormat format)
    {
        float[] x = golden["in.x"].Floats(), y = Expand(format, Pack(format, x)), limits = golden["rmse"].Floats();
        double factor = golden.Settings.GetProperty("rmse_factor").GetDouble();
        int width = x.Length / limits.Length;
        for (int row = 0; row < limits.Length; row++)
        {
            double sum = 0;
            for (int i = row * width; i < (row + 1) * width; i++) sum += ((double)y[i] - x[i]) * ((double)y[i] - x[i]);
            double rmse = Math.Sqrt(sum / width), limit = factor * limits[row] + 1e-9;
            Assert.True(rmse <= limit, string.Create(CultureInfo.InvariantCulture, $"{format.Name} row {row}: rmse {rmse} is above {limit}"));
        }
    }
}
