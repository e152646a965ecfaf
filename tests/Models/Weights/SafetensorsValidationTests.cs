using System.Text;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class SafetensorsValidationTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";

    [Fact]
    public void The_good_file_is_good()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("x.safetensors", Bytes(Good, 11)));
        Assert.Equal(["a", "b"], file.Entries.Select(t => t.Name));
        Assert.Empty(file.Metadata);
    }

    [Theory]
    [InlineData("""{}""", 0)]
    [InlineData("""{"__metadata__":null}""", 0)]
    [InlineData("""{"__metadata__":{"a":"b"},"z":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}}     """, 0)]
    [InlineData("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11],"more":{"x":[1]}},"a":{"shape":[2],"data_offsets":[0,8],"dtype":"F32"}}""", 11)]
    public void Unusual_and_allowed(string json, int data)
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Open(folder.Write("x.safetensors", Bytes(json, data))).Dispose();
    }

    [Theory]
    [InlineData("""[]""", 0, "the header does not start with '{': this is not a safetensors file")]
    [InlineData("""  {}""", 0, "the header does not start with '{': this is not a safetensors file")]
    [InlineData("""{"a":""", 0, "the header is not valid JSON:")]
    [InlineData("""{} x""", 0, "the header is not valid JSON:")]
    [InlineData("""{"\uD800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "the header is not valid JSON:")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "__metadata__ key 'a' must have a string as its value")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__ key 'a' occurs twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__ occurs twice in the header")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__ must be an object of strings")]
    [InlineData("""{"a":1}""", 0, "tensor 'a': its entry must be an object with dtype, shape and data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'a' occurs twice in the header")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': dtype occurs twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': shape occurs twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", 4, "tensor 'a': data_offsets occurs twice")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': dtype is missing")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "tensor 'a': shape is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "tensor 'a': data_offsets must be two numbers, begin and end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "tensor 'a': data_offsets must be two numbers, begin and end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "tensor 'a': data_offsets has more than 2 numbers")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': dtype must be a string")]
    [InlineData("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': dtype 'F33' is unknown (known: U64, I64, F64,")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "tensor 'a': shape must be a list of whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "tensor 'a': shape must hold whole numbers below 2^63")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "tensor 'a': shape must hold whole numbers below 2^63")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "tensor 'a': shape holds the negative number -1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "tensor 'a': shape must hold whole numbers below 2^63")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "tensor 'a': the shape [4294967296, 4294967296] has more than 2^63 elements: the file is damaged")]
    [InlineData("""{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}}""", 4, "tensor 'a': F64 [4611686018427387904] does not fill whole bytes")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "tensor 'a': F4 [3] does not fill whole bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "tensor 'a': F32 [2] needs 8 bytes and data_offsets give 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4, "tensor 'a': data_offsets end before they begin: [4, 0]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3, "tensor 'a': its data end at byte 4 and the file has 3 bytes of data: the file is cut off, fetch it again")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "the tensors end at byte 4 of the data and the file has 5: the file is damaged, fetch it again")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}""", 5, "tensor 'a': its data begin at 1 and the start of the data ends at 0: the format allows no hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}""", 7, "tensor 'b': its data begin at 3, inside tensor 'a', which ends at 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}""", 9, "tensor 'b': its data begin at 5 and tensor 'a' ends at 4: the format allows no hole")]
    public void A_broken_rule_is_one_sentence(string json, int data, string sentence) => Refused(Bytes(json, data), sentence);

    [Fact]
    public void Damaged_lengths_and_bytes()
    {
        Refused([], "0 bytes are too few for a safetensors file: it is cut off, fetch it again");
        Refused([1, 2, 3], "3 bytes are too few for a safetensors file");
        Refused([1, 0, 0, 0, 0, 0, 0, 0], "the header claims 1 bytes and the file has 0 after its length: it is cut off, fetch it again");
        Refused([0, 0, 0, 0, 0, 0, 0, 0], "the header does not start with '{'");
        Refused([0, 225, 245, 6, 0, 0, 0, 0, 0], "the header claims 116777216 bytes, more than the 100000000 that the format allows");
        Refused([255, 255, 255, 255, 255, 255, 255, 255], "the header claims 18446744073709551615 bytes, more than the 100000000 that the format allows");
        byte[] bytes = Bytes(Good, 11);
        bytes[11] = 0xFF;
        Refused(bytes, "the header is not valid UTF-8: the file is damaged, fetch it again");
        Refused(Bytes("{\"a\":" + new string('[', 1000), 0), "tensor 'a': its entry must be an object");
        Refused(Bytes("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".Replace("[1]", $"[{string.Join(',', Enumerable.Repeat(1, 65))}]", StringComparison.Ordinal), 4), "tensor 'a': shape has more than 64 numbers");
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../x.safetensors"}}""", "tensor 'a': the shard '../x.safetensors' must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "tensor 'a': the shard '/etc/x.safetensors' must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":"b/../../x.safetensors"}}""", "must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":"..\\x.safetensors"}}""", "must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":"c:x.safetensors"}}""", "must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":""}}""", "must be a file inside the folder of the index")]
    [InlineData("""{"weight_map":{"a":"gone.safetensors"}}""", "gone.safetensors: this shard is named in model.safetensors.index.json and missing: fetch it")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","c":"1.safetensors"}}""", "1.safetensors: tensor 'c' is not in this shard, where model.safetensors.index.json places it")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""", "2.safetensors: tensor 'a' is also in ")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","a":"1.safetensors"}}""", "tensor 'a' occurs twice in weight_map")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "weight_map occurs twice")]
    [InlineData("""{"weight_map":[]}""", "weight_map must be an object of tensor and file names")]
    [InlineData("""{"weight_map":{"a":1}}""", "tensor 'a': weight_map must give a file name")]
    [InlineData("""{"metadata":{"total_size":1}}""", "weight_map is missing")]
    [InlineData("""[]""", "the index must be an object with weight_map")]
    [InlineData("""{"weight_map":{"a":"1.safetensors"}""", "the index is not valid JSON:")]
    [InlineData("""{"weight_map":{"a":"1.safetensors"}}}""", "the index is not valid JSON:")]
    [InlineData("", "the index is not valid JSON:")]
    public void A_broken_index_is_one_sentence(string index, string sentence)
    {
        using var folder = new TemporaryFolder();
        folder.Write("1.safetensors", Bytes(Good, 11));
        folder.Write("2.safetensors", Bytes(Good, 11));
        folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes(index));
        var e = Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder.Path));
        Assert.StartsWith(folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_there_says_where_it_looked_and_for_what()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"{folder.Path}: no weights in this folder: looked for model.safetensors, model.safetensors.index.json and a single .gguf file", Message(folder.Path));
        folder.Write("pytorch_model.bin", []);
        Assert.EndsWith("pytorch_model*.bin is there, convert it to safetensors first", Message(folder.Path), StringComparison.Ordinal);
        Assert.Contains("not a checkpoint that can be read", Message(folder.At("pytorch_model.bin")), StringComparison.Ordinal);
        Assert.Equal($"{folder.At("gone")}: there is no such folder or file: give a folder with model.safetensors or model.safetensors.index.json, or a .gguf file", Message(folder.At("gone")));
        folder.Write("a.gguf", []);
        folder.Write("b.gguf", []);
        Assert.Equal($"{folder.Path}: 2 .gguf files are in this folder: name one of them", Message(folder.Path));

        static string Message(string path) => Assert.Throws<CheckpointException>(() => Checkpoint.Open(path)).Message;
    }

    [Fact]
    public void A_configuration_is_read_or_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.safetensors", Bytes(Good, 11));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Contains("config.json: the model's configuration is missing", Assert.Throws<CheckpointException>(checkpoint.ReadConfig).Message, StringComparison.Ordinal);
        folder.Write("config.json", "{"u8.ToArray());
        Assert.Contains("config.json: not valid JSON", Assert.Throws<CheckpointException>(checkpoint.ReadConfig).Message, StringComparison.Ordinal);
        folder.Write("config.json", "{\"hidden_size\": 7}"u8.ToArray());
        Assert.Equal(7, (int)checkpoint.ReadConfig()["hidden_size"]!);
    }

    internal static byte[] Bytes(string json, int data) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(json)), .. Encoding.UTF8.GetBytes(json), .. new byte[data]];

    private static void Refused(byte[] bytes, string sentence)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", bytes);
        string message = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message;
        Assert.StartsWith($"{path}: {sentence}", message, StringComparison.Ordinal);
    }
}
