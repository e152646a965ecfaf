using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>GPTQ's and AWQ's files: written, read again, and refused in a sentence when they are wrong.</summary>
[Trait("Category", "Unit")]
public class AffineLayoutTests
{
    private const int Outputs = 32, Inputs = 64;
    private const string Path = "model.layers.0.mlp.up_proj.weight", Stem = "model.layers.0.mlp.up_proj.";

    private static AffineCodes Codes(int bits, int groupSize, bool actOrder, int lowestZero = 1)
    {
        var random = new Random(bits + groupSize);
        var y = new AffineCodes(Outputs, Inputs, bits, groupSize);
        for (int i = 0; i < y.Codes.Length; i++) y.Codes[i] = (byte)random.Next(1 << bits);
        for (int i = 0; i < y.Scales.Length; i++) (y.Scales[i], y.Zeros[i]) = ((float)(Half)(0.01 + random.NextDouble()), (byte)random.Next(lowestZero, 1 << bits));
        if (actOrder) random.Shuffle(y.Index = [.. Enumerable.Range(0, Inputs).Select(i => i / groupSize)]);
        return y;
    }

    private static JsonObject Gptq(int bits, int groupSize, string? format = null, bool actOrder = false)
    {
        var config = new JsonObject { ["quant_method"] = "gptq", ["bits"] = bits, ["group_size"] = groupSize == 0 ? -1 : groupSize, ["desc_act"] = actOrder };
        if (format is not null) config["checkpoint_format"] = format;
        return config;
    }

    private static JsonObject Awq(int groupSize) => new() { ["quant_method"] = "awq", ["bits"] = 4, ["group_size"] = groupSize, ["version"] = "GEMM", ["zero_point"] = true };

    private static QuantizedTensor Load(string folder, JsonObject settings, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        PackedLayout layout = PackedLayout.Of(checkpoint, new JsonObject { ["quantization_config"] = settings })!;
        Assert.True(layout.Has(Path));
        Assert.False(layout.Has("model.norm.weight"));
        return layout.Load(backend, Path, [Outputs, Inputs]);
    }

    private static void Write(string folder, AffineCodes codes, Backend backend, Action<SafetensorsWriter, QuantizedTensor> add)
    {
        using QuantizedTensor packed = codes.ToTensor(backend, Path);
        var writer = new SafetensorsWriter();
        add(writer, packed);
        writer.SaveFolder(folder);
    }

    private static void CheckSame(AffineCodes codes, QuantizedTensor read)
    {
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(read.Backend, read.Shape);
        read.Read(.., dense);
        Assert.Equal(codes.Values(), dense.ToArray<float>());
    }

