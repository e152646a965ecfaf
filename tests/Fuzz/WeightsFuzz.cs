using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Files of weights: safetensors, its index, GGUF with every block format, and the models made of them.</summary>
[Trait("Category", "Fault")]
public class WeightsFuzz
{
    private static readonly string[] s_words =
    [
        "dtype", "shape", "data_offsets", "__metadata__", "F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3", "I64", "I32", "I16", "I8", "U8", "BOOL", "U64", "C64", "weight_map", "metadata", "model.safetensors", "a.safetensors",
        "model.embed_tokens.weight", "lm_head.weight", "model.layers.0.mlp.up_proj.weight",
    ];

    [Fact]
    public void Safetensors()
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["format"] = "pt";
        writer.Add<float>("model.w", [2, 3], GgufBuilder.Count(6));
        writer.Add<long>("ids", [2], new long[] { 1, 2 });
        writer.Add<byte>("b", [5], new byte[5]);
        foreach (string type in new[] { "F64", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I32", "I16", "I8", "U16", "BOOL" }) writer.Add(type, type, [8], s => s.Write(new byte[8 * (SafetensorsType.Find(type)!.Bits / 8)]));
        writer.Add<float>("scalar", [], new float[] { 1 });
        writer.Add<float>("none", [0, 4], Array.Empty<float>());
        var files = new FolderTarget("safetensors", s_words, [], ("x.safetensors", Seeds.Saved(writer)));
        Fuzzer.Run("safetensors", 3000, files.Make, input => files.With(input, () => ReadAll(files.At("x.safetensors"))), [files.At("x.safetensors")], typeof(CheckpointException));
    }

    [Fact]
    public void SafetensorsIndex()
    {
        SafetensorsWriter a = new(), b = new();
        a.Add<float>("a", [6], GgufBuilder.Count(6));
        b.Add<float>("b", [6], GgufBuilder.Count(6));
        var files = new FolderTarget("safetensors-index", s_words, ["model.safetensors.index.json"], ("model-00001-of-00002.safetensors", Seeds.Saved(a)), ("model-00002-of-00002.safetensors", Seeds.Saved(b)),
            ("model.safetensors.index.json", Seeds.Utf8("""{"metadata":{"total_size":48},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""")));
        Fuzzer.Run("safetensors-index", 2000, files.Make, input => files.With(input, () => ReadAll(files.Folder)), [files.Folder], typeof(CheckpointException));
    }

    [Fact]
    public void Gguf()
    {
        GgufBuilder all = GgufBuilder.Llama().Key("a", new[] { "x", "y" }).Key("b", new object[] { new[] { 1 }, new[] { 2f } });
        byte[] tied = all.Bytes();
        // Every format that can be expanded stands for the embedding once, so that its blocks are read.
        byte[][] seeds =
        [
            tied, GgufBuilder.Llama("qwen2", tied: false).Key("qwen2.rope.scaling.type", "yarn").Key("qwen2.rope.scaling.factor", 4f).Bytes(),
            GgufBuilder.Llama("qwen3").Key("qwen3.attention.key_length", 4u).Bytes(),
            GgufBuilder.Llama().Floats("rope_freqs.weight", [2], 1, 8).Key("tokenizer.chat_template", "{{ messages }}").Key("tokenizer.ggml.scores", new[] { 0f, -1, -2 }).Bytes(),
            .. Enumerable.Range(0, 43).Where(i => GgufFormat.Find((uint)i) is not null).Select(i => Blocks(GgufFormat.Find((uint)i)!)),
        ];
        string path = Path.Combine(Fuzzer.Folder("gguf"), "x.gguf");
        string[] words = ["general.architecture", "llama.block_count", "tokenizer.ggml.tokens", "general.alignment", "blk.0.attn_q.weight", "output.weight", "llama.rope.scaling.type", "linear", "qwen2", "qwen3", "mistral", "llama"];
        Fuzzer.Run("gguf", 3000, r =>
        {
            byte[] good = r.Of(seeds);
            return ByteMutator.Mutate(good, r.Of(seeds), words, r, head: Math.Min(good.Length, 1700));
        }, input =>
        {
            File.WriteAllBytes(path, input);
            ReadAll(path);
        }, [path], typeof(CheckpointException));
    }

    [Fact]
    public void Model()
    {
        using Backend backend = Backends.Open("reference");
        var files = new FolderTarget("model", [.. s_words, .. ConfigWords], [], ("model.safetensors", Seeds.Model()), ("config.json", Seeds.Utf8(Seeds.Config)));
        Fuzzer.Run("model", 1500, files.Make, input => files.With(input, () =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(files.Folder);
            using DecoderModel model = DecoderModel.Load(checkpoint, backend);
            using var scope = TensorScope.Begin();
            ForwardContext context = ForwardContext.Packed(3);
            _ = model.Logits(model.Hidden([1, 2, 3], context), context).ToArray<float>();
        }), [files.Folder], typeof(CheckpointException));
    }

