using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Checkpoints of 8-bit floats: each published form of scales, and the sentences for those that cannot be.</summary>
[Trait("Category", "Unit")]
public class Float8LayoutTests
{
    private const string Name = "model.layers.0.mlp.up_proj.weight";
    private const string Channels = """{"quant_method": "compressed-tensors", "format": "float-quantized", "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": true}}}}""";
    private const string Blocks = """{"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [4, 8]}""";
    private static readonly byte[] s_codes = [.. Enumerable.Range(0, 6 * 10).Select(i => (byte)(i * 37 % 126 | (i % 3 == 0 ? 0x80 : 0)))];

    private static float[] Load(string settings, string scale, string scaleType, long[] scaleShape, string type = "F8_E4M3", long[]? shape = null, Action<SafetensorsWriter>? more = null)
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        if (type.Length > 0) writer.Add(Name, type, shape ?? [6, 10], s => s.Write(s_codes));
        float[] scales = Scales(scaleShape);
        if (scale.Length > 0)
            writer.Add(Name + scale, scaleType, scaleShape, s =>
            {
                var bytes = new byte[scales.Length * (scaleType == "F32" ? 4 : 2)];
                Widening.Narrow(scales, scaleType == "F32" ? DType.F32 : DType.BF16, bytes);
                s.Write(bytes);
            });
        more?.Invoke(writer);
        writer.SaveFolder(folder.Path);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Backend backend = Backends.Open("cpu", 1);
        PackedLayout layout = PackedLayout.Of(checkpoint, new JsonObject { ["quantization_config"] = JsonNode.Parse(settings) })!;
        Assert.True(layout.Has(Name));
        using QuantizedTensor w = layout.Load(backend, Name, [6, 10]);
        using Tensor dense = Tensor.Empty(backend, w.Shape);
        w.Read(.., dense);
        return dense.ToArray<float>();
    }

    /// <summary>Powers of two: exact in every type.</summary>
    private static float[] Scales(long[] shape) => [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => MathF.ScaleB(1, i % 5 - 2))];

    [Theory]
    [InlineData(Blocks, "_scale_inv", "F32", "2,2", 4, 8)]
    [InlineData(Blocks, "_scale_inv", "BF16", "2,2", 4, 8)]
    [InlineData("""{"quant_method": "fp8"}""", "_scale", "F32", "", 0, 0)]
    [InlineData("""{"quant_method": "fp8"}""", "_scale", "F32", "1", 0, 0)]
    [InlineData("""{"quant_method": "fbgemm_fp8"}""", "_scale", "F32", "6,1", 1, 0)]
    [InlineData(Channels, "_scale", "BF16", "6,1", 1, 0)]
    [InlineData(Channels, "_scale", "F32", "6", 1, 0)]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "block", "block_structure": [4, 8]}}}}""", "_scale", "F32", "2,2", 4, 8)]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "group", "group_size": 4}}}}""", "_scale", "F32", "6,3", 1, 4)]
    public void Scales_of_every_form_are_read(string settings, string scale, string type, string shape, int rows, int columns)
    {
        long[] lengths = [.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        float[] scales = Scales(lengths);
        foreach (string stored in new[] { "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ" })
        {
            ReadOnlySpan<float> values = (stored switch { "F8_E4M3" => Float8Kind.E4M3, "F8_E5M2" => Float8Kind.E5M2, _ => Float8Kind.E4M3Fnuz }).Values;
            float[] y = Load(settings, scale, type, lengths, stored);
            for (int i = 0; i < 60; i++)
            {
                int row = rows == 0 ? 0 : i / 10 / rows, across = columns == 0 ? 1 : (10 + columns - 1) / columns;
                float expected = values[s_codes[i]] * scales[row * across + (columns == 0 ? 0 : i % 10 / columns)];
                Assert.Equal(expected, y[i]);
            }
        }
    }

    [Theory]
    [InlineData(Blocks, "_scale_inv", "F32", "2,1", "blocks of 4 x 8 of the weight [6, 10] need [2, 2] scales, found F32 [2, 1]")]
    [InlineData(Channels, "_scale", "F32", "5", "needs one scale, [6] or [6, 1] of them, or weight_block_size in quantization_config, found F32 [5]")]
    [InlineData(Channels, "", "F32", "1", "needs a scale under this name or")]
    [InlineData(Channels, "_scale", "I32", "1", "needs F32 or BF16 or F16 or F8_E8M0, found I32 [1]")]
    public void Scales_that_do_not_fit_are_told(string settings, string scale, string type, string shape, string says)
    {
        long[] lengths = [.. shape.Split(',').Select(long.Parse)];
        string message = Assert.Throws<CheckpointException>(() => Load(settings, type == "I32" ? "" : scale, type, lengths, more: type == "I32" ? w => w.Add<int>(Name + scale, lengths, new int[1]) : null)).Message;
        Assert.Contains($": tensor '{Name}_scale", message);
        Assert.Contains(says, message);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_told()
    {
        Assert.Contains("tensor '" + Name + "': the 8-bit float weight [6, 10] needs", Assert.Throws<CheckpointException>(() => Load(Channels, "_scale", "F32", [6], shape: [10, 6])).Message);
        Assert.Contains("found no such tensor", Assert.Throws<CheckpointException>(() => Load(Channels, "_scale", "F32", [6], type: "")).Message);
        Assert.Contains("found U8 [6, 10]", Assert.Throws<CheckpointException>(() => Load(Channels, "_scale", "F32", [6], type: "U8")).Message);
        Assert.Contains("expected zeros, found a zero point", Assert.Throws<CheckpointException>(() => Load(Channels, "_scale", "F32", [6], more: w => w.Add<float>(Name + "_zero_point", [1], new float[] { 1 }))).Message);
    }

    [Theory]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [0, 128]}""", "'weight_block_size' is [0,128] where [rows, columns] is expected")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": "128"}""", "'weight_block_size' is \"128\" where a list of numbers is expected")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "pack-quantized"}""", "'format' is \"pack-quantized\" where \"float-quantized\" can be read")]
    [InlineData("""{"quant_method": "compressed-tensors", "format": "float-quantized"}""", "'config_groups' is null where a mapping is expected")]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": 1}}""", "'a' is 1 where a mapping is expected")]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "int"}}}}""", "floats of 8 bits can be read")]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "row"}}}}""", "'strategy' is \"row\" where tensor, channel, block or group is expected")]
    public void Settings_that_cannot_be_read_are_refused(string settings, string says) =>
        Assert.Contains(says, Assert.Throws<CheckpointException>(() => Load(settings, "_scale", "F32", [1])).Message);
}
