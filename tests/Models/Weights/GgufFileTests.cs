using System.Text;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GgufFileTests
{
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Every_kind_of_value_is_read(uint version)
    {
        using var folder = new TemporaryFolder();
        object[] values = [(byte)200, (sbyte)-5, (ushort)60000, (short)-6, 4_000_000_000u, -7, 1.5f, true, "grüß", ulong.MaxValue, -9L, 2.5,
            new byte[] { 1, 2 }, new sbyte[] { -1 }, new ushort[] { 3 }, new short[] { -3 }, new uint[] { 4, 5 }, new[] { -4 }, new[] { 0.5f }, new[] { true, false },
            new[] { "x", "" }, new ulong[] { 6 }, new long[] { -6 }, new[] { 7.5 }];
        var builder = new GgufBuilder { Version = version };
        for (int i = 0; i < values.Length; i++) builder.Key($"k{i}", values[i]);
        builder.Key("nested", new object[] { new[] { 1, 2 }, new[] { "y" } });
        using GgufFile file = GgufFile.Open(folder.Write("x.gguf", builder.Bytes()));
        for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], file.Metadata[$"k{i}"]);
        var nested = (object[])file.Metadata["nested"];
        Assert.Equal([1, 2], (int[])nested[0]);
        Assert.Equal(["y"], (string[])nested[1]);
        Assert.Equal(200, file.Integer("k0"));
        Assert.Equal(4_000_000_000, file.Integer("k4"));
        Assert.Equal(-9, file.Number("k10"));
        Assert.Equal([4, 5], file.Integers("k16")!);
        Assert.Equal([-4], file.Integers("k17")!);
        Assert.Null(file.Text("absent"));
        Assert.Null(file.Integer("absent"));
        Assert.Null(file.Flag("absent"));
        Assert.Null(file.Integers("absent"));
        Assert.Contains("key 'k8' must be a whole number and is a String", Assert.Throws<CheckpointException>(() => file.Integer("k8")).Message, StringComparison.Ordinal);
        Assert.Contains("key 'k0' must be a string and is a Byte", Assert.Throws<CheckpointException>(() => file.Text("k0")).Message, StringComparison.Ordinal);
        Assert.Contains("key 'k0' must be a bool", Assert.Throws<CheckpointException>(() => file.Flag("k0")).Message, StringComparison.Ordinal);
        Assert.Contains("key 'k9' is larger than 2^63", Assert.Throws<CheckpointException>(() => file.Integer("k9")).Message, StringComparison.Ordinal);
        Assert.Contains("key 'k20' must be an array of Int32", Assert.Throws<CheckpointException>(() => file.Integers("k20")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void F32_numbers_are_the_decimals_that_were_meant()
    {
        using var folder = new TemporaryFolder();
        using GgufFile file = GgufFile.Open(folder.Write("x.gguf", new GgufBuilder().Key("eps", 1e-5f).Key("theta", 500000f).Bytes()));
        Assert.Equal((1e-5, 500000.0), (file.Number("eps")!.Value, file.Number("theta")!.Value));
    }

    [Fact]
    public void Alignment_and_packed_vectors()
    {
        using var folder = new TemporaryFolder();
        byte[] block = [0x00, 0x3C, .. Enumerable.Range(0, 32).Select(i => (byte)(i - 16))];   // Q8_0 with d = 1
        byte[] bytes = new GgufBuilder { Alignment = 64 }.Key("general.alignment", 64u).Tensor("a", 24, [3], [1, 2, 255]).Tensor("b", 8, [64], [.. block, .. block]).Bytes();
        using GgufFile file = GgufFile.Open(folder.Write("x.gguf", bytes));
        Assert.Equal(0, file.Find("b")!.Offset % 64);
        var x = new float[40];
        file.Read(file.Find("b")!, 20, x);   // from inside one block to inside the next
        Assert.Equal(Enumerable.Range(20, 40).Select(i => (float)(i % 32 - 16)), x);
        file.Read(file.Find("a")!, 1, x.AsSpan(0, 2));
        Assert.Equal([2f, -1f], x[..2]);
    }

    public static TheoryData<string, string> Broken() => new()
    {
        { "magic", "the file does not start with 'GGUF': this is not a GGUF file" },
        { "version 1", "the file has GGUF version 1, which is no longer in use (2 and 3 can be read): convert the model again" },
        { "version 4", "the file has GGUF version 4 (2 and 3 can be read)" },
        { "big endian", "the file is big endian (little endian can be read): convert the model again" },
        { "tensor count", "the number of tensors is 1152921504606846976, more than the " },
        { "key count", "the number of keys is 18446744073709551615, more than the " },
        { "one key too many", "the number of keys is 5, more than the " },
        { "value type", "key 'k' has the unknown value type 13 (known: 0 to 12)" },
        { "element type", "key 'k' is an array of the unknown value type 77" },
        { "string length", "the length of key 'k' is 281474976710656, more than the " },
        { "array length", "the length of key 'k' is 4294967296, more than the " },
        { "deep arrays", "key 'k' nests arrays more than 8 deep" },
        { "bool", "key 'k' is a bool with the value 2 (0 or 1 are allowed)" },
        { "key twice", "key 'k' occurs twice" },
        { "key utf8", "the name of key 0 is not valid UTF-8" },
        { "alignment", "key 'general.alignment' is 24 and must be a power of two" },
        { "alignment 0", "key 'general.alignment' is 0 and must be a power of two" },
        { "alignment type", "key 'general.alignment' must be a whole number and is a String" },
        { "dimensions", "tensor 't': 5 dimensions (at most 4 are allowed)" },
        { "overflow", "tensor 't': it has more than 2^63 elements" },
        { "format", "tensor 't': format number 99 is unknown (known: F32, F16" },
        { "removed format", "tensor 't': format number 31 is unknown: it was taken out of GGUF, convert the model again" },
        { "row", "tensor 't': rows of 33 are not whole blocks of Q4_0 (32)" },
        { "offset", "tensor 't': its offset 8 is not a multiple of the alignment 32" },
        { "beyond", "tensor 't': its data end at byte 4128 and the file has 32 bytes of data: it is cut off, fetch it again" },
        { "huge offset", "tensor 't': its data lie far outside the file" },
        { "overlap", "tensor 'u': its data overlap those of tensor 't'" },
        { "tensor twice", "tensor 't' occurs twice" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_broken_rule_is_one_sentence(string what, string sentence)
    {
        GgufBuilder b = new();
        byte[] bytes = what switch
        {
            "magic" => new GgufBuilder { Magic = 0x46554746 }.Bytes(),
            "version 1" => new GgufBuilder { Version = 1 }.Bytes(),
            "version 4" => new GgufBuilder { Version = 4 }.Bytes(),
            "big endian" => new GgufBuilder { Version = 0x03000000 }.Bytes(),
            "tensor count" => new GgufBuilder { TensorCount = 1UL << 60 }.Bytes(),
            "key count" => new GgufBuilder { KeyCount = ulong.MaxValue }.Bytes(),
            "one key too many" => new GgufBuilder { KeyCount = 5 }.Bytes(),
            "value type" => b.Key("k", 0, 13).Bytes(),
            "element type" => b.Key("k", 77UL, 9).Bytes(),
            "string length" => b.Key("k", 1UL << 48, 8).Bytes(),
            "array length" => Patch(b.Key("k", new[] { 1u, 2u }).Bytes(), 24 + 8 + 1 + 4 + 4, BitConverter.GetBytes(1UL << 32)),
            "deep arrays" => b.Key("k", Enumerable.Range(0, 9).Aggregate((object)new[] { 1 }, (inner, _) => new[] { inner })).Bytes(),
            "bool" => b.Key("k", (byte)2, 7).Bytes(),
            "key twice" => b.Key("k", 1).Key("k", 2).Bytes(),
            "key utf8" => Patch(b.Key("k", 1).Bytes(), 24 + 8, [0xFF]),
            "alignment" => b.Key("general.alignment", 24u).Bytes(),
            "alignment 0" => b.Key("general.alignment", 0u).Bytes(),
            "alignment type" => b.Key("general.alignment", "32").Bytes(),
            "dimensions" => b.Tensor("t", 0, [1, 1, 1, 1, 1], new byte[4]).Bytes(),
            "overflow" => b.Tensor("t", 0, [1UL << 32, 1UL << 32], new byte[4]).Bytes(),
            "format" => b.Tensor("t", 99, [1], new byte[4]).Bytes(),
            "removed format" => b.Tensor("t", 31, [32], new byte[4]).Bytes(),
            "row" => b.Tensor("t", 2, [33], new byte[36]).Bytes(),
            "offset" => b.Tensor("t", 0, [1], new byte[4], offset: 8).Bytes(),
            "beyond" => b.Tensor("t", 0, [8], new byte[32], offset: 4096).Bytes(),
            "huge offset" => b.Tensor("t", 0, [8], new byte[32], offset: 1UL << 63).Bytes(),
            "overlap" => b.Tensor("t", 0, [16], new byte[64]).Tensor("u", 0, [16], new byte[64], offset: 32).Bytes(),
            "tensor twice" => b.Tensor("t", 0, [1], new byte[4]).Tensor("t", 0, [1], new byte[4]).Bytes(),
            _ => throw new ArgumentException(what),
        };
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.gguf", bytes);
        Assert.StartsWith($"{path}: {sentence}", Assert.Throws<CheckpointException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = GgufBuilder.Llama().Bytes();
        for (int length = 0; length < bytes.Length; length += length < 900 ? 1 : 61)
        {
            string path = folder.Write("x.gguf", bytes[..length]);
            Assert.StartsWith(path, Assert.Throws<CheckpointException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_vocabulary()
    {
        using var folder = new TemporaryFolder();
        using GgufFile file = GgufFile.Open(folder.Write("x.gguf", GgufBuilder.Llama().Bytes()));
        GgufVocabulary v = file.Vocabulary();
        Assert.Equal(("gpt2", "smollm", 3), (v.Model, v.Pre, v.Tokens.Length));
        Assert.Equal([1, 1, 3], v.TokenTypes!);
        Assert.Equal(["a b"], v.Merges!);
        Assert.Equal((null, 2, null, null), (v.BosId, v.EosId, v.PadId, v.UnknownId));
        Assert.Equal((false, null, null, null), (v.AddBos, v.AddEos, v.AddSpacePrefix, v.ChatTemplate));
        Assert.Null(v.Scores);
        using GgufFile none = GgufFile.Open(folder.Write("y.gguf", new GgufBuilder().Bytes()));
        Assert.Contains("key 'tokenizer.ggml.model' is missing", Assert.Throws<CheckpointException>(none.Vocabulary).Message, StringComparison.Ordinal);
        using GgufFile uneven = GgufFile.Open(folder.Write("z.gguf", new GgufBuilder().Key("tokenizer.ggml.model", "llama").Key("tokenizer.ggml.tokens", new[] { "a" }).Key("tokenizer.ggml.scores", new[] { 1f, 2f }).Bytes()));
        Assert.Contains("key 'tokenizer.ggml.scores' has 2 entries and there are 1 tokens", Assert.Throws<CheckpointException>(uneven.Vocabulary).Message, StringComparison.Ordinal);
    }

    private static byte[] Patch(byte[] bytes, int at, byte[] with)
    {
        with.CopyTo(bytes, at);
        return bytes;
    }
}
