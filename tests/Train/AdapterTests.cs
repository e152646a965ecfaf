using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class AdapterTests
{
    private const string Config = """
        { "model_type": "llama", "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 50, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 64 }
        """;

    private static DecoderModel NewModel(Backend backend) =>
        new(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.3));

    private static Batch[] Batches(int step) =>
    [
        .. Enumerable.Range(0, 2).Select(m => Batch.Pack(
            [.. Enumerable.Range(0, 2).Select(r =>
            {
                int[] ids = [.. Enumerable.Range(0, 7 + r + m).Select(i => (i * 7 + r * 3 + m * 11 + step * 5) % 50)];
                return new EncodedRow(ids, [.. ids.Select((id, i) => i < 3 ? -100 : id)]);
            })])),
    ];

    /// <summary>Trains a few updates and gives what was trained.</summary>
    private static float[][] Train(AdapterConfig config, int threads = 2, bool checkpoints = false, string device = "cpu", DType dtype = DType.F32)
    {
        using Backend backend = Backends.Open(device, threads);
        float[][] trained;
        using (DecoderModel model = NewModel(backend))
        using (AdapterSet adapter = AdapterSet.Create(model, config, 42))
        {
            adapter.Attach();
            adapter.TrainOnlyThis();
            foreach (Parameter p in adapter.Parameters)
                if (p.Value.DType != dtype) p.Replace(TensorFiles.Clone(p.Value, dtype));
            using var gradients = new Gradients(adapter.Parameters);
            using var optimizer = new AdamW(ParameterGroups.Trainer(adapter.Tensors.Select(t => (t.Name, t.Parameter)), 0.01, 0));
            var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 0.01, 0, 4), 1) { Checkpoints = checkpoints, Seed = 42 };
            double first = step.Run(Batches(0)).Loss, last = first;
            for (int s = 1; s < 4; s++) last = step.Run(Batches(0)).Loss;
            Assert.True(last < first, $"the loss went from {first} to {last}");
            trained = [.. adapter.Parameters.Select(p => { using (TensorScope.Begin()) return p.Value.Detach().To(DType.F32).ToArray<float>(); })];
        }
        Assert.Equal(0, backend.LiveBlocks);
        Assert.Equal(0, backend.ForgottenBlocks);
        return trained;
    }

    private static AdapterConfig Lora(bool dora = false, double dropout = 0) =>
        new() { R = 4, LoraAlpha = 8, LoraDropout = dropout, UseDora = dora, TargetModules = ["q_proj", "v_proj", "down_proj"] };

    [Theory, InlineData(false, 0.0), InlineData(false, 0.2), InlineData(true, 0.0), InlineData(true, 0.2)]
    public void Training_gives_the_same_bits_for_any_number_of_threads_and_with_checkpointing(bool dora, double dropout)
    {
        float[][] one = Train(Lora(dora, dropout), threads: 1);
        Assert.Equal(one, Train(Lora(dora, dropout), threads: 3));
        Assert.Equal(one, Train(Lora(dora, dropout), threads: 2, checkpoints: true));
    }

    [Fact]
    public void Cpu_and_reference_agree()
    {
        float[][] cpu = Train(Lora(dora: true, dropout: 0.2)), reference = Train(Lora(dora: true, dropout: 0.2), device: "reference");
        for (int t = 0; t < cpu.Length; t++)
            for (int i = 0; i < cpu[t].Length; i++) Assert.Equal(reference[t][i], cpu[t][i], 2e-4f);       // Adam divides by a small root: rounding grows
    }

    [Fact]
    public void Trained_tensors_can_be_kept_in_bf16() => Train(Lora(), dtype: DType.BF16);

    [Fact]
    public void A_fresh_adapter_changes_nothing_and_a_detached_one_leaves_nothing()
    {
        using Backend backend = Backends.Open("cpu");
        using (DecoderModel model = NewModel(backend))
        {
            float[] before = Logits(model);
            using AdapterSet adapter = AdapterSet.Create(model, Lora(), 42);
            adapter.Attach();
            Assert.Equal(before, Logits(model));
            adapter.Detach();
            Assert.Equal(before, Logits(model));
        }
        Assert.Equal(0, backend.LiveBlocks);
    }

    [Fact]
    public void An_adapter_is_saved_loaded_and_merged()
    {
        string folder = Directory.CreateTempSubdirectory("adapter").FullName;
        try
        {
            using Backend backend = Backends.Open("cpu");
            float[] with;
            using (DecoderModel model = NewModel(backend))
            {
                using AdapterSet adapter = AdapterSet.Create(model, Lora(dora: true), 42);
                adapter.Attach();
                foreach (AdapterTensor t in adapter.Tensors.Where(t => t.Name.EndsWith("lora_B.weight", StringComparison.Ordinal))) backend.Fill(t.Parameter.Value, 0.05);
                with = Logits(model);
                adapter.Save(folder);
            }
            using (DecoderModel model = NewModel(backend))
            {
                using AdapterSet adapter = AdapterSet.Load(model, folder);
                adapter.Attach();
                Assert.Equal(with, Logits(model));
                adapter.Merge();
                float[] merged = Logits(model);
                for (int i = 0; i < with.Length; i++) Assert.Equal(with[i], merged[i], 1e-4f);             // the same product in another order
            }
            Assert.Equal(0, backend.LiveBlocks);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void Targets_that_fit_nothing_are_refused_with_the_names_there_are()
    {
        using Backend backend = Backends.Open("cpu");
        using DecoderModel model = NewModel(backend);
        string message = Assert.Throws<UsageException>(() => AdapterSet.Create(model, new AdapterConfig { TargetModules = ["query"] }, 42)).Message;
        Assert.Equal("target_modules: no module fits query (known: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj)", message);
    }

    [Fact]
    public void A_tensor_without_a_place_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("adapter").FullName;
        try
        {
            using Backend backend = Backends.Open("cpu");
            using DecoderModel model = NewModel(backend);
            using (AdapterSet adapter = AdapterSet.Create(model, Lora(), 42)) adapter.Save(folder);
            (AdapterConfig.Load(folder) with { TargetModules = ["q_proj", "v_proj"] }).Save(folder);
            string message = Assert.Throws<UsageException>(() => AdapterSet.Load(model, folder)).Message;
            Assert.Contains("tensor 'base_model.model.model.layers.0.mlp.down_proj.lora_A.weight' is in the file but adapter_config.json gives it no place", message);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static float[] Logits(DecoderModel model)
    {
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(6, 3);
        return model.Logits(model.Hidden([1, 2, 3, 4, 5, 6, 7, 8, 9], context), context).ToArray<float>();
    }
}