    [Theory]
    [InlineData(2, 16, false, "gptq")]
    [InlineData(3, 32, false, null)]
    [InlineData(4, 32, true, "gptq")]
    [InlineData(4, 0, false, "gptq_v2")]
    [InlineData(8, 16, true, "gptq")]
    [InlineData(8, 64, false, "gptq_v2")]
    public void What_is_written_for_gptq_is_read(int bits, int groupSize, bool actOrder, string? format)
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 2);
        AffineCodes codes = Codes(bits, groupSize, actOrder, lowestZero: format == "gptq_v2" ? 0 : 1);
        Write(folder.Path, codes, backend, (writer, w) => GptqWriter.Add(writer, w, format != "gptq_v2"));
        using (QuantizedTensor read = Load(folder.Path, Gptq(bits, groupSize, format, actOrder), backend))
        {
            CheckSame(codes, read);
            Assert.Equal(actOrder, ((AffineGroupFormat)read.Format).HasIndex);
        }
        Assert.Equal((0, 0L), (backend.LiveBlocks, backend.ForgottenBlocks));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void What_is_written_for_awq_is_read(int groupSize)
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 2);
        AffineCodes codes = Codes(4, groupSize, false, lowestZero: 0);
        Write(folder.Path, codes, backend, AwqWriter.Add);
        using QuantizedTensor read = Load(folder.Path, Awq(groupSize), backend);
        CheckSame(codes, read);
    }

    [Fact]
    public void Awq_words_hold_eight_outputs_in_their_own_order()
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        var codes = new AffineCodes(Outputs, Inputs, 4, 0);
        for (int o = 0; o < Outputs; o++)
            for (int i = 0; i < Inputs; i++) codes.Codes[o * Inputs + i] = (byte)(o % 8);
        Array.Fill(codes.Scales, 1);
        Write(folder.Path, codes, backend, AwqWriter.Add);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(0x75316420u, BitConverter.ToUInt32(checkpoint.ReadRaw(Stem + "qweight")));
    }

    /// <summary>Writers of version 1 subtract one from whole words: a zero point of 0 borrows from its neighbour.</summary>
    [Fact]
    public void A_borrowed_one_is_given_back()
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        AffineCodes codes = Codes(4, 64, false, lowestZero: 0);
        codes.Zeros[0] = 0;
        codes.Zeros[1] = 9;
        WriteParts(folder.Path, codes, backend, parts => parts["qzeros"] = parts["qzeros"] with { Data = Words(parts["qzeros"].Data, w => w - 0x11111111) }, isMinusOne: false);
        using QuantizedTensor read = Load(folder.Path, Gptq(4, 64), backend);
        CheckSame(codes, read);
    }

    [Theory]
    [InlineData("qweight", "missing", "tensor 'model.layers.0.mlp.up_proj.qweight' is missing: expected I32 [8, 32] for 4 bits and groups of 32; weights and config.json must be of one model, fetch both again")]
    [InlineData("qzeros", "missing", "tensor 'model.layers.0.mlp.up_proj.qzeros' is missing: expected I32 [2, 4]")]
    [InlineData("scales", "missing", "tensor 'model.layers.0.mlp.up_proj.scales' is missing: expected F16 or BF16 or F32 [2, 32]")]
    [InlineData("g_idx", "missing", "tensor 'model.layers.0.mlp.up_proj.g_idx' is missing: expected I32 [64]; weights")]
    [InlineData("qzeros", "shape", "tensor 'model.layers.0.mlp.up_proj.qzeros': expected I32 [2, 4] for 4 bits and groups of 32, found I32 [4, 2]; weights and config.json must be of one model, fetch both again")]
    [InlineData("scales", "shape", "expected F16 or BF16 or F32 [2, 32] for 4 bits and groups of 32, found F16 [32, 2]")]
    [InlineData("qweight", "shape", "expected I32 [8, 32] for 4 bits and groups of 32, found I32 [32, 8]")]
    [InlineData("g_idx", "value", "tensor 'model.layers.0.mlp.up_proj.g_idx': expected groups from 0 to 1, found 2 for input 0; weights")]
    [InlineData("g_idx", "negative", "expected groups from 0 to 1, found -1 for input 0")]
    [InlineData("qweight", "dtype", "tensor 'model.layers.0.mlp.up_proj.qweight': expected I32 [8, 32] for 4 bits and groups of 32, found U32 [8, 32]")]
    [InlineData("scales", "dtype", "found I16 [2, 32]")]
    [InlineData("scales", "infinite", "tensor 'model.layers.0.mlp.up_proj.scales': expected finite numbers, found Infinity for output 0 of group 0; the file is damaged, fetch it again")]
    public void A_wrong_tensor_is_refused_in_a_sentence(string part, string fault, string message)
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        WriteParts(folder.Path, Codes(4, 32, true), backend, parts =>
        {
            Part p = parts[part];
            switch (fault)
            {
                case "missing": parts.Remove(part); break;
                case "shape": parts[part] = p with { Shape = [.. p.Shape.Reverse()] }; break;
                case "dtype": parts[part] = p with { DType = p.DType == "I32" ? "U32" : "I16" }; break;
                case "value": BitConverter.TryWriteBytes(p.Data, 2); break;
                case "negative": BitConverter.TryWriteBytes(p.Data, -1); break;
                case "infinite": BitConverter.TryWriteBytes(p.Data, Half.PositiveInfinity); break;
            }
        });
        string found = Assert.Throws<CheckpointException>(() => Load(folder.Path, Gptq(4, 32, actOrder: true), backend)).Message;
        Assert.StartsWith(folder.Path, found);
        Assert.Contains(message, found);
        Assert.Equal(0, backend.LiveBlocks);
    }

    [Theory]
    [InlineData("gptq", "bits", "5", "config.json: quantization_config.bits: expected 2, 3, 4 or 8, found 5; fetch config.json again, it must be of the same model as the weights")]
    [InlineData("gptq", "bits", "\"4\"", "quantization_config.bits: expected 2, 3, 4 or 8, found \"4\"")]
    [InlineData("gptq", "bits", "null", "quantization_config.bits: expected 2, 3, 4 or 8, found nothing")]
    [InlineData("gptq", "group_size", "0", "quantization_config.group_size: expected -1 or a whole number from 1 on, found 0")]
    [InlineData("gptq", "group_size", "32.5", "quantization_config.group_size: expected -1 or a whole number from 1 on, found 32.5")]
    [InlineData("gptq", "desc_act", "\"yes\"", "quantization_config.desc_act: expected true or false, found \"yes\"")]
    [InlineData("gptq", "checkpoint_format", "\"marlin\"", "quantization_config.checkpoint_format: expected 'gptq' or 'gptq_v2', found 'marlin', which is laid out for one kernel; save the model in the format 'gptq' with GPTQModel")]
    [InlineData("gptq", "is_marlin_format", "true", "quantization_config.is_marlin_format: expected false, found true")]
    [InlineData("gptq", "group_size", "16", "tensor 'model.layers.0.mlp.up_proj.qzeros': expected I32 [4, 4] for 4 bits and groups of 16, found I32 [2, 4]")]
    [InlineData("gptq", "bits", "8", "tensor 'model.layers.0.mlp.up_proj.qweight': expected I32 [16, 32] for 8 bits and groups of 32, found I32 [8, 32]")]
    [InlineData("awq", "bits", "8", "quantization_config.bits: expected 4, found 8")]
    [InlineData("awq", "version", "\"gemv\"", "quantization_config.version: expected 'gemm', found 'gemv', which is laid out for other kernels; save the model as version 'gemm' with AutoAWQ")]
    [InlineData("awq", "backend", "\"llm-awq\"", "quantization_config.backend: expected 'autoawq', found 'llm-awq'")]
    public void A_wrong_setting_is_refused_in_a_sentence(string method, string key, string value, string message)
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        Write(folder.Path, Codes(4, 32, false), backend, method == "gptq" ? (writer, w) => GptqWriter.Add(writer, w) : AwqWriter.Add);
        JsonObject settings = method == "gptq" ? Gptq(4, 32) : Awq(32);
        settings[key] = JsonNode.Parse(value);
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => Load(folder.Path, settings, backend)).Message);
    }

    private sealed record Part(string DType, long[] Shape, byte[] Data);

    private static byte[] Words(byte[] data, Func<uint, uint> change)
    {
        var words = new uint[data.Length / 4];
        Buffer.BlockCopy(data, 0, words, 0, data.Length);
        words = Array.ConvertAll(words, w => change(w));
        Buffer.BlockCopy(words, 0, data, 0, data.Length);
        return data;
    }

    /// <summary>GPTQ's tensors after a change.</summary>
    private static void WriteParts(string folder, AffineCodes codes, Backend backend, Action<Dictionary<string, Part>> change, bool isMinusOne = true)
    {
        Write(folder, codes, backend, (writer, w) => GptqWriter.Add(writer, w, isMinusOne));
        var parts = new Dictionary<string, Part>();
        using (Checkpoint checkpoint = Checkpoint.Open(folder))
            foreach (string name in checkpoint.Names)
                parts[name[Stem.Length..]] = new Part(checkpoint.Describe(name).StoredAs, checkpoint.Describe(name).Shape, checkpoint.ReadRaw(name).ToArray());
        change(parts);
        var writer = new SafetensorsWriter();
        foreach ((string name, Part p) in parts) writer.Add(Stem + name, p.DType, p.Shape, stream => stream.Write(p.Data));
        writer.SaveFolder(folder);
    }
}
