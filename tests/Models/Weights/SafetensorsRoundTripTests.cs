using System.Text;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class SafetensorsRoundTripTests
{
    private static readonly float[] s_numbers = [1f, -2.5f, 0f, -0f, float.NaN, float.PositiveInfinity, 1e-40f, 3.4e38f, 7f, 8f, 9f, 10f];

    [Fact]
    public void What_is_written_is_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.At("a.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [3, 4], s_numbers);
        writer.Add<BFloat16>("b", [4], Array.ConvertAll([1f, 2f, 3f, -4f], x => (BFloat16)x));
        writer.Add<long>("ids", [], new long[] { 1L << 40 });
        writer.Add<byte>("bytes", [2, 0, 5], ReadOnlyMemory<byte>.Empty);
        writer.Add<bool>("mask", [3], new[] { true, false, true });
        writer.Save(path);

        using Checkpoint file = Checkpoint.Open(path);
        Assert.Equal(["b", "bytes", "ids", "mask", "w"], file.Names.Order(StringComparer.Ordinal));
        Assert.Equal((DType.F32, "F32", true), (file.Describe("w").DType, file.Describe("w").StoredAs, file.Describe("w").IsRaw));
        Assert.Equal([3L, 4L], file.Describe("w").Shape);
        var w = new float[12];
        file.Read("w", w);
        Assert.Equal(Array.ConvertAll(s_numbers, BitConverter.SingleToUInt32Bits), Array.ConvertAll(w, BitConverter.SingleToUInt32Bits));
        file.ReadRows("w", 1, w.AsSpan(0, 8));
        Assert.Equal(s_numbers[4..], w[..8]);
        file.Read("ids", w.AsSpan(0, 1));
        Assert.Equal(1L << 40, w[0]);
        file.Read("bytes", []);
        var b = new byte[4];
        file.ReadBytes("b", 1, b);
        Assert.Equal([0x00, 0x40, 0x40, 0x40], b);
        Assert.Equal([1, 0, 1], file.ReadRaw("mask").ToArray());
        Assert.Equal(16, file.ReadRawRows("w", 2, 1).Length);
    }

    [Fact]
    public void Layout_is_the_reference_librarys_by_dtype_then_name()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add<byte>("a", [1], new byte[] { 7 });
        writer.Add<float>("z", [1], new[] { 1f });
        writer.Add<float>("b\n\"é", [], new[] { 2f });
        writer.Add<long>("i", [1], new[] { 3L });
        writer.Save(folder.At("a.safetensors"));
        byte[] bytes = File.ReadAllBytes(folder.At("a.safetensors"));
        int header = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal("""{"__metadata__":{"format":"pt"},"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b\n\"é":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"z":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"a":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}}""",
            Encoding.UTF8.GetString(bytes, 8, header).TrimEnd(' '));
        Assert.Equal(8 + header + 17, bytes.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_order_of_adding_does_not_change_a_byte(int seed)
    {
        using var folder = new TemporaryFolder();
        string[] names = ["x.1", "x.10", "x.2", "\uE000", "\U0001F600"];
        Save("a", names);
        string[] other = [.. names];
        new Random(seed).Shuffle(other);
        Save("b", other);
        Assert.Equal(File.ReadAllBytes(folder.At("a")), File.ReadAllBytes(folder.At("b")));

        void Save(string file, string[] order)
        {
            var writer = new SafetensorsWriter();
            foreach (string name in order) writer.Add<int>(name, [1], new[] { (int)name[0] });
            writer.Save(folder.At(file));
        }
    }

    [Fact]
    public void Shards_are_cut_in_the_order_of_adding_and_read_as_one()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        foreach ((string name, int count) in new[] { ("c", 10), ("a", 10), ("big", 100), ("b", 15), ("d", 10) })
            writer.Add<float>(name, [count], Enumerable.Repeat((float)count, count).ToArray());
        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"],
            writer.SaveFolder(folder.Path, maxShardBytes: 100));
        using (Checkpoint sharded = Checkpoint.Open(folder.Path))
        {
            Assert.Equal(5, sharded.Names.Count);
            var d = new float[10];
            sharded.Read("d", d);
            Assert.All(d, x => Assert.Equal(10f, x));
        }
        // "big" is above the limit: a shard of its own, which does not close the one being filled.
        Assert.Equal("""
            {
              "metadata": {
                "total_parameters": 145,
                "total_size": 580
              },
              "weight_map": {
                "a": "model-00002-of-00003.safetensors",
                "b": "model-00003-of-00003.safetensors",
                "big": "model-00001-of-00003.safetensors",
                "c": "model-00002-of-00003.safetensors",
                "d": "model-00003-of-00003.safetensors"
              }
            }

            """.ReplaceLineEndings("\n"), File.ReadAllText(folder.At("model.safetensors.index.json")));

        Assert.Equal(["model.safetensors"], writer.SaveFolder(folder.Path));
        Assert.Equal(["model.safetensors"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_failed_callback_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.safetensors", [1, 2, 3]);
        var writer = new SafetensorsWriter();
        writer.Add("w", DType.F32, [2], stream => stream.Write([1, 2, 3, 4]));
        Assert.Contains("w: 4 bytes were written where 8 are due", Assert.Throws<InvalidOperationException>(() => writer.Save(path)).Message, StringComparison.Ordinal);
        var longer = new SafetensorsWriter();
        longer.Add("w", DType.U8, [2], stream => stream.Write([1, 2, 3, 4]));
        Assert.Throws<InvalidOperationException>(() => longer.Save(path));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Adding_nonsense_is_an_argument_error()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [1], new[] { 1f });
        Assert.Throws<ArgumentException>(() => writer.Add<float>("w", [1], new[] { 1f }));
        Assert.Throws<ArgumentException>(() => writer.Add<float>("v", [2], new[] { 1f }));
        Assert.Throws<ArgumentException>(() => writer.Add<float>("__metadata__", [1], new[] { 1f }));
        Assert.Throws<ArgumentException>(() => writer.Add("v", "F99", [1], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("v", "F4", [1], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.Add("v", DType.F32, [-1], _ => { }));
        writer.Add<float>("v", [1], new[] { 1f });
    }

    [Theory]
    [InlineData("F8_E4M3", 0x7E, 448f)]
    [InlineData("F8_E4M3", 0x01, 0.001953125f)]
    [InlineData("F8_E4M3", 0xFF, float.NaN)]
    [InlineData("F8_E4M3", 0x80, -0f)]
    [InlineData("F8_E5M2", 0x7B, 57344f)]
    [InlineData("F8_E5M2", 0xFC, float.NegativeInfinity)]
    [InlineData("F8_E5M2", 0x7D, float.NaN)]
    [InlineData("F8_E4M3FNUZ", 0x7F, 240f)]
    [InlineData("F8_E4M3FNUZ", 0x80, float.NaN)]
    [InlineData("F8_E5M2FNUZ", 0x7F, 57344f)]
    [InlineData("F8_E8M0", 127, 1f)]
    [InlineData("F8_E8M0", 0, 5.877472e-39f)]
    [InlineData("I8", 0xFF, -1f)]
    [InlineData("U8", 0xFF, 255f)]
    public void Bytes_widen(string dtype, byte code, float value)
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add("w", dtype, [1], stream => stream.WriteByte(code));
        writer.Save(folder.At("a.safetensors"));
        using Checkpoint file = Checkpoint.Open(folder.At("a.safetensors"));
        var x = new float[1];
        file.Read("w", x);
        Assert.Equal(BitConverter.SingleToUInt32Bits(value) | (float.IsNaN(value) ? 0x8000_0000 : 0), BitConverter.SingleToUInt32Bits(x[0]) | (float.IsNaN(value) ? 0x8000_0000 : 0));
    }

    [Fact]
    public void BF16_and_F16_widen_every_pattern_at_any_length()
    {
        using var folder = new TemporaryFolder();
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var writer = new SafetensorsWriter();
        writer.Add<BFloat16>("b", [65536], Array.ConvertAll(bits, x => new BFloat16(x)));
        writer.Add<Half>("h", [65536], Array.ConvertAll(bits, BitConverter.UInt16BitsToHalf));
        writer.Save(folder.At("a.safetensors"));
        using Checkpoint file = Checkpoint.Open(folder.At("a.safetensors"));
        foreach (int length in new[] { 0, 1, 7, 31, 33, 65521 })
        {
            var x = new float[length];
            file.ReadRows("b", 15, x);
            for (int i = 0; i < length; i++) Assert.Equal((uint)(i + 15) << 16, BitConverter.SingleToUInt32Bits(x[i]));
            file.ReadRows("h", 15, x);
            for (int i = 0; i < length; i++) Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)(i + 15)), x[i]);
        }
    }

    [Fact]
    public void Wrong_sizes_and_rows_are_argument_errors()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [3, 4], s_numbers);
        writer.Add("pair", "C64", [1], stream => stream.Write(new byte[8]));
        writer.Save(folder.At("a.safetensors"));
        using Checkpoint file = Checkpoint.Open(folder.At("a.safetensors"));
        Assert.Equal($"read: w of {folder.At("a.safetensors")} has 12 elements and the destination 11 (Parameter 'destination')", Assert.Throws<ArgumentException>(() => file.Read("w", new float[11])).Message);
        Assert.Throws<ArgumentException>(() => file.ReadRows("w", 0, new float[5]));
        Assert.Throws<ArgumentException>(() => file.ReadRows("w", 2, new float[8]));
        Assert.Throws<ArgumentException>(() => file.ReadRows("w", -1, new float[4]));
        Assert.Throws<ArgumentException>(() => file.ReadRawRows("w", 1, 3).Length);
        Assert.Contains("tensor 'pair': C64 cannot be read as floats", Assert.Throws<CheckpointException>(() => file.Read("pair", new float[1])).Message, StringComparison.Ordinal);
        Assert.Contains("there is no tensor 'q'", Assert.Throws<CheckpointException>(() => file.Describe("q")).Message, StringComparison.Ordinal);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read("w", new float[12]));
    }

    [SkippableTheory]
    [InlineData("llama_sharded", 110_000)]
    public void A_published_checkpoint_is_written_again_byte_for_byte(string golden, long maxShardBytes)
    {
        string model = Path.Combine(Repository.GoldenRoot, "models", golden, "model");
        Skip.IfNot(Directory.Exists(model), $"no {model}");
        using var folder = new TemporaryFolder();
        using Checkpoint read = Checkpoint.Open(model);
        var writer = new SafetensorsWriter();
        string[] order = ["embed_tokens", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "input_layernorm", "post_attention", "model.norm", "lm_head"];
        foreach (string name in read.Names.OrderBy(n => n.StartsWith("model.layers.", StringComparison.Ordinal) ? int.Parse(n.Split('.')[2]) : n.Contains("embed", StringComparison.Ordinal) ? -1 : 99)
            .ThenBy(n => Array.FindIndex(order, o => n.Contains(o, StringComparison.Ordinal))))
            writer.Add(name, DType.F32, read.Describe(name).Shape, stream => stream.Write(read.ReadRaw(name)));
        foreach (string file in writer.SaveFolder(folder.Path, maxShardBytes))
            Assert.Equal(File.ReadAllBytes(Path.Combine(model, file)), File.ReadAllBytes(folder.At(file)));
    }
}
