using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Checkpoints that transformers saved with bitsandbytes: 4 bits beside their state as JSON, or rows of 8 bits with SCB. Each layer says itself what it is.</summary>
internal sealed class BnbLayout : PackedLayout
{
    private const string State = ".quant_state.bitsandbytes__";
    private const float MapTolerance = 1e-5f;
    private readonly PackedTensors _tensors;
    private readonly Checkpoint _checkpoint;

    private BnbLayout(Checkpoint checkpoint) => (_checkpoint, _tensors) = (checkpoint, new PackedTensors(checkpoint));

    /// <exception cref="CheckpointException">The settings make no sense.</exception>
    internal static BnbLayout Read(Checkpoint checkpoint, JsonObject settings)
    {
        var reader = new ConfigReader(settings, $"{checkpoint.ConfigSource}, quantization_config", PackedTensors.Cure);
        bool four = reader.Bool("load_in_4bit", reader.Bool("_load_in_4bit", false)), eight = reader.Bool("load_in_8bit", reader.Bool("_load_in_8bit", false));
        if (four && eight) throw new CheckpointException($"{checkpoint.ConfigSource}: 'quantization_config': expected one of load_in_4bit and load_in_8bit, found both true; keep the one that the weights are stored in");
        if (four && reader.TextOrNull("bnb_4bit_quant_type") is { } type && FourBitCode.Find(type) is null) throw reader.Wrong("bnb_4bit_quant_type", "\"nf4\" or \"fp4\"");
        if (reader.Get("llm_int8_skip_modules") is not null) reader.Texts("llm_int8_skip_modules");
        return new BnbLayout(checkpoint);
    }

    /// <summary>Any sign of a packed weight will do: what is missing is told when it is loaded.</summary>
    internal override bool Has(string path) => path.EndsWith(".weight", StringComparison.Ordinal)
        && (HasState(path) || _tensors.Has(Scale(path))
            || (_tensors.Has(path) && _checkpoint.Describe(path).StoredAs is "U8" or "I8"));

    internal override QuantizedTensor Load(Backend backend, string path, Shape shape)
    {
        if (shape.Rank != 2) throw _tensors.Fault(path, $"only matrices are packed, found a packed tensor where config.json asks for {shape}");
        // Bytes of two codes may be stored as I8 too: bnb_4bit_quant_storage.
        bool eight = _tensors.Has(Scale(path)) || (_tensors.Has(path) && _checkpoint.Describe(path).StoredAs == "I8" && !HasState(path));
        return eight ? LoadRows(backend, path, shape) : LoadBlocks(backend, path, shape);
    }

    /// <summary>Whether something beside a weight says that it is in 4 bits.</summary>
    private bool HasState(string path) => _tensors.Has($"{path}{State}nf4") || _tensors.Has($"{path}{State}fp4") || _tensors.Has(path + ".absmax") || _tensors.Has(path + ".quant_map");

    private static string Scale(string path) => path[..^"weight".Length] + "SCB";

    private QuantizedTensor LoadRows(Backend backend, string path, Shape shape)
    {
        string why = $"the 8-bit weight {shape}", order = path + "_format";
        _tensors.Require(path, why, ["I8"], shape[0], shape[1]);
        _tensors.Require(Scale(path), why, ["F32"], shape[0]);
        if (_tensors.Has(order) && _tensors.Require(order, why, ["U8"]) is { Elements: 1 } && _tensors.Bytes(order)[0] is not 0 and var code)
            throw _tensors.Fault(order, $"expected 0, the order of rows, found {code}", "save the model with a bitsandbytes of 2023-12 (0.41.3) or later");
        return Filled(QuantizedTensor.Empty(backend, path, shape, Int8RowFormat.Instance), packed =>
        {
            _tensors.Copy(path, packed.Parts[Int8RowFormat.Codes]);
            RequireFinite(Scale(path));
            _tensors.Copy(Scale(path), packed.Parts[Int8RowFormat.Scale]);
        });
    }

