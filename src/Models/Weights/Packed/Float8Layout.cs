using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Checkpoints in 8-bit floats: X.weight F8 with X.weight_scale_inv (fp8) or X.weight_scale (compressed-tensors, fbgemm_fp8), both multiplied.</summary>
/// <remarks>The scale's own shape says what it is for: one number the whole matrix, a number a row, or blocks of the size in the configuration.</remarks>
internal sealed class Float8Layout : PackedLayout
{
    private static readonly string[] s_types = ["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"];
    private static readonly string[] s_scaleTypes = ["F32", "BF16", "F16", "F8_E8M0"];
    private readonly Checkpoint _checkpoint;
    private readonly PackedTensors _tensors;
    private readonly int _blockRows, _blockColumns;

    private Float8Layout(Checkpoint checkpoint, int blockRows, int blockColumns) =>
        (_checkpoint, _tensors, _blockRows, _blockColumns) = (checkpoint, new PackedTensors(checkpoint), blockRows, blockColumns);

    /// <exception cref="CheckpointException">The settings make no sense, or the weights are in another type than 8-bit floats.</exception>
    internal static Float8Layout Read(Checkpoint checkpoint, string method, JsonObject settings)
    {
        var reader = new ConfigReader(settings, $"{checkpoint.ConfigSource}, quantization_config", PackedTensors.Cure);
        (int rows, int columns) = method == "compressed-tensors" ? CompressedBlocks(reader) : Pair(reader, "weight_block_size") ?? (0, 0);
        return new Float8Layout(checkpoint, rows, columns);
    }

    internal override bool Has(string path) => path.EndsWith(".weight", StringComparison.Ordinal)
        && ((_tensors.Has(path) && s_types.Contains(_checkpoint.Describe(path).StoredAs)) || ScaleOf(path) is not null);

    internal override QuantizedTensor Load(Backend backend, string path, Shape shape)
    {
        if (shape.Rank != 2) throw _tensors.Fault(path, $"only matrices are packed, found a packed tensor where config.json asks for {shape}");
        string why = $"the 8-bit float weight {shape}";
        CheckpointTensor codes = _tensors.Require(path, why, s_types, shape[0], shape[1]);
        string scale = ScaleOf(path) ?? throw _tensors.Fault(path + "_scale_inv", $"{why} needs a scale under this name or '{path}_scale', found neither");
        CheckpointTensor scales = _tensors.Require(scale, why, s_scaleTypes);
        if (_tensors.Has(path + "_zero_point") && Array.Exists(_tensors.Floats(path + "_zero_point"), z => z != 0))
            throw _tensors.Fault(path + "_zero_point", "expected zeros, found a zero point", "8-bit floats with zero points cannot be read: use the checkpoint that it was made from");
        Float8Kind kind = codes.StoredAs switch { "F8_E4M3" => Float8Kind.E4M3, "F8_E5M2" => Float8Kind.E5M2, "F8_E4M3FNUZ" => Float8Kind.E4M3Fnuz, _ => Float8Kind.E5M2Fnuz };
        (int rows, int columns) = Blocks(scale, scales, shape);
        return Filled(QuantizedTensor.Empty(backend, path, shape, new Float8Format(kind, rows, columns)), packed =>
        {
            _tensors.Copy(path, packed.Parts[Float8Format.Codes]);
            backend.Upload(MemoryMarshal.AsBytes<float>(_tensors.Floats(scale)), packed.Parts[Float8Format.Scale]);
        });
    }

    private string? ScaleOf(string path) => _tensors.Has(path + "_scale_inv") ? path + "_scale_inv" : _tensors.Has(path + "_scale") ? path + "_scale" : null;

    /// <summary>What a scale is for, by its shape.</summary>
    private (int Rows, int Columns) Blocks(string name, CheckpointTensor scales, Shape shape)
    {
        if (scales.Elements == 1 && (_blockRows == 0 || (_blockRows >= shape[0] && _blockColumns >= shape[1]))) return (0, 0);
        if (_blockColumns > 0)
        {
            long rows = _blockRows == 0 ? 1 : Blockwise8Bit.Blocks(shape[0], _blockRows), columns = Blockwise8Bit.Blocks(shape[1], _blockColumns);
            if (scales.Shape.SequenceEqual([rows, columns])) return (_blockRows, _blockColumns);
            if (!IsRows()) throw _tensors.Fault(name, $"blocks of {_blockRows} x {_blockColumns} of the weight {shape} need [{rows}, {columns}] scales, found {PackedTensors.Found(scales)}");
        }
        return IsRows() ? (1, 0) : throw _tensors.Fault(name, $"the weight {shape} needs one scale, [{shape[0]}] or [{shape[0]}, 1] of them, or weight_block_size in quantization_config, found {PackedTensors.Found(scales)}");

        bool IsRows() => scales.Shape is [var n] && n == shape[0] || scales.Shape is [var r, 1] && r == shape[0];
    }

    /// <summary>The block size of compressed-tensors' groups; all weights must be floats of 8 bits.</summary>
    private static (int Rows, int Columns) CompressedBlocks(ConfigReader reader)
    {
        string source = reader.Source;
        string? format = reader.TextOrNull("format");
        if (format is not (null or "float-quantized" or "naive-quantized" or "dense"))
            throw new CheckpointException($"{source}: 'format' is \"{format}\" where \"float-quantized\" can be read; use the checkpoint that it was made from");
        (int, int)? blocks = null;
        if (reader.Section("config_groups") is not { } groups) throw reader.Wrong("config_groups", "a mapping");
        foreach (string group in groups.Json.Select(g => g.Key))
        {
            ConfigReader weights = groups.Section(group)?.Section("weights") ?? throw groups.Wrong(group, "a mapping with weights");
            if (weights.IntOrNull("num_bits") != 8 || weights.TextOrNull("type") is not (null or "float"))
                throw new CheckpointException($"{weights.Source}: floats of 8 bits can be read, found {weights.Json.ToJsonString()}; use the checkpoint that it was made from");
            (int, int) own = weights.TextOrNull("strategy") switch
            {
                null or "tensor" or "channel" => (0, 0),
                "block" => Pair(weights, "block_structure") ?? throw weights.Wrong("block_structure", "[rows, columns]"),
                "group" => (1, weights.Int("group_size") is > 0 and var size ? size : throw weights.Wrong("group_size", "a positive number")),
                _ => throw weights.Wrong("strategy", "tensor, channel, block or group"),
            };
            if (blocks is { } other && other != own && own != (0, 0)) throw new CheckpointException($"{source}: 'config_groups' has groups in blocks of two sizes, which is not supported; use the checkpoint that it was made from");
            if (blocks is null or (0, 0)) blocks = own;
        }
        return blocks ?? (0, 0);
    }

    private static (int, int)? Pair(ConfigReader reader, string key) => reader.Get(key) is null ? null
        : reader.Doubles(key) is [var rows, var columns] && IsSize(rows) && IsSize(columns) ? ((int)rows, (int)columns) : throw reader.Wrong(key, "[rows, columns]");

    private static bool IsSize(double x) => x == Math.Floor(x) && x is >= 1 and < 1 << 24;
}
