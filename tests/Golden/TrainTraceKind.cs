using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Some updates of Hugging Face's Trainer: losses, norms, rates, final weights, and going on from a checkpoint.</summary>
public sealed class TrainTraceKind : IGoldenKind
{
    public string Kind => "train_trace";

    public string? SkipReason(GoldenCase golden)
    {
        JsonElement s = golden.Settings;
        string optimizer = s.GetProperty("optimizer").GetProperty("name").GetString()!;
        if (optimizer is not ("adamw_torch" or "adamw_torch_fused")) return $"optimizer {optimizer} is not built yet";
        if (s.TryGetProperty("label_smoothing_factor", out JsonElement smoothing) && smoothing.GetDouble() > 0) return "label_smoothing_factor is not built yet";
        return null;
    }

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    internal static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement s = golden.Settings;
        int steps = s.GetProperty("max_steps").GetInt32();
        int? resumeAt = s.TryGetProperty("resume", out JsonElement resume) && resume.ValueKind == JsonValueKind.Object ? resume.GetProperty("checkpoint_step").GetInt32() : null;
        List<StepResult> results = [];
        string folder = Directory.CreateTempSubdirectory("trace").FullName;
        try
        {
            using (var first = new Session(golden, backend))
            {
                results.AddRange(first.Run(0, resumeAt ?? steps));
                if (resumeAt is null) first.CheckFinal();
                else first.SaveAndCheck(folder);
            }
            if (resumeAt is { } at)
            {
                using var second = new Session(golden, backend);
                second.Load(folder, at);
                results.AddRange(second.Run(at, steps));
                second.CheckFinal();
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
        golden.Check("loss", results.Select(r => r.Loss).ToArray());
        golden.Check("lr", results.Select(r => r.LearningRate).ToArray());
        if (golden.Has("grad_norm")) golden.Check("grad_norm", results.Select(r => r.GradNorm).ToArray());
    }

    /// <summary>A model, what is trained of it, and its optimizer.</summary>
    private sealed class Session : IDisposable
    {
        private readonly GoldenCase _golden;
        private readonly Checkpoint _checkpoint;
        private readonly DecoderModel _model;
        private readonly AdapterSet? _adapter;
        private readonly List<(string Name, Parameter Parameter)> _trained;
        private readonly Gradients _gradients;
        private readonly AdamW _optimizer;
        private readonly SupervisedStep _step;

        internal Session(GoldenCase golden, Backend backend)
        {
            _golden = golden;
            JsonElement s = golden.Settings, o = s.GetProperty("optimizer");
            _checkpoint = Checkpoint.Open(golden.Path(s.GetProperty("base").GetString()!));
            _model = DecoderModel.Load(_checkpoint, backend);
            switch (s.GetProperty("mode").GetString())
            {
                case "lora":
                    _adapter = AdapterSet.Load(_model, golden.Path(s.GetProperty("adapter").GetString()!));
                    _adapter.Attach();
                    _adapter.TrainOnlyThis();
                    _trained = [.. _adapter.Tensors.Select(t => (t.Name, t.Parameter))];
                    break;
                case "full":
                    _trained = [.. _model.Parameters.Select(p => (p.Name, p))];
                    break;
                case "freeze":
                    int layers = s.GetProperty("freeze_trainable_layers").GetInt32(), all = _model.Config.Layers;
                    _trained = [.. _model.Parameters.Where(p => Enumerable.Range(all - layers, layers).Any(l => p.Name.StartsWith($"model.layers.{l}.", StringComparison.Ordinal))).Select(p => (p.Name, p))];
                    break;
                default: throw new NotSupportedException(s.GetProperty("mode").GetString());
            }
            foreach ((_, Parameter p) in _trained) p.RequiresGrad = true;
            CheckGroups(s);
            _gradients = new Gradients(_trained.Select(t => t.Parameter));
            _optimizer = new AdamW(Groups(s), o.GetProperty("adam_beta1").GetDouble(), o.GetProperty("adam_beta2").GetDouble(), o.GetProperty("adam_epsilon").GetDouble());
            Dictionary<string, object?>? arguments = s.TryGetProperty("lr_scheduler_kwargs", out JsonElement kwargs) && kwargs.ValueKind == JsonValueKind.Object
                ? kwargs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind switch { JsonValueKind.Number => p.Value.GetDouble(), JsonValueKind.Null => null, _ => (object?)p.Value.ToString() }) : null;
            var schedule = new LearningRateSchedule(s.GetProperty("lr_scheduler_type").GetString()!, s.GetProperty("learning_rate").GetDouble(), s.GetProperty("warmup_steps").GetInt32(), s.GetProperty("max_steps").GetInt32(), arguments);
            _step = new SupervisedStep(_model, _gradients, _optimizer, schedule, s.GetProperty("max_grad_norm").GetDouble());
        }

        internal IEnumerable<StepResult> Run(int from, int to)
        {
            GoldenTensor ids = _golden["in.input_ids"];
            int[] shape = ids.Shape, allIds = ids.Ints(), labels = _golden["in.labels"].Ints(), mask = _golden["in.attention_mask"].Ints();
            int seq = shape[3];
            for (int u = from; u < to; u++)
            {
                List<Batch> batches = [];
                for (int m = 0; m < shape[1]; m++)
                {
                    List<EncodedRow> rows = [];
                    for (int b = 0; b < shape[2]; b++)
                    {
                        int start = ((u * shape[1] + m) * shape[2] + b) * seq;
                        int[] kept = [.. Enumerable.Range(start, seq).Where(i => mask[i] != 0)];
                        rows.Add(new EncodedRow([.. kept.Select(i => allIds[i])], [.. kept.Select(i => labels[i])]));
                    }
                    batches.Add(Batch.Pack(rows));
                }
                yield return _step.Run(batches);
            }
        }

        internal void CheckFinal()
        {
            // The reference names whole modules and magnitudes by its own wrappers.
            var byName = _trained.ToDictionary(t => t.Name, t => t.Parameter);
            string[] names = [.. _golden.Tensors.Keys.Where(n => n.StartsWith("final.", StringComparison.Ordinal))];
            Assert.Equal(byName.Count, names.Length);
            foreach (string name in names) _golden.Check(name, byName[Plain(name["final.".Length..])].Value.ToArray<float>());
        }

        internal void SaveAndCheck(string folder)
        {
            foreach ((string name, Parameter p) in _trained)
                if (_golden.Has($"at_checkpoint.{name}")) _golden.Check($"at_checkpoint.{name}", p.Value.ToArray<float>());
            foreach ((string name, Tensor value) in _optimizer.State())
            {
                int dot = name.LastIndexOf('.');
                string golden = $"state.{name[(dot + 1)..]}.{name[..dot]}";
                if (_golden.Has(golden)) _golden.Check(golden, value.ToArray<float>());
            }
            _optimizer.Save(Path.Combine(folder, "optimizer.safetensors"));
            var writer = new SafetensorsWriter();
            foreach ((string name, Parameter p) in _trained) TensorFiles.Add(writer, name, p.Value);
            writer.Save(Path.Combine(folder, "weights.safetensors"));
        }

        internal void Load(string folder, int steps)
        {
            _optimizer.Load(Path.Combine(folder, "optimizer.safetensors"));
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "weights.safetensors"));
            foreach ((string name, Parameter p) in _trained) p.Value.Backend.Upload(file.Bytes(name), p.Value);
            _step.Steps = steps;
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _gradients.Dispose();
            _adapter?.Dispose();
            _model.Dispose();
            _checkpoint.Dispose();
        }

        private List<ParameterGroup> Groups(JsonElement s)
        {
            double rate = s.GetProperty("learning_rate").GetDouble(), decay = s.GetProperty("weight_decay").GetDouble();
            if (!s.TryGetProperty("loraplus_lr_ratio", out JsonElement ratio) || ratio.ValueKind != JsonValueKind.Number) return ParameterGroups.Trainer(_trained, rate, decay);
            double embedding = s.TryGetProperty("loraplus_lr_embedding", out JsonElement e) ? e.GetDouble() : 1e-6;
            return s.GetProperty("loraplus_by").GetString() == "peft"
                ? ParameterGroups.LoraPlusPeft(_trained, rate, s.TryGetProperty("loraplus_weight_decay", out JsonElement own) ? own.GetDouble() : 0, ratio.GetDouble(), embedding)
                : ParameterGroups.LoraPlus(_trained, rate, decay, ratio.GetDouble(), embedding);
        }

        private static string Plain(string name) =>
            name.Replace(".modules_to_save.", ".", StringComparison.Ordinal).Replace("lora_magnitude_vector.weight", "lora_magnitude_vector", StringComparison.Ordinal);

        /// <summary>Which parameter decays how and starts at which rate must be the reference's.</summary>
        private void CheckGroups(JsonElement s)
        {
            var expected = new Dictionary<string, (double, double)>();
            foreach (JsonElement group in s.GetProperty("param_groups").EnumerateArray())
                foreach (JsonElement name in group.GetProperty("params").EnumerateArray())
                    expected[Plain(name.GetString()!)] = (group.GetProperty("lr").GetDouble(), group.GetProperty("weight_decay").GetDouble());
            var actual = Groups(s).SelectMany(g => g.Parameters.Select(p => (p.Name, g.LearningRate, g.WeightDecay))).ToDictionary(p => p.Name, p => (p.LearningRate, p.WeightDecay));
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
            foreach ((string name, (double lr, double decay)) in expected)
            {
                Assert.Equal(lr, actual[name].LearningRate, 12);
                Assert.Equal(decay, actual[name].WeightDecay, 12);
            }
        }
    }
}
