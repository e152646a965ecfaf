using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A checkpoint of any size with random weights and a small tokenizer: for questions of memory and speed, where words do not matter.</summary>
public static class RandomCheckpoint
{
    /// <summary>Writes a Llama of some size, in F32, tied.</summary>
    public static void Write(string folder, int hidden, int intermediate, int layers, int heads, int kvHeads, int vocab)
    {
        Directory.CreateDirectory(folder);
        string config = $$"""
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":{{hidden}},"intermediate_size":{{intermediate}},"num_hidden_layers":{{layers}},
             "num_attention_heads":{{heads}},"num_key_value_heads":{{kvHeads}},"vocab_size":{{vocab}},"max_position_embeddings":2048,"rms_norm_eps":1e-5,"tie_word_embeddings":true}
            """;
        Tokenizer tokenizer = BpeTrainer.Train(["What colour is the sky? Blue.", "What colour is grass? Green.", "Human: Assistant: System:"], 300, ["<|endoftext|>"]);
        tokenizer.SetSpecialToken("eos_token", "<|endoftext|>");
        tokenizer.Save(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        using Backend backend = Backends.Open("cpu", 1);
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(config)!, "random"), WeightSource.Fresh(backend, 7, 0.02));
        var writer = new SafetensorsWriter();
        foreach (Parameter parameter in model.Parameters) TensorFiles.Add(writer, parameter.Name, parameter.Value);
        writer.SaveFolder(folder);
    }
}