    /// <summary>Quantised checkpoints: parts of wrong sizes, nonsense in the settings, codes and indices that cannot be.</summary>
    [Theory, InlineData("nf4"), InlineData("int8"), InlineData("gptq"), InlineData("awq")]
    public void Quantised(string method)
    {
        const string Sizes = """{"model_type":"llama","hidden_size":32,"intermediate_size":64,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":20,"max_position_embeddings":32}""";
        (IQuantizer quantizer, Action<SafetensorsWriter, QuantizedTensor> add, string settings) = method switch
        {
            "nf4" => ((IQuantizer)new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 64, 256)), (Action<SafetensorsWriter, QuantizedTensor>)((w, t) => BnbWriter.Add(w, t, "float32")), BnbWriter.Config(new BnbFourBitFormat(FourBitCode.Nf4, 64, 256), "float32").ToJsonString()),
            "int8" => (new Int8RowQuantizer(), (w, t) => BnbWriter.Add(w, t, "float32"), BnbWriter.Config(Int8RowFormat.Instance, "float32").ToJsonString()),
            "gptq" => (new AffineRounding(4, 16, true, 1), (w, t) => GptqWriter.Add(w, t), """{"bits":4,"group_size":16,"desc_act":false,"sym":true,"checkpoint_format":"gptq","quant_method":"gptq"}"""),
            _ => (new AffineRounding(4, 16, false, 0), AwqWriter.Add, """{"bits":4,"group_size":16,"zero_point":true,"version":"gemm","quant_method":"awq","modules_to_not_convert":null}"""),
        };
        using Backend backend = Backends.Open("reference");
        var config = (JsonObject)JsonNode.Parse(Sizes)!;
        var writer = new SafetensorsWriter();
        byte[] weights;
        using (var model = new DecoderModel(Families.Read(config, "seed"), WeightSource.Synthetic(backend, DType.F32, quantizer, ownHead: true)))
        {
            foreach (Weight weight in model.Weights)
                if (weight is QuantizedTensor packed) add(writer, packed);
                else TensorFiles.Add(writer, weight);
            weights = Seeds.Saved(writer);
        }
        config["quantization_config"] = JsonNode.Parse(settings);
        string[] words =
        [
            "quant_method", "gptq", "awq", "bitsandbytes", "bits", "group_size", "desc_act", "sym", "zero_point", "version", "gemm", "gemv", "checkpoint_format", "gptq_v2", "load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "nf4", "fp4", "modules_to_not_convert",
            "quant_type", "blocksize", "nested_blocksize", "nested_offset", "shape", "dtype", "model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.qweight", "model.layers.0.self_attn.q_proj.scales", "U8", "I8", "I32", "F16", "BF16", "F32",
        ];
        var files = new FolderTarget("quantised-" + method, words, [], ("model.safetensors", weights), ("config.json", Seeds.Utf8(config.ToJsonString())));
        Fuzzer.Run("quantised-" + method, 1500, files.Make, input => files.With(input, () =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(files.Folder);
            using DecoderModel model = DecoderModel.Load(checkpoint, backend);
            using var scope = TensorScope.Begin();
            ForwardContext context = ForwardContext.Packed(3);
            _ = model.Logits(model.Hidden([1, 2, 3], context), context).ToArray<float>();
        }), [files.Folder], typeof(CheckpointException));
    }

    internal static string[] ConfigWords { get; } =
    [
        "model_type", "llama", "qwen2", "qwen3", "mistral", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling",
        "rope_parameters", "rope_type", "type", "factor", "yarn", "linear", "dynamic", "llama3", "longrope", "short_factor", "long_factor", "tie_word_embeddings", "hidden_act", "gelu", "attention_bias", "pad_token_id", "sliding_window", "use_sliding_window", "layer_types",
        "original_max_position_embeddings", "low_freq_factor", "attention_factor", "mscale", "quantization_config", "logit_scale", "partial_rotary_factor",
    ];

    [Fact]
    public void Config()
    {
        byte[][] seeds = Array.ConvertAll(Seeds.Configs, Seeds.Utf8);
        var files = new FolderTarget("config", [], [], ("model.safetensors", Seeds.Model()), ("config.json", seeds[0]));
        Fuzzer.Run("config", 3000, r => [1, .. FolderTarget.Damage("x.json", r.Of(seeds), r.Of(seeds), ConfigWords, r)], input => files.With(input, () =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(files.Folder);
            JsonObject json = checkpoint.ReadConfig();
            DecoderConfig config = Families.Read(json, checkpoint.ConfigSource);
            config.Rope.Frequencies(8);
        }), [files.Folder], typeof(CheckpointException));
    }

    [Fact]
    public void GenerationConfig()
    {
        byte[] good = Seeds.Utf8("""{"bos_token_id":1,"eos_token_id":[2,3],"pad_token_id":0,"do_sample":true,"temperature":0.6,"top_p":0.9,"top_k":50,"min_p":0.0,"typical_p":1.0,"repetition_penalty":1.1,"max_new_tokens":32,"max_length":64,"num_beams":1,"length_penalty":1.0,"no_repeat_ngram_size":0,"bad_words_ids":null,"suppress_tokens":[],"transformers_version":"4.57.1"}""");
        string[] words = ["eos_token_id", "temperature", "top_k", "top_p", "min_p", "num_beams", "do_sample", "max_new_tokens", "bad_words_ids", "stop_strings", "epsilon_cutoff", "diversity_penalty", "guidance_scale", "cache_implementation", "assistant_confidence_threshold"];
        Fuzzer.Run("generation", 2000, r => FolderTarget.Damage("x.json", good, good, words, r), input => GenerationOptions.FromJson(System.Text.Encoding.UTF8.GetString(input), "x/generation_config.json"), ["x/generation_config.json"], typeof(CheckpointException));
    }

    private static void ReadAll(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        foreach (string name in checkpoint.Names)
        {
            CheckpointTensor t = checkpoint.Describe(name);
            // Bits and unknown formats are refused by name when they are asked for as floats.
            try { checkpoint.Read(name, new float[t.Elements]); }
            catch (CheckpointException e) when (e.Message.Contains("cannot be", StringComparison.Ordinal)) { }
            if (t.DType is { } dtype && t.Elements > 0) checkpoint.ReadBytes(name, 0, new byte[t.Elements * dtype.Size]);
            if (t.IsRaw) checkpoint.ReadRaw(name);
        }
        if (checkpoint is not GgufCheckpoint gguf) return;
        Families.Read(checkpoint.ReadConfig(), checkpoint.Source);
        Tokenizer tokenizer = Tokenizer.FromGguf(gguf.File.Vocabulary(), gguf.File.Path);
        tokenizer.Decode(tokenizer.Encode("ab <e> b"));
    }

    private static byte[] Blocks(GgufFormat format)
    {
        int width = Math.Max(8, format.BlockElements);
        var data = new byte[3 * width / format.BlockElements * format.BlockBytes];
        for (int i = 0; i < data.Length; i++) data[i] = (byte)(i * 37);
        return new GgufBuilder().Key("general.architecture", "llama").Key("llama.embedding_length", (uint)width).Key("llama.block_count", 1u).Key("llama.feed_forward_length", 3u).Key("llama.attention.head_count", 2u)
            .Key("llama.context_length", 64u).Key("llama.attention.layer_norm_rms_epsilon", 1e-5f).Key("tokenizer.ggml.model", "llama").Key("tokenizer.ggml.tokens", new[] { "a", "b", "<e>" })
            .Key("tokenizer.ggml.scores", new[] { 0f, -1f, -2f }).Key("tokenizer.ggml.token_type", new[] { 1, 1, 3 }).Tensor("token_embd.weight", (uint)format.Id, [(ulong)width, 3], data).Bytes();
    }
}
