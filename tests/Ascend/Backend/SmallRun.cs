using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A few updates of a small model, the same on every device.</summary>
internal static class SmallRun
{
    private const string Config = """
        { "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 50, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 64 }
        """;

    /// <summary>Losses and norms of each update; <paramref name="after"/> is called behind each.</summary>
    public static (double Loss, double Norm)[] Losses(Backend backend, int updates, Action<int>? after = null, LossScaler? scaler = null)
    {
        using DecoderModel model = new(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.3));
        (string Name, Parameter Parameter)[] trained = [.. model.Parameters.Select(p => (p.Name, p))];
        foreach (Parameter p in model.Parameters) p.RequiresGrad = true;
        using var gradients = new Gradients(model.Parameters);
        using var optimizer = new AdamW(ParameterGroups.Trainer(trained, 0.01, 0.1));
        var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 0.01, 0, updates), 1) { Seed = 7, Scaler = scaler };
        var results = new (double, double)[updates];
        for (int s = 0; s < updates; s++)
        {
            var result = step.Run(Batches(s));
            results[s] = (result.Loss, result.GradNorm);
            after?.Invoke(s);
        }
        backend.Synchronize();                       // the last update still runs: what fails in it shows now, as it would when the weights are saved
        return results;
    }

    private static Batch[] Batches(int step) =>
    [
        .. Enumerable.Range(0, 2).Select(m => Batch.Pack([.. Enumerable.Range(0, 2).Select(r =>
        {
            int[] ids = [.. Enumerable.Range(0, 7 + r + m).Select(i => (i * 7 + r * 3 + m * 11 + step * 5) % 50)];
            return new EncodedRow(ids, [.. ids.Select((id, i) => i < 3 ? -100 : id)]);
        })])),
    ];
}
