using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Options of a training step on a small model: noise on the embeddings, smoothed labels, layers that stay frozen.</summary>
[Trait("Category", "Unit")]
public class TrainingStepTests
{
    private const string Config = """
        { "model_type": "llama", "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 50, "rms_norm_eps": 1e-5, "tie_word_embeddings": TIED, "max_position_embeddings": 64 }
        """;

    private static DecoderModel NewModel(Backend backend, bool tied = true) =>
        new(Families.Read((JsonObject)JsonNode.Parse(Config.Replace("TIED", tied ? "true" : "false", StringComparison.Ordinal))!, "config.json"), WeightSource.Fresh(backend, 3, 0.3));

    private static Batch[] Batches(int step) =>
    [
        .. Enumerable.Range(0, 2).Select(m => Batch.Pack([.. Enumerable.Range(0, 2).Select(r =>
        {
            int[] ids = [.. Enumerable.Range(0, 7 + r + m).Select(i => (i * 7 + r * 3 + m * 11 + step * 5) % 50)];
            return new EncodedRow(ids, [.. ids.Select((id, i) => i < 3 ? -100 : id)]);
        })])),
    ];

    /// <summary>Losses of the updates from one number to another, and the weights after them.</summary>
    private static (double[] Losses, float[][] Weights) Run(int updates, double noise = 0, double smoothing = 0, int threads = 2, bool checkpoints = false, int stopAt = -1, string device = "cpu")
    {
        using Backend backend = Backends.Open(device, threads);
        List<double> losses = [];
        float[][] weights;
        string optimizerFile = Path.GetTempFileName();
        using (DecoderModel model = NewModel(backend))
        {
            (string Name, Parameter Parameter)[] trained = [.. model.Parameters.Select(p => (p.Name, p))];
            foreach (Parameter p in model.Parameters) p.RequiresGrad = true;
            using var gradients = new Gradients(model.Parameters);
            SupervisedStep New(Optimizer optimizer) => new(model, gradients, optimizer, new LearningRateSchedule("constant", 0.01, 0, updates), 1) { Seed = 7, NoiseAlpha = noise, LabelSmoothing = smoothing, Checkpoints = checkpoints };
            Optimizer optimizer = new AdamW(ParameterGroups.Trainer(trained, 0.01, 0));
            SupervisedStep step = New(optimizer);
            for (int s = 0; s < updates; s++)
            {
                if (s == stopAt)
                {
                    optimizer.Save(optimizerFile);
                    optimizer.Dispose();
                    optimizer = new AdamW(ParameterGroups.Trainer(trained, 0.01, 0));
                    optimizer.Load(optimizerFile);
                    step = New(optimizer);
                    step.Steps = s;
                }
                losses.Add(step.Run(Batches(s)).Loss);
            }
            optimizer.Dispose();
            weights = [.. model.Parameters.Select(p => p.Value.ToArray<float>())];
        }
        File.Delete(optimizerFile);
        Assert.Equal(0, backend.LiveBlocks);
        Assert.Equal(0, backend.ForgottenBlocks);
        return ([.. losses], weights);
    }

    [Theory, InlineData(5.0, 0.0), InlineData(0.0, 0.2), InlineData(5.0, 0.2)]
    public void Threads_checkpoints_and_a_stop_change_no_bit(double noise, double smoothing)
    {
        (double[] losses, float[][] weights) = Run(4, noise, smoothing, threads: 1);
        Assert.Equal(weights, Run(4, noise, smoothing, threads: 2).Weights);
        Assert.Equal(weights, Run(4, noise, smoothing, checkpoints: true).Weights);
        (double[] resumed, float[][] end) = Run(4, noise, smoothing, stopAt: 2);
        Assert.Equal(losses, resumed);
        Assert.Equal(weights, end);
    }

    [Fact]
    public void Noise_changes_the_loss_and_only_with_its_size()
    {
        double plain = Run(1).Losses[0], little = Run(1, noise: 1e-4).Losses[0], much = Run(1, noise: 20).Losses[0];
        Assert.InRange(Math.Abs(little - plain), 0, 1e-3);
        Assert.True(Math.Abs(much - plain) > Math.Abs(little - plain));
    }

