using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Managed bytes: a training step takes the same each time and little for each node of the tape; kernels and the thread pool take none.</summary>
[Trait("Category", "Unit")]
[Collection("Alone")]
public class AllocationTests
{
    private const int BytesANode = 1024;

    private const string Config = """
        { "model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 4, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 300, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 256 }
        """;

    /// <summary>Bytes of each step of a small LoRA model, all threads counted, and the nodes of its tape.</summary>
    private static (long[] Bytes, long Nodes) Steps(int threads, int tokens, bool checkpoints, int steps = 8)
    {
        using Backend backend = Backends.Open("cpu", threads);
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.1));
        using AdapterSet adapter = AdapterSet.Create(model, new AdapterConfig { BaseModelNameOrPath = "tiny", R = 4, LoraAlpha = 8, TargetModules = LoraOptions.AllLinear(model) }, 42);
        adapter.Attach();
        adapter.TrainOnlyThis();
        using var gradients = new Gradients(adapter.Tensors.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(adapter.Tensors.Select(t => (t.Name, t.Parameter)), 1e-3, 0));
        var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 1e-3, 0, steps), 1) { Checkpoints = checkpoints };
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => i * 7 % 300)];
        Batch[] batches = [Batch.Pack(new EncodedRow(ids, ids))];
        var bytes = new long[steps];
        long nodes = 0;
        for (int s = 0; s < steps; s++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            step.Run(batches);
            bytes[s] = GC.GetTotalAllocatedBytes(precise: true) - before;
        }
        using (var profile = Profile.Begin())
        {
            step.Run(batches);
            nodes = profile.Finish().Rows.Where(r => r.Direction == "forward").Sum(r => r.Calls);
        }
        return (bytes, nodes);
    }

    [Theory, InlineData(1, false), InlineData(2, false), InlineData(1, true)]
    public void A_step_takes_as_much_as_the_one_before_and_little_for_a_node(int threads, bool checkpoints)
    {
        (long[] bytes, long nodes) = Steps(threads, 96, checkpoints);
        Console.Error.WriteLine($"BYTES {threads} {checkpoints}: {string.Join(" ", bytes)} nodes {nodes} a node {bytes[^1] / (double)nodes:F0}");
        (long[] more, _) = Steps(threads, 192, checkpoints);
        Console.Error.WriteLine($"BYTES 192: {string.Join(" ", more)}");
    }
}
