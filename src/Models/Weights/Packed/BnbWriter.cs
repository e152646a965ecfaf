using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Writes weights of bitsandbytes' formats as transformers saves them.</summary>
internal static class BnbWriter
{
    /// <summary>Adds the tensors of one 4-bit weight, or of one in 8-bit rows, under its own name.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="w">The weight; its bytes are copied out when the file is written.</param>
    /// <param name="dtype">torch's name of the type that it had before, which its state says.</param>
    /// <exception cref="ArgumentException">The weight is in another format.</exception>
    internal static void Add(SafetensorsWriter writer, QuantizedTensor w, string dtype)
    {
        if (w.Format is Int8RowFormat) AddRows(writer, w);
        else AddBlocks(writer, w, dtype);
    }

    /// <summary>Name of the tensor that holds the state.</summary>
    internal static string StateName(QuantizedTensor w) => $"{w.Name}.quant_state.bitsandbytes__{Format(w).Code.Name}";

    /// <summary>The state as JSON, spaced as Python's.</summary>
    /// <param name="w">The weight.</param>
    /// <param name="dtype">torch's name of the type that it had before.</param>
    /// <param name="shape">Its lengths, when they are not those of the matrix.</param>
    internal static string State(QuantizedTensor w, string dtype, IReadOnlyList<int>? shape = null)
    {
        BnbFourBitFormat format = Format(w);
        var json = new StringBuilder($"{{\"quant_type\": \"{format.Code.Name}\", \"blocksize\": {format.BlockSize}, \"dtype\": \"{dtype}\", \"shape\": [{string.Join(", ", shape ?? [.. w.Shape])}]");
        if (format.IsNested)
            json.Append($", \"nested_blocksize\": {format.NestedBlockSize}, \"nested_dtype\": \"float32\", \"nested_offset\": {PyNumbers.Text(MemoryMarshal.Read<float>(w.PartBytes(BnbFourBitFormat.NestedOffset)))}");
        return json.Append('}').ToString();
    }

    /// <summary>quantization_config of a config.json, in transformers' order.</summary>
    /// <param name="format">A format of bitsandbytes.</param>
    /// <param name="dtype">torch's name of the type to compute in.</param>
    /// <param name="skipped">Modules that are not quantised beside the head, or null.</param>
    /// <exception cref="ArgumentException">The format is another.</exception>
    internal static JsonObject Config(PackedFormat format, string dtype, IEnumerable<string>? skipped = null)
    {
        var four = format as BnbFourBitFormat;
        if (four is null && format is not Int8RowFormat) throw new ArgumentException($"{format}: not a format of bitsandbytes", nameof(format));
        return new JsonObject
        {
            ["_load_in_4bit"] = four is not null,
            ["_load_in_8bit"] = four is null,
            ["bnb_4bit_compute_dtype"] = dtype,
            ["bnb_4bit_quant_storage"] = "uint8",
            ["bnb_4bit_quant_type"] = four?.Code.Name ?? "fp4",
            ["bnb_4bit_use_double_quant"] = four?.IsNested ?? false,
            ["llm_int8_enable_fp32_cpu_offload"] = false,
            ["llm_int8_has_fp16_weight"] = false,
            ["llm_int8_skip_modules"] = skipped is null ? null : new JsonArray([.. skipped.Select(s => JsonValue.Create(s))]),
            ["llm_int8_threshold"] = 6.0,
            ["load_in_4bit"] = four is not null,
            ["load_in_8bit"] = four is null,
            ["quant_method"] = "bitsandbytes",
        };
    }

    private static BnbFourBitFormat Format(QuantizedTensor w) => w.Format as BnbFourBitFormat ?? throw new ArgumentException($"{w}: not a format of bitsandbytes", nameof(w));

    private static void AddBlocks(SafetensorsWriter writer, QuantizedTensor w, string dtype)
    {
        BnbFourBitFormat format = Format(w);
        AddPart(writer, w.Name, "U8", [w.Parts[BnbFourBitFormat.Codes].Shape[0], 1], w, BnbFourBitFormat.Codes);
        AddPart(writer, w.Name + ".absmax", format.IsNested ? "U8" : "F32", [w.Parts[BnbFourBitFormat.AbsMax].Shape[0]], w, BnbFourBitFormat.AbsMax);
        writer.Add<float>(w.Name + ".quant_map", [16], format.Code.Values.ToArray());
        if (format.IsNested)
        {
            AddPart(writer, w.Name + ".nested_absmax", "F32", [w.Parts[BnbFourBitFormat.NestedAbsMax].Shape[0]], w, BnbFourBitFormat.NestedAbsMax);
            AddPart(writer, w.Name + ".nested_quant_map", "F32", [256], w, BnbFourBitFormat.NestedMap);
        }
        byte[] state = Encoding.UTF8.GetBytes(State(w, dtype));
        writer.Add<byte>(StateName(w), [state.Length], state);
    }

    private static void AddRows(SafetensorsWriter writer, QuantizedTensor w)
    {
        if (!w.Name.EndsWith(".weight", StringComparison.Ordinal)) throw new ArgumentException($"{w.Name}: the name of an 8-bit weight ends in .weight", nameof(w));
        AddPart(writer, w.Name, "I8", [w.Shape[0], w.Shape[1]], w, Int8RowFormat.Codes);
        AddPart(writer, w.Name[..^"weight".Length] + "SCB", "F32", [w.Shape[0]], w, Int8RowFormat.Scale);
        writer.Add<byte>(w.Name + "_format", [], new byte[1]);
    }

    private static void AddPart(SafetensorsWriter writer, string name, string type, ReadOnlySpan<long> shape, QuantizedTensor w, int part) =>
        writer.Add(name, type, shape, stream => stream.Write(w.PartBytes(part)));
}
