using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public sealed class GgufExportTests : IDisposable
{
    private static readonly Tokenizer s_tokenizer = TestTokenizers.ByteLevel;
    private readonly TemporaryFolder _folder = new();
    private readonly Backend _backend = Backends.Open("cpu");

    private string Target => Path.Combine(_folder.Path, "model.gguf");

    public static TheoryData<string, string> TypesTimesFamilies()
    {
        TheoryData<string, string> data = [];
        foreach (string type in GgufType.Names) data.Add(type, "llama");
        foreach (string family in new[] { "mistral", "qwen2", "qwen3" }) data.Add("F32", family);
        data.Add("Q4_K_M", "qwen3");
        return data;
    }

    [Theory, MemberData(nameof(TypesTimesFamilies))]
    public void What_is_read_back_is_what_was_written(string type, string family)
    {
        using DecoderModel model = Model(family, hidden: 256);
        GgufExport.Write(Target, model, s_tokenizer, GgufType.Find(type)!, "tiny");
        using GgufCheckpoint read = GgufCheckpoint.OpenFile(Target);
        Assert.Equal(model.Weights.Select(w => w.Name).Order(StringComparer.Ordinal), read.Names.Order(StringComparer.Ordinal));
        foreach (Weight weight in model.Weights)
        {
            float[] x = Numbers(weight), y = new float[weight.Shape.Count];
            read.Read(weight.Name, y);
            GgufFormat format = GgufFormat.Find(read.Describe(weight.Name).StoredAs)!;
            if (weight.Shape.Rank == 1) Assert.Equal(("F32", true), (format.Name, x.SequenceEqual(y)));
            else Assert.Equal(Expected(format, x), y);      // rows are put back where they were, whatever the file's order
        }
        using DecoderModel again = DecoderModel.Load(read, _backend);
        DecoderConfig a = model.Config, b = again.Config;
        Assert.Equal((a.ModelType, a.Hidden, a.Intermediate, a.Layers, a.Heads, a.KvHeads, a.HeadDim, a.Vocab, a.NormEps, a.MaxPositions, a.Rope, a.QkNorm, a.QkvBias), (b.ModelType, b.Hidden, b.Intermediate, b.Layers, b.Heads, b.KvHeads, b.HeadDim, b.Vocab, b.NormEps, b.MaxPositions, b.Rope, b.QkNorm, b.QkvBias));
        Assert.Equal(a.Windows, b.Windows);
        Assert.Equal((model.IsTied, "tiny", (long)GgufType.Find(type)!.FileType), (again.IsTied, read.File.Text("general.name"), read.File.Integer("general.file_type")));
        if (type == "F32") Assert.Equal(Logits(model), Logits(again));
    }

    [Fact]
    public void Blocks_of_the_wanted_type_are_copied()
    {
        foreach ((string type, string format) in new[] { ("Q8_0", "Q8_0"), ("Q4_K_S", "Q4_K"), ("Q5_0", "Q5_0") })
        {
            using (DecoderModel model = Model("llama", hidden: 256)) GgufExport.Write(Target, model, s_tokenizer, GgufType.Find(type)!);
            string second = Path.Combine(_folder.Path, "second.gguf");
            using GgufCheckpoint first = GgufCheckpoint.OpenFile(Target);
            using (DecoderModel packed = DecoderModel.Load(first, _backend))
            {
                Assert.Contains(packed.Weights, w => w is QuantizedTensor q && q.Format.Name == format && w.Name.Contains("q_proj", StringComparison.Ordinal));
                GgufExport.Write(second, packed, s_tokenizer, GgufType.Find(type)!);
            }
            Assert.Equal(File.ReadAllBytes(Target), File.ReadAllBytes(second));
        }
    }

    [Fact]
    public void Mixtures_give_more_bits_where_it_matters()
    {
        DecoderConfig c = Config("llama", hidden: 256, layers: 16);
        string Formats(string type, string part) => string.Join(" ", Enumerable.Range(0, 16).Select(l => GgufType.Find(type)!.FormatOf($"blk.{l}.{part}.weight", l, c, tied: false).Name[1]));
        Assert.Equal("6 6 4 4 6 4 4 6 4 4 6 4 4 6 6 6", Formats("Q4_K_M", "ffn_down"));
        Assert.Equal("6 6 4 4 6 4 4 6 4 4 6 4 4 6 6 6", Formats("q4_k", "attn_v"));
        Assert.Equal("5 5 5 5 4 4 4 4 4 4 4 4 4 4 4 4", Formats("Q4_K_S", "attn_v"));
        Assert.Equal("5 5 4 4 4 4 4 4 4 4 4 4 4 4 4 4", Formats("Q4_K_S", "ffn_down"));
        Assert.Equal("5 5 4 4 4 4 4 4 4 4 4 4 4 4 4 4", Formats("Q3_K_M", "attn_v"));
        Assert.Equal("5 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4", Formats("Q3_K_M", "ffn_down"));
        Assert.Equal("3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3", Formats("Q2_K", "attn_output"));
        Assert.Equal("3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3", Formats("Q3_K_M", "ffn_up"));
        Assert.Equal(("Q6_K", "Q4_K", "Q6_K", "Q8_0", "F16"),
            (Head("Q4_K_M", "output.weight", false), Head("Q4_K_M", "token_embd.weight", false), Head("Q4_K_M", "token_embd.weight", true), Head("Q8_0", "output.weight", false), Head("F16", "output.weight", false)));
        Assert.Equal(("Q5_0", "Q8_0", "Q4_0", "F16", "IQ4_NL"), (Fit("Q4_K", 576), Fit("Q6_K", 576), Fit("Q3_K", 32), Fit("Q8_0", 48), Fit("IQ4_XS", 64)));
        Assert.Null(GgufType.Find("Q9_K"));

        string Head(string type, string name, bool tied) => GgufType.Find(type)!.FormatOf(name, -1, c, tied).Name;
        string Fit(string format, int width) => GgufType.Fitting(GgufFormat.Find(format)!, width).Name;
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_are_told()
    {
        using DecoderModel model = Model("llama", hidden: 64);
        var told = new List<string>();
        GgufExport.Write(Target, model, s_tokenizer, GgufType.Find("Q4_K_M")!, tell: told.Add);
        Assert.Equal(["GGUF Q4_K_M: not all rows are whole blocks: Q4_K became Q5_0 where a row has 64 numbers (6 of 9 matrices); Q6_K became Q8_0 where a row has 64 numbers (1 of 9 matrices); Q6_K became Q8_0 where a row has 96 numbers (1 of 9 matrices)"], told);
    }

    [Theory]
    [InlineData("""{"rope_type":"linear","factor":4.0}""")]
    [InlineData("""{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}""")]
    [InlineData("""{"rope_type":"llama3","factor":32.0,"low_freq_factor":2.0,"high_freq_factor":8.0,"original_max_position_embeddings":512}""")]
    [InlineData("""{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":64,"beta_fast":16.0,"attention_factor":1.25}""")]
    public void Rotary_scaling_comes_back(string rope)
    {
        using DecoderModel model = Model("llama", hidden: 64, rope: rope);
        GgufExport.Write(Target, model, s_tokenizer, GgufType.Find("F32")!);
        using GgufCheckpoint read = GgufCheckpoint.OpenFile(Target);
        (double[] Inverse, double Factor) a = model.Config.Rope.Frequencies(1), b = Families.Read(read.ReadConfig(), "read").Rope.Frequencies(1);
        Assert.Equal(a.Factor, b.Factor, 1e-6);
        Assert.All(a.Inverse.Zip(b.Inverse), p => Assert.Equal(1, p.First / p.Second, 1e-6));
    }

    [Theory]
    [InlineData("llama", """{"hidden_act":"gelu"}""", "a llama model with the activation Gelu cannot be written as GGUF")]
    [InlineData("qwen2", """{"use_sliding_window":true,"sliding_window":16,"max_window_layers":0}""", "a qwen2 model that uses its sliding window cannot be written as GGUF")]
    [InlineData("qwen3", """{"attention_bias":true}""", "a qwen3 model with biases in its attention cannot be written as GGUF")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"dynamic","factor":2.0}}""", "a llama model with rope scaling 'dynamic' cannot be written as GGUF")]
    public void What_GGUF_cannot_say_is_refused(string family, string more, string message)
    {
        using DecoderModel model = Model(family, hidden: 64, more: more);
        Assert.StartsWith(message, Assert.Throws<CheckpointException>(() => GgufExport.Write(Target, model, s_tokenizer, GgufType.Find("F16")!)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void Numbers_that_a_type_cannot_hold_are_refused_and_nothing_is_left()
    {
        using DecoderModel model = Model("llama", hidden: 64);
        var q = (Parameter)model.Weights.First(w => w.Name.EndsWith("q_proj.weight", StringComparison.Ordinal));
        float[] x = q.Value.ToArray<float>();
        x[5] = -70000;
        q.Replace(Tensor.From<float>(_backend, x, q.Shape));
        Assert.StartsWith("weight 'model.layers.0.self_attn.q_proj.weight' holds 70000, more than F16's largest number 65504", Fault("F16"), StringComparison.Ordinal);
        x[5] = float.NaN;
        q.Replace(Tensor.From<float>(_backend, x, q.Shape));
        Assert.StartsWith("weight 'model.layers.0.self_attn.q_proj.weight' holds a number that is not finite", Fault("Q8_0"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));

        string Fault(string type) => Assert.Throws<CheckpointException>(() => GgufExport.Write(Target, model, s_tokenizer, GgufType.Find(type)!)).Message;
    }

    public void Dispose()
    {
        int blocks = _backend.LiveBlocks;
        _backend.Dispose();
        _folder.Dispose();
        Assert.Equal(0, blocks);
    }

    private static DecoderConfig Config(string family, int hidden, int layers = 1, string rope = "null", string more = "{}")
    {
        var config = (JsonObject)JsonNode.Parse($$"""
            {"model_type":"{{family}}","hidden_size":{{hidden}},"intermediate_size":{{hidden * 3 / 2}},"num_hidden_layers":{{layers}},"num_attention_heads":4,"num_key_value_heads":2,
             "head_dim":{{hidden / 4}},"vocab_size":{{s_tokenizer.VocabularySize + 3}},"max_position_embeddings":128,"rms_norm_eps":1e-5,"rope_theta":5000.0,"tie_word_embeddings":{{(family == "qwen3" ? "true" : "false")}},"rope_scaling":{{rope}} }
            """)!;
        if (family == "mistral") config["sliding_window"] = 16;
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse(more)!) config[key] = value?.DeepClone();
        return Families.Read(config, "test");
    }

    private DecoderModel Model(string family, int hidden, string rope = "null", string more = "{}") =>
        new(Config(family, hidden, 1, rope, more), WeightSource.Fresh(_backend, 7, 0.1));

    private static float[] Numbers(Weight weight)
    {
        using Tensor y = Tensor.Empty(weight is QuantizedTensor q ? q.Backend : ((Parameter)weight).Value.Backend, weight.Shape);
        weight.Read(.., y);
        return y.ToArray<float>();
    }

    private static float[] Expected(GgufFormat format, float[] x)
    {
        var bytes = new byte[x.Length / format.BlockElements * format.BlockBytes];
        format.Pack!(x, default, bytes);
        var y = new float[x.Length];
        format.Widen!(bytes, y);
        return y;
    }

    private static float[] Logits(DecoderModel model)
    {
        using var scope = TensorScope.Begin();
        int[] ids = [5, 80, 3, 200, 17, 30, 31];
        ForwardContext context = ForwardContext.Packed(ids.Length);
        return model.Logits(model.Hidden(ids, context), context).ToArray<float>();
    }
}
