using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>bitsandbytes' 4 bits: bytes, scales, what they stand for, and the state as it is stored.</summary>
public sealed class Bnb4Kind : IGoldenKind
{
    public string Kind => "bnb4";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement settings = golden.Settings;
        FourBitCode code = FourBitCode.Find(settings.GetProperty("quant_type").GetString())!;
        bool nested = settings.GetProperty("compress_statistics").GetBoolean();
        var format = new BnbFourBitFormat(code, settings.GetProperty("blocksize").GetInt32(), nested ? settings.GetProperty("nested_blocksize").GetInt32() : 0);
        int[] lengths = golden["in.weight"].Shape;
        Shape shape = [lengths[..^1].Aggregate(1, (a, b) => a * b), lengths[^1]];
        float[] weight = golden["in.weight"].Floats();
        using QuantizedTensor w = new BnbFourBitQuantizer(format).Quantize(backend, "w", shape, (row, rows) => weight.AsSpan(row * shape[1], rows.Length).CopyTo(rows));
        byte[] packed = w.PartBytes(BnbFourBitFormat.Codes);
        HashSet<string> left = [.. golden.Tensors.Keys.Where(k => !k.StartsWith("in.", StringComparison.Ordinal))];
        void Check(string name, float[] values)
        {
            if (left.Remove(name)) golden.Check(name, values);
        }

        Check("packed", [.. packed.Select(b => (float)b)]);
        if (left.Remove("packed_as_stored")) Assert.Equal(golden["packed_as_stored"].Bytes.ToArray(), packed);
        Check("codes_canonical", [.. Enumerable.Range(0, weight.Length).Select(i => i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15).Select(c => c == 8 ? 0f : c)]);
        Check("quant_map", code.Values.ToArray());
        byte[] absmax = w.PartBytes(BnbFourBitFormat.AbsMax);
        Check("absmax", nested ? [.. absmax.Select(b => (float)b)] : MemoryMarshal.Cast<byte, float>(absmax).ToArray());
        if (nested)
        {
            Check("nested_absmax", MemoryMarshal.Cast<byte, float>(w.PartBytes(BnbFourBitFormat.NestedAbsMax)).ToArray());
            Check("nested_offset", MemoryMarshal.Cast<byte, float>(w.PartBytes(BnbFourBitFormat.NestedOffset)).ToArray());
            Check("nested_quant_map", MemoryMarshal.Cast<byte, float>(w.PartBytes(BnbFourBitFormat.NestedMap)).ToArray());
        }
        Check("absmax_dequantized", [.. Enumerable.Range(0, Blockwise8Bit.Blocks(weight.Length, format.BlockSize)).Select(b => format.Scale(w, b))]);
        foreach ((string name, DType dtype) in new[] { ("dequantized_float32", DType.F32), ("dequantized_bfloat16", DType.BF16), ("dequantized_float16", DType.F16) })
        {
            using var scope = TensorScope.Begin();
            Tensor y = Tensor.Empty(backend, shape, dtype);
            w.Read(.., y);
            Check(name, y.To(DType.F32).ToArray<float>());
        }
        CheckState(golden, w, lengths, left);
        Assert.Empty(left);
    }

    /// <summary>The JSON beside the codes: the same keys and texts, numbers within the tolerance.</summary>
    private static void CheckState(GoldenCase golden, QuantizedTensor w, int[] lengths, HashSet<string> left)
    {
        string name = left.Single(n => n.StartsWith("quant_state.", StringComparison.Ordinal));
        left.Remove(name);
        Assert.Equal(BnbWriter.StateName(w)["w.".Length..], name);
        var expected = (JsonObject)JsonNode.Parse(Encoding.UTF8.GetString(golden[name].Bytes.Span))!;
        var actual = (JsonObject)JsonNode.Parse(BnbWriter.State(w, golden.Settings.GetProperty("input_dtype").GetString()!, lengths))!;
        Assert.Equal(expected.Select(p => p.Key), actual.Select(p => p.Key));
        (double abs, double rel) = golden.Tolerance("nested_offset");
        foreach ((string key, JsonNode? value) in expected)
            if (key == "nested_offset") Assert.InRange(actual[key]!.GetValue<double>(), value!.GetValue<double>() - abs - rel * Math.Abs(value.GetValue<double>()), value.GetValue<double>() + abs + rel * Math.Abs(value.GetValue<double>()));
            else Assert.Equal(value!.ToJsonString(), actual[key]!.ToJsonString());
    }
}