    private QuantizedTensor LoadBlocks(Backend backend, string path, Shape shape)
    {
        (BnbFourBitFormat format, float offset) = ReadState(path, shape);
        string why = $"{format.Code.Name} {shape} in blocks of {format.BlockSize}";
        CheckpointTensor codes = _tensors.Require(path, why, ["U8", "I8", "BF16", "F16", "F32", "F64"]);
        long bytes = codes.Elements * Size(codes.StoredAs), needed = (shape.Count + 1) / 2;
        if (bytes != needed) throw _tensors.Fault(path, $"{why} needs {needed} bytes, found {PackedTensors.Found(codes)} of {bytes} bytes");
        long blocks = Blockwise8Bit.Blocks(shape.Count, format.BlockSize);
        _tensors.Require(path + ".absmax", why, [format.IsNested ? "U8" : "F32"], blocks);
        CheckMap(path + ".quant_map", why, format.Code);
        if (format.IsNested)
        {
            _tensors.Require(path + ".nested_absmax", why, ["F32"], Blockwise8Bit.Blocks(blocks, format.NestedBlockSize));
            _tensors.Require(path + ".nested_quant_map", why, ["F32"], 256);
        }
        return Filled(QuantizedTensor.Empty(backend, path, shape, format), packed =>
        {
            foreach (string scales in format.IsNested ? (string[])[path + ".nested_absmax", path + ".nested_quant_map"] : [path + ".absmax"]) RequireFinite(scales);
            _tensors.Copy(path, packed.Parts[BnbFourBitFormat.Codes]);
            _tensors.Copy(path + ".absmax", packed.Parts[BnbFourBitFormat.AbsMax]);
            if (!format.IsNested) return;
            _tensors.Copy(path + ".nested_absmax", packed.Parts[BnbFourBitFormat.NestedAbsMax]);
            _tensors.Copy(path + ".nested_quant_map", packed.Parts[BnbFourBitFormat.NestedMap]);
            backend.Upload(MemoryMarshal.AsBytes<float>([offset]), packed.Parts[BnbFourBitFormat.NestedOffset]);
        });
    }

    /// <summary>The JSON beside the codes: the only place that has the matrix's shape and the offset of the scales.</summary>
    private (BnbFourBitFormat Format, float Offset) ReadState(string path, Shape shape)
    {
        string kind = _tensors.Has($"{path}{State}fp4") ? "fp4" : "nf4", name = $"{path}{State}{kind}";
        _tensors.Require(name, "a 4-bit weight", ["U8"]);
        JsonObject json;
        try { json = JsonText.Nodes(_tensors.Bytes(name)) as JsonObject ?? throw _tensors.Fault(name, "expected a JSON object with blocksize and shape, found another value"); }
        catch (JsonException e) { throw _tensors.Fault(name, $"expected a JSON object with blocksize and shape, found what is no JSON ({e.Message.TrimEnd('.')})", inner: e); }
        var reader = new ConfigReader(json, $"{_checkpoint.FileOf(name)}: tensor '{name}'", PackedTensors.Cure);
        if (reader.TextOrNull("quant_type") is { } type && type != kind) throw _tensors.Fault(name, $"quant_type: expected \"{kind}\", found \"{type}\"");
        int size = Block("blocksize"), nested = 0;
        if (size % 2 != 0) throw reader.Wrong("blocksize", "an even number of weights");
        long[] stored = [.. (reader.Doubles("shape") ?? throw reader.Wrong("shape", "[out, in]")).Select(d => d == Math.Floor(d) && Math.Abs(d) < int.MaxValue ? (long)d : throw reader.Wrong("shape", "whole numbers"))];
        if (!stored.SequenceEqual(shape.Select(d => (long)d))) throw _tensors.Fault(name, $"shape: expected {shape}, for which config.json asks, found [{string.Join(", ", stored)}]");
        double offset = 0;
        if (reader.Get("nested_blocksize") is not null || reader.Get("nested_offset") is not null || _tensors.Has(path + ".nested_absmax"))
        {
            nested = Block("nested_blocksize");
            offset = reader.DoubleOrNull("nested_offset") is { } o && float.IsFinite((float)o) ? o : throw reader.Wrong("nested_offset", "a number");
            if (reader.TextOrNull("nested_dtype") is not (null or "float32")) throw reader.Wrong("nested_dtype", "\"float32\"");
        }
        return (new BnbFourBitFormat(FourBitCode.Find(kind)!, size, nested), (float)offset);

        int Block(string key) => reader.Get(key) is null ? throw reader.Wrong(key, "a number of weights") : reader.Int(key) is > 0 and <= 1 << 24 and var n ? n : throw reader.Wrong(key, "a positive number of weights");
    }

    /// <summary>bitsandbytes' own kernels know one table for each type; another one would mean other weights.</summary>
    private void CheckMap(string name, string why, FourBitCode code)
    {
        _tensors.Require(name, why, ["F32"], 16);
        float[] map = _tensors.Floats(name);
        for (int i = 0; i < map.Length; i++)
            if (!(MathF.Abs(map[i] - code.Values[i]) <= MapTolerance))
                throw _tensors.Fault(name, $"expected the numbers of {code.Name}, found {map[i]} where code {i} means {code.Values[i]}", "another table cannot be read: use the checkpoint that it was made from");
    }

    /// <summary>A scale that is no number would show only as a bad answer.</summary>
    private void RequireFinite(string name)
    {
        float[] scales = _tensors.Floats(name);
        int at = Array.FindIndex(scales, s => !float.IsFinite(s));
        if (at >= 0) throw _tensors.Fault(name, FormattableString.Invariant($"expected finite numbers, found {scales[at]} at place {at}"), "the file is damaged, fetch it again");
    }

    private static int Size(string type) => type switch { "U8" or "I8" => 1, "F64" => 8, "F32" => 4, _ => 2 };
}
