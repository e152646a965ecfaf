using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Good files, built in code: what the cases damage.</summary>
internal static class Seeds
{
    public const string Config = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,
         "vocab_size":20,"max_position_embeddings":32,"rms_norm_eps":1e-5,"rope_theta":10000.0,"rope_scaling":null,"tie_word_embeddings":false,"hidden_act":"silu","attention_bias":false,"pad_token_id":0}
        """;

    /// <summary>Configurations of all families and kinds of rotary embedding.</summary>
    public static string[] Configs { get; } =
    [
        Config,
        """{"model_type":"qwen2","hidden_size":8,"intermediate_size":6,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"vocab_size":20,"use_sliding_window":true,"sliding_window":4,"max_window_layers":1,"layer_types":["full_attention","sliding_attention"],"rope_parameters":{"rope_type":"yarn","rope_theta":1e6,"factor":4.0,"original_max_position_embeddings":16,"beta_fast":32,"beta_slow":1,"attention_factor":1.1,"mscale":1.0,"mscale_all_dim":1.0,"truncate":true}}""",
        """{"model_type":"qwen3","hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,"vocab_size":20,"tie_word_embeddings":true,"attention_bias":true,"rope_scaling":{"type":"linear","factor":2}}""",
        """{"model_type":"mistral","hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":8,"vocab_size":20,"sliding_window":null,"hidden_act":"gelu_new","rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":16}}""",
        """{"model_type":"llama","hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":2,"vocab_size":20,"rope_scaling":{"rope_type":"longrope","short_factor":[1,2],"long_factor":[1.0,4.0],"original_max_position_embeddings":8}}""",
        """{"model_type":"llama","hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,"num_attention_heads":2,"vocab_size":20,"rope_scaling":{"rope_type":"dynamic","factor":2.0}}""",
    ];

    /// <summary>Every kind of component, in small tokenizers over a few letters.</summary>
    public static string[] Tokenizers { get; } =
    [
        Tokenizer("""{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"l+(?=o)|(?<!x)h{2,3}?"},"content":"l"},{"type":"Strip","strip_left":true,"strip_right":false}]}""",
            """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""",
            """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}""", """{"type":"ByteLevel"}"""),
        Tokenizer("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""", "null",
            """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}}""",
            """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""", """ "byte_fallback":true,"fuse_unk":true,"unk_token":"<s>","ignore_merges":true,"""),
        Tokenizer("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", """{"type":"BertPreTokenizer"}""",
            """{"type":"BertProcessing","sep":["</s>",1],"cls":["<s>",0]}""", """{"type":"WordPiece","prefix":"##","cleanup":true}""", """ "continuing_subword_prefix":"##","end_of_word_suffix":"</w>","""),
        Tokenizer("""{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Nmt"}]}""",
            """{"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},{"type":"Digits","individual_digits":true},{"type":"Punctuation","behavior":"MergedWithNext"},{"type":"FixedLength","length":5}]}""",
            """{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0],"trim_offsets":true,"add_prefix_space":false}""", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""),
    ];

    public const string TokenizerConfig = """
        {"tokenizer_class":"LlamaTokenizer","add_bos_token":true,"add_eos_token":false,"add_prefix_space":true,"bos_token":"<s>","eos_token":{"__type":"AddedToken","content":"</s>","lstrip":false,"normalized":false,"rstrip":false,"single_word":false,"special":true},
         "unk_token":null,"pad_token":"</s>","padding_side":"left","clean_up_tokenization_spaces":true,"additional_special_tokens":["<|im_end|>"],"extra_special_tokens":{"image_token":"<i>"},
         "added_tokens_decoder":{"0":{"content":"<s>","special":true},"1":{"content":"</s>","lstrip":true,"rstrip":true,"single_word":true,"normalized":true,"special":true}},
         "chat_template":[{"name":"default","template":"{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}"},{"name":"rag","template":"x"}]}
        """;

    public const string TokensMap = """{"bos_token":"<s>","eos_token":{"content":"</s>","single_word":false},"additional_special_tokens":[{"content":"<x>"},"<y>"]}""";

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The weights of <see cref="Config"/>.</summary>
    public static byte[] Model()
    {
        using Backend backend = Backends.Open("reference");
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "seed"), WeightSource.Fresh(backend, 7, 0.3));
        var writer = new SafetensorsWriter();
        foreach (Parameter parameter in model.Parameters) TensorFiles.Add(writer, parameter.Name, parameter.Value);
        return Saved(writer);
    }

    public static byte[] Saved(SafetensorsWriter writer)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        writer.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    /// <summary>Damages the header as JSON and says its length, or the bytes as they are.</summary>
    public static byte[] DamageSafetensors(byte[] good, byte[] other, IReadOnlyList<string> words, FuzzRandom random)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(good);
        if (random.One(3)) return ByteMutator.Mutate(good, other, words, random, 8 + header);
        if (random.One(8)) return [.. good[..(8 + header)], .. Noise(good.Length - 8 - header, random)];
        byte[] json = JsonMutator.Mutate(good[8..(8 + header)], words, random);
        byte[] length = BitConverter.GetBytes((long)(random.One(10) ? json.Length + random.Next(64) - 32 : json.Length));
        byte[] data = good[(8 + header)..];
        return [.. length, .. json, .. random.One(10) ? ByteMutator.Mutate(data, data, [], random) : data];
    }

    /// <summary>Numbers of every kind, NaN and the infinities among them, where weights were.</summary>
    private static byte[] Noise(int length, FuzzRandom random)
    {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)random.Word();
        return bytes;
    }

    private static string Tokenizer(string normalizer, string preTokenizer, string postProcessor, string decoder, string model = "")
    {
        string[] vocabulary = ["<s>", "</s>", "h", "e", "l", "o", "▁", "Ġ", "he", "ll", "o</w>", "##l", "<0x0A>", "<0xE2>", "1", "!", "hell"];
        return $$$"""
            {"version":"1.0","truncation":{"direction":"Right","max_length":16,"strategy":"LongestFirst","stride":1},"padding":{"strategy":"BatchLongest","direction":"Right","pad_to_multiple_of":8,"pad_id":1,"pad_type_id":0,"pad_token":"</s>"},
             "added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":17,"content":"new","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],
             "normalizer":{{{normalizer}}},"pre_tokenizer":{{{preTokenizer}}},"post_processor":{{{postProcessor}}},"decoder":{{{decoder}}},
             "model":{"type":"BPE","dropout":null,{{{model}}} "vocab":{{{{string.Join(',', vocabulary.Select((v, i) => $"\"{v}\":{i}"))}}}},"merges":["h e",["l","l"],"he ll"]}}
            """;
    }
}
