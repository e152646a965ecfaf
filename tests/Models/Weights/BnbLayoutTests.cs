using System.Text;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Checkpoints of bitsandbytes: what is written is read, and every damage is told in a sentence with file, tensor, what was expected, what was found and a cure.</summary>
[Trait("Category", "Unit")]
public class BnbLayoutTests
{
    private const string Name = "model.layers.0.mlp.up_proj.weight";
    private static readonly Shape s_shape = [9, 30];

    public static TheoryData<string> Formats => ["nf4", "nf4-dq", "fp4", "fp4-dq", "int8"];

    private static IQuantizer Quantizer(string format) => format == "int8" ? new Int8RowQuantizer() : new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Find(format[..3])!, 64, format.EndsWith("dq", StringComparison.Ordinal) ? 256 : 0));

    private static QuantizedTensor Make(Backend backend, string format, Shape? shape = null)
    {
        var random = new Random(5);
        return Quantizer(format).Quantize(backend, Name, shape ?? s_shape, (_, rows) =>
        {
            for (int i = 0; i < rows.Length; i++) rows[i] = (float)(2 * random.NextDouble() - 1);
        });
    }

    /// <summary>The tensors of one weight as a file has them, to be damaged.</summary>
    private sealed class Parts : Dictionary<string, (string Type, long[] Shape, byte[] Bytes)>
    {
        internal JsonNode Config { get; set; } = new JsonObject();

        internal static Parts Of(string format)
        {
            using Backend backend = Backends.Open("cpu", 1);
            using QuantizedTensor w = Make(backend, format);
            using var folder = new TemporaryFolder();
            var writer = new SafetensorsWriter();
            BnbWriter.Add(writer, w, "bfloat16");
            writer.SaveFolder(folder.Path);
            var parts = new Parts { Config = BnbWriter.Config(w.Format, "bfloat16") };
            using var file = SafetensorsFile.Open(folder.At("model.safetensors"));
            foreach (SafetensorsEntry t in file.Entries) parts[t.Name] = (t.Type.Name, t.Shape, file.Bytes(t.Name).ToArray());
            return parts;
        }

        internal string State
        {
            get => Encoding.UTF8.GetString(this[StateKey].Bytes);
            set => Put(StateKey, "U8", [Encoding.UTF8.GetByteCount(value)], Encoding.UTF8.GetBytes(value));
        }

        internal string StateKey => Keys.Single(k => k.Contains(".quant_state.", StringComparison.Ordinal));

        internal void Put(string name, string type, long[] shape, byte[]? bytes = null) => this[name] = (type, shape, bytes ?? new byte[SafetensorsType.Find(type)!.Bytes(shape.Aggregate(1L, (a, b) => a * b))]);

        internal void Save(TemporaryFolder folder)
        {
            var writer = new SafetensorsWriter();
            foreach ((string name, (string type, long[] shape, byte[] bytes)) in this) writer.Add(name, type, shape, s => s.Write(bytes));
            writer.SaveFolder(folder.Path);
            File.WriteAllText(folder.At("config.json"), new JsonObject { ["quantization_config"] = Config.DeepClone() }.ToJsonString());
        }
    }

    private static float[] Load(Parts parts, Backend backend, out string folderName)
    {
        using var folder = new TemporaryFolder();
        folderName = folder.Path;
        parts.Save(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        PackedLayout layout = PackedLayout.Of(checkpoint, checkpoint.ReadConfig())!;
        Assert.True(layout.Has(Name));
        using QuantizedTensor w = layout.Load(backend, Name, s_shape);
        Assert.Equal(Name, w.Name);
        return Expanded(w);
    }

    private static float[] Expanded(QuantizedTensor w)
    {
        using Tensor dense = Tensor.Empty(w.Backend, w.Shape);
        w.Read(.., dense);
        return dense.ToArray<float>();
    }

    [Theory, MemberData(nameof(Formats))]
    public void What_is_written_is_read(string format)
    {
        using Backend backend = Backends.Open("cpu", 1);
        float[] before;
        using (QuantizedTensor w = Make(backend, format)) before = Expanded(w);
        Assert.Equal(before, Load(Parts.Of(format), backend, out _));
        Assert.Equal(0, backend.LiveBlocks);
    }

    /// <summary>Names, types and shapes as transformers saves them.</summary>
    [Fact]
    public void The_written_tensors_are_those_of_transformers()
    {
        Parts parts = Parts.Of("nf4-dq");
        Assert.Equal(
            ["absmax U8 [5]", "nested_absmax F32 [1]", "nested_quant_map F32 [256]", "quant_map F32 [16]", "quant_state.bitsandbytes__nf4 U8 [" + parts[parts.StateKey].Shape[0] + "]"],
            parts.Where(p => p.Key != Name).Select(p => $"{p.Key[(Name.Length + 1)..]} {p.Value.Type} [{string.Join(", ", p.Value.Shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(("U8", "135, 1"), (parts[Name].Type, string.Join(", ", parts[Name].Shape)));
        Assert.Matches("""^\{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": \[9, 30\], "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0\.[0-9]+\}$""", parts.State);
        Assert.Equal((true, "nf4", true, "bitsandbytes"), ((bool)parts.Config["load_in_4bit"]!, (string)parts.Config["bnb_4bit_quant_type"]!, (bool)parts.Config["bnb_4bit_use_double_quant"]!, (string)parts.Config["quant_method"]!));
        Assert.Equal(["SCB F32 [9]", "weight I8 [9, 30]", "weight_format U8 []"], Parts.Of("int8").Select(p => $"{p.Key[(Name.Length - 6)..]} {p.Value.Type} [{string.Join(", ", p.Value.Shape)}]").Order(StringComparer.Ordinal));
    }

    /// <summary>LLaMA-Factory's own bases hold the bytes in BF16: they are never numbers.</summary>
    [Theory, InlineData("BF16", 2), InlineData("F16", 2), InlineData("F32", 4), InlineData("I8", 1)]
    public void Bytes_may_be_stored_as_other_types(string type, int size)
    {
        using Backend backend = Backends.Open("cpu", 1);
        using QuantizedTensor w = Make(backend, "nf4", [8, 30]);
        byte[] codes = w.PartBytes(BnbFourBitFormat.Codes);
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        BnbWriter.Add(writer, w, "bfloat16");
        writer.SaveFolder(folder.Path);
        using (var file = SafetensorsFile.Open(folder.At("model.safetensors")))
        {
            var again = new SafetensorsWriter();
            foreach (SafetensorsEntry t in file.Entries)
            {
                byte[] bytes = file.Bytes(t.Name).ToArray();
                again.Add(t.Name, t.Name == Name ? type : t.Type.Name, t.Name == Name ? [codes.Length / size, 1] : t.Shape, s => s.Write(bytes));
            }
            again.Save(folder.At("other.safetensors"));
        }
        File.Move(folder.At("other.safetensors"), folder.At("model.safetensors"), overwrite: true);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using QuantizedTensor read = PackedLayout.Of(checkpoint, new JsonObject { ["quantization_config"] = BnbWriter.Config(w.Format, "bfloat16") })!.Load(backend, Name, [8, 30]);
        Assert.Equal(codes, read.PartBytes(BnbFourBitFormat.Codes));
    }

    [Fact]
    public void A_weight_without_any_sign_of_packing_is_none()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add<float>("lm_head.weight", [2, 3], GgufBuilder.Count(6));
        writer.SaveFolder(folder.Path);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.False(PackedLayout.Of(checkpoint, new JsonObject { ["quantization_config"] = new JsonObject { ["load_in_4bit"] = true } })!.Has("lm_head.weight"));
    }

    [Fact]
    public void A_device_that_counts_reads_nothing()
    {
        using CpuBackend backend = CpuBackend.Measuring();
        Parts parts = Parts.Of("nf4-dq");
        using var folder = new TemporaryFolder();
        parts.Save(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using QuantizedTensor w = PackedLayout.Of(checkpoint, checkpoint.ReadConfig())!.Load(backend, Name, s_shape);
        Assert.Equal(135 + 5 + 4 + 4 + 1024, w.Bytes);
    }

    private static readonly Dictionary<string, (string Format, Action<Parts> Damage, string Tensor, string[] Says)> s_mutations = new()
    {
        ["state missing"] = ("nf4", p => p.Remove(p.StateKey), Name + ".quant_state.bitsandbytes__nf4", ["needs U8", "found no such tensor"]),
        ["state no JSON"] = ("nf4", p => p.State = "{\"blocksize\": 64,", Name + ".quant_state.bitsandbytes__nf4", ["expected a JSON object", "no JSON"]),
        ["state not UTF-8"] = ("nf4", p => p.Put(p.StateKey, "U8", [3], [0x7B, 0xFF, 0x7D]), Name + ".quant_state.bitsandbytes__nf4", ["no JSON (the text is not UTF-8)"]),
        ["state a list"] = ("nf4", p => p.State = "[1]", Name + ".quant_state.bitsandbytes__nf4", ["expected a JSON object", "found another value"]),
        ["state of another type"] = ("nf4", p => p.State = p.State.Replace("nf4", "fp4", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["expected \"nf4\", found \"fp4\""]),
        ["blocksize text"] = ("nf4", p => p.State = p.State.Replace("64", "\"many\"", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'blocksize' is \"many\" where a number is expected"]),
        ["blocksize odd"] = ("nf4", p => p.State = p.State.Replace("64", "63", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'blocksize' is 63 where an even number"]),
        ["blocksize negative"] = ("nf4", p => p.State = p.State.Replace("64", "-64", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'blocksize' is -64 where a positive number"]),
        ["blocksize huge"] = ("nf4", p => p.State = p.State.Replace("64", "1e300", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'blocksize' is 1e300 where a whole number"]),
        ["blocksize missing"] = ("nf4", p => p.State = p.State.Replace("blocksize", "size", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'blocksize' is null where a number of weights"]),
        ["blocksize of another file"] = ("nf4", p => p.State = p.State.Replace("64", "128", StringComparison.Ordinal), Name + ".absmax", ["in blocks of 128 needs F32 [3], found F32 [5]"]),
        ["shape of another matrix"] = ("nf4", p => p.State = p.State.Replace("9, 30", "30, 9", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["shape: expected [9, 30]", "found [30, 9]"]),
        ["shape of texts"] = ("nf4", p => p.State = p.State.Replace("9, 30", "\"9\", 30", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'shape' is [\"9\",30] where a number"]),
        ["shape missing"] = ("nf4", p => p.State = p.State.Replace("shape", "form", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'shape' is null where [out, in] is expected"]),
        ["codes cut off"] = ("nf4", p => p.Put(Name, "U8", [134, 1]), Name, ["needs 135 bytes, found U8 [134, 1] of 134 bytes"]),
        ["codes as I32"] = ("nf4", p => p.Put(Name, "I32", [34, 1]), Name, ["needs U8 or", "found I32 [34, 1]"]),
        ["codes missing"] = ("nf4", p => p.Remove(Name), Name, ["needs U8 or", "found no such tensor"]),
        ["absmax cut off"] = ("nf4", p => p.Put(Name + ".absmax", "F32", [4]), Name + ".absmax", ["needs F32 [5], found F32 [4]"]),
        ["absmax F16"] = ("nf4", p => p.Put(Name + ".absmax", "F16", [5]), Name + ".absmax", ["needs F32, found F16 [5]"]),
        ["absmax in two dimensions"] = ("nf4", p => p.Put(Name + ".absmax", "F32", [5, 1]), Name + ".absmax", ["needs F32 [5], found F32 [5, 1]"]),
        ["absmax missing"] = ("nf4-dq", p => p.Remove(Name + ".absmax"), Name + ".absmax", ["needs U8", "found no such tensor"]),
        ["absmax wide with double quantisation"] = ("nf4-dq", p => p.Put(Name + ".absmax", "F32", [5]), Name + ".absmax", ["needs U8, found F32 [5]"]),
        ["map of another type"] = ("fp4", p => p.Put(Name + ".quant_map", "F32", [16]), Name + ".quant_map", ["expected the numbers of fp4, found 0 where code 1 means"]),
        ["map NaN"] = ("nf4", p => p.Put(Name + ".quant_map", "F32", [16], [.. Enumerable.Repeat((byte)0xFF, 64)]), Name + ".quant_map", ["found NaN where code 0 means -1"]),
        ["map cut off"] = ("nf4", p => p.Put(Name + ".quant_map", "F32", [15]), Name + ".quant_map", ["needs F32 [16], found F32 [15]"]),
        ["nested absmax cut off"] = ("nf4-dq", p => p.Put(Name + ".nested_absmax", "F32", [0]), Name + ".nested_absmax", ["needs F32 [1], found F32 [0]"]),
        ["nested map missing"] = ("nf4-dq", p => p.Remove(Name + ".nested_quant_map"), Name + ".nested_quant_map", ["needs F32", "found no such tensor"]),
        ["nested blocksize 0"] = ("nf4-dq", p => p.State = p.State.Replace("256", "0", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'nested_blocksize' is 0 where a positive number"]),
        ["nested offset nonsense"] = ("nf4-dq", p => p.State = p.State.Replace("nested_offset\": ", "nested_offset\": 1e99, \"x\": ", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'nested_offset' is 1e99 where a number is expected"]),
        ["nested dtype"] = ("nf4-dq", p => p.State = p.State.Replace("float32", "bfloat16", StringComparison.Ordinal), Name + ".quant_state.bitsandbytes__nf4", ["'nested_dtype' is \"bfloat16\" where \"float32\""]),
        ["SCB missing"] = ("int8", p => p.Remove(Name[..^6] + "SCB"), Name[..^6] + "SCB", ["needs F32", "found no such tensor"]),
        ["SCB cut off"] = ("int8", p => p.Put(Name[..^6] + "SCB", "F32", [8]), Name[..^6] + "SCB", ["needs F32 [9], found F32 [8]"]),
        ["8-bit weight turned"] = ("int8", p => p.Put(Name, "I8", [30, 9]), Name, ["needs I8 [9, 30], found I8 [30, 9]"]),
        ["8-bit weight as F32"] = ("int8", p => p.Put(Name, "F32", [9, 30]), Name, ["needs I8, found F32 [9, 30]"]),
        ["8-bit weight in tiles"] = ("int8", p => p.Put(Name + "_format", "U8", [], [2]), Name + "_format", ["expected 0, the order of rows, found 2"]),
    };

    public static TheoryData<string> Mutations => [.. s_mutations.Keys];

    [Theory, MemberData(nameof(Mutations))]
    public void A_damaged_weight_is_refused_in_a_sentence(string mutation)
    {
        (string format, Action<Parts> damage, string tensor, string[] says) = s_mutations[mutation];
        using Backend backend = Backends.Open("cpu", 1);
        Parts parts = Parts.Of(format);
        damage(parts);
        string folder = "";
        string message = Assert.Throws<CheckpointException>(() => Load(parts, backend, out folder)).Message;
        string place = parts.ContainsKey(tensor) ? Path.Combine(folder, "model.safetensors") : folder;      // what is nowhere is missing in the whole folder
        Assert.StartsWith($"{place}: tensor '{tensor}': ", message);
        Assert.Contains("; ", message);
        foreach (string part in says) Assert.Contains(part, message);
        Assert.DoesNotContain('\n', message);
        Assert.Equal(0, backend.LiveBlocks);
    }

    [Theory, MemberData(nameof(Formats))]
    public void A_packed_vector_is_refused(string format)
    {
        using Backend backend = Backends.Open("cpu", 1);
        Parts parts = Parts.Of(format);
        using var folder = new TemporaryFolder();
        parts.Save(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Contains($"tensor '{Name}': only matrices are packed", Assert.Throws<CheckpointException>(() => PackedLayout.Of(checkpoint, checkpoint.ReadConfig())!.Load(backend, Name, [270])).Message);
    }

    [Theory]
    [InlineData("""{"quant_method": "bitsandbytes", "load_in_4bit": true, "load_in_8bit": true}""", "expected one of load_in_4bit and load_in_8bit, found both true")]
    [InlineData("""{"quant_method": "bitsandbytes", "load_in_4bit": "yes"}""", "'load_in_4bit' is \"yes\" where true or false is expected")]
    [InlineData("""{"_load_in_4bit": true, "bnb_4bit_quant_type": "nf5"}""", "'bnb_4bit_quant_type' is \"nf5\" where \"nf4\" or \"fp4\" is expected")]
    [InlineData("""{"load_in_4bit": true, "bnb_4bit_quant_type": 4}""", "'bnb_4bit_quant_type' is 4 where a text is expected")]
    [InlineData("""{"load_in_8bit": true, "llm_int8_skip_modules": "lm_head"}""", "'llm_int8_skip_modules' is \"lm_head\" where a list of texts is expected")]
    [InlineData("""{"quant_method": "bitsandbites"}""", "'bitsandbites', which is not supported")]
    [InlineData("""[4]""", "'quantization_config': expected an object, found [4]")]
    public void Settings_that_make_no_sense_are_refused(string settings, string says)
    {
        using Backend backend = Backends.Open("cpu", 1);
        Parts parts = Parts.Of("nf4");
        parts.Config = JsonNode.Parse(settings)!;
        string folder = "";
        string message = Assert.Throws<CheckpointException>(() => Load(parts, backend, out folder)).Message;
        Assert.StartsWith(Path.Combine(folder, "config.json"), message);
        Assert.Contains(says, message);
    }
}
