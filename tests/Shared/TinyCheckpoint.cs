using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A checkpoint's folder with a small random model and a tokenizer of bytes and a few merges: enough to train, chat and save.</summary>
public sealed class TinyCheckpoint : IDisposable
{
    /// <summary>Writes it to a folder of its own below the temporary one.</summary>
    public TinyCheckpoint()
    {
        Folder = Directory.CreateTempSubdirectory("tiny-").FullName;
        string config = """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,
             "vocab_size":320,"max_position_embeddings":128,"rms_norm_eps":1e-5,"tie_word_embeddings":false}
            """;
        Tokenizer tokenizer = BpeTrainer.Train(["What colour is the sky? Blue.", "What colour is grass? Green.", "Human: Assistant: System:"], 300, ["<|endoftext|>"]);
        tokenizer.SetSpecialToken("eos_token", "<|endoftext|>");
        tokenizer.Save(Folder);
        File.WriteAllText(Path.Combine(Folder, "config.json"), config);
        using Backend backend = Backends.Open("reference");
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(config)!, "tiny"), WeightSource.Fresh(backend, 7, 0.3));
        var writer = new SafetensorsWriter();
        foreach (Parameter parameter in model.Parameters) TensorFiles.Add(writer, parameter.Name, parameter.Value);
        writer.SaveFolder(Folder);
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