    [Fact]
    public void Noise_is_uniform_in_its_bounds_and_a_function_of_the_key()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros(backend, [333, 7]);
        float[] a = UniformNoise.Like(x, 5, 0.3).ToArray<float>();
        Assert.Equal(a, UniformNoise.Like(x, 5, 0.3).ToArray<float>());
        Assert.NotEqual(a, UniformNoise.Like(x, 6, 0.3).ToArray<float>());
        Assert.All(a, v => Assert.InRange(v, -0.3f, 0.3f));
        Assert.InRange(a.Average(), -0.02, 0.02);
        Assert.InRange(a.Average(v => v * v), 0.3 * 0.3 / 3 * 0.93, 0.3 * 0.3 / 3 * 1.07);
    }

    [Fact]
    public void The_model_is_quiet_outside_of_training()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using DecoderModel model = NewModel(backend);
        using var scope = TensorScope.Begin();
        int[] ids = [1, 2, 3, 4];
        float[] Of(bool training, double noise) =>
            model.Hidden(ids, new ForwardContext { Positions = [0, 1, 2, 3], Segments = Segments.Packed(4), IsTraining = training, EmbeddingNoise = noise }).ToArray<float>();
        Assert.Equal(Of(false, 0), Of(false, 1));
        Assert.NotEqual(Of(true, 0), Of(true, 1));
    }

    [Theory, InlineData("cpu"), InlineData("reference")]
    public void A_smoothed_loss_is_the_mean_of_two_means_for_each_micro_batch(string device)
    {
        using Backend backend = Backends.Open(device, 1);
        using DecoderModel model = NewModel(backend);
        double expected = 0;
        foreach (Batch batch in Batches(0))
        {
            using var scope = TensorScope.Begin();
            var context = new ForwardContext { Positions = batch.Positions, Segments = Segments.Packed(batch.Lengths()) };
            (int[] rows, int[] targets) = batch.Predictions();
            float[] logP = model.Logits(model.Hidden(batch.Ids, context), context, rows).LogSoftmax().ToArray<float>();
            expected += Enumerable.Range(0, rows.Length).Average(i => 0.7 * -logP[i * 50 + targets[i]] + 0.3 * -logP.Skip(i * 50).Take(50).Average(v => (double)v));
        }
        Assert.Equal(expected, Run(1, smoothing: 0.3, device: device).Losses[0], 1e-4);
    }

    [Theory]
    [InlineData(1, "all", "", "2.")]
    [InlineData(-2, "all", "", "0.,1.")]
    [InlineData(9, "all", "", "0.,1.,2.")]
    [InlineData(1, "self_attn", "", "2.self_attn")]
    [InlineData(-1, "mlp,input_layernorm", "", "0.mlp,0.input_layernorm")]
    [InlineData(0, "all", "embed_tokens", "embed_tokens")]
    [InlineData(1, "self_attn", "norm", "2.self_attn,norm")]
    public void Freeze_tuning_chooses_by_parts_of_names(int layers, string modules, string extra, string parts)
    {
        using Backend backend = Backends.Open("null");
        using DecoderModel model = NewModel(backend, tied: false);
        var recipe = new Recipe { FinetuningType = "freeze", FreezeTrainableLayers = layers, FreezeTrainableModules = modules.Split(','), FreezeExtraModules = extra.Length > 0 ? extra.Split(',') : [] };
        string[] marks = parts.Split(',').Select(p => char.IsDigit(p[0]) ? "layers." + p : p).ToArray();
        string[] expected = [.. model.Parameters.Select(p => p.Name).Where(n => marks.Any(m => n.Contains(m, StringComparison.Ordinal)))];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, FreezeSelection.Choose(model, recipe).Select(p => p.Name));
    }

    [Theory]
    [InlineData(2, "self_atn", "", "freeze_trainable_modules: there is no module 'self_atn' (known: input_layernorm, self_attn, post_attention_layernorm, mlp); did you mean 'self_attn'?")]
    [InlineData(2, "q_proj", "", "freeze_trainable_modules: there is no module 'q_proj'")]
    [InlineData(2, "all", "lm_head", "freeze_extra_modules: there is no module 'lm_head' (known: embed_tokens, norm)")]
    [InlineData(0, "all", "", "freeze_trainable_layers: 0 chooses no layer, so nothing would be trained")]
    public void Freeze_tuning_refuses_what_is_not_there(int layers, string modules, string extra, string message)
    {
        using Backend backend = Backends.Open("null");
        using DecoderModel model = NewModel(backend);
        var recipe = new Recipe { FinetuningType = "freeze", FreezeTrainableLayers = layers, FreezeTrainableModules = [modules], FreezeExtraModules = extra.Length > 0 ? [extra] : [] };
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => FreezeSelection.Choose(model, recipe)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_beside_the_adapter_are_trained_and_saved_whole()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using DecoderModel model = NewModel(backend, tied: false);
        var recipe = new Recipe { AdditionalTarget = ["embed_tokens", "lm_head"] };
        string folder = Directory.CreateTempSubdirectory("whole").FullName;
        using (AdapterSet adapter = AdapterSet.Create(model, AdapterConfig.For(recipe, ["q_proj"]), 42))
        {
            adapter.Attach();
            adapter.TrainOnlyThis();
            Assert.True(((Parameter)model.Embedding.Weight).RequiresGrad);
            Assert.True(((Parameter)model.Head.Weight).RequiresGrad);
            backend.Fill(((Parameter)model.Head.Weight).Value, 0.5);
            adapter.Save(folder);
        }
        Assert.NotEqual(0.5f, ((Parameter)model.Head.Weight).Value.ToArray<float>()[0]);         // the base is as it was
        using (AdapterSet again = AdapterSet.Load(model, folder))
        {
            again.Attach();
            Assert.All(((Parameter)model.Head.Weight).Value.ToArray<float>(), v => Assert.Equal(0.5f, v));
            Assert.Equal(["embed_tokens", "lm_head"], again.Config.ModulesToSave);
        }
        Directory.Delete(folder, recursive: true);
        Assert.Equal("additional_target: no module's path ends with 'lm_haed' (known: down_proj, embed_tokens, gate_proj, input_layernorm, k_proj, layers, lm_head, mlp, model, norm, o_proj, post_attention_layernorm, q_proj, self_attn, up_proj, v_proj); did you mean 'lm_head'?",
            Assert.Throws<UsageException>(() => AdapterSet.RequireModule(model, "lm_haed", "additional_target")).Message);
    }

    [Theory]
    [InlineData("mlp", "gate_proj,up_proj,down_proj")]
    [InlineData("all", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj")]
    [InlineData("lm_head", "lm_head")]
    public void GaLore_projects_linear_layers_whose_path_contains_a_target(string target, string leaves)
    {
        using Backend backend = Backends.Open("null");
        using DecoderModel model = NewModel(backend, tied: false);
        (string Name, Parameter Parameter)[] trained = [.. model.Parameters.Select(p => (p.Name, p))];
        using Optimizer optimizer = OptimizerFactory.Make(new Recipe { UseGalore = true, GaloreTarget = [target], WeightDecay = 0.1, FinetuningType = "full" }, trained, model);
        Assert.Equal(trained.Select(t => t.Name).Where(n => leaves.Split(',').Contains(n.Split('.')[^2])), optimizer.Groups[2].Parameters.Select(p => p.Name));
        Assert.Equal([0, 0.1, 0.1], optimizer.Groups.Select(g => g.WeightDecay));
        Assert.Equal(trained.Length, optimizer.Groups.Sum(g => g.Parameters.Count));
        Assert.Contains(optimizer.Groups[1].Parameters, p => p.Name == "model.norm.weight");
    }

    [Fact]
    public void GaLore_without_a_layer_is_refused()
    {
        using Backend backend = Backends.Open("null");
        using DecoderModel model = NewModel(backend);
        (string Name, Parameter Parameter)[] trained = [.. model.Parameters.Select(p => (p.Name, p))];
        Assert.StartsWith("galore_target: no trained linear layer fits 'q_prj' (known: q_proj,", Assert.Throws<UsageException>(() => OptimizerFactory.Make(new Recipe { UseGalore = true, GaloreTarget = ["q_prj"] }, trained, model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rate_falls_when_the_metric_rests()
    {
        var schedule = new PlateauSchedule(0.1, new Dictionary<string, object?> { ["factor"] = 0.5, ["patience"] = 1L });
        Assert.Equal([false, false, true, false], new[] { 1.0, 1.0, 1.0, 0.5 }.Select(schedule.Report));
        Assert.Equal((0.05, 0.5), (schedule.Rate, schedule.Factor));
        Assert.Contains("did you mean 'patience'?", Assert.Throws<UsageException>(() => new PlateauSchedule(0.1, new Dictionary<string, object?> { ["patiense"] = 1L })).Message);
        Assert.Contains("factor: expected a number of at least 0 and below 1, found '2'", Assert.Throws<UsageException>(() => new PlateauSchedule(0.1, new Dictionary<string, object?> { ["factor"] = 2L })).Message);
    }
}
