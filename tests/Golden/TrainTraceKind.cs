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
        if (optimizer != "muon" && OptimizerNames.Fault(optimizer) is { } fault) return $"optimizer {fault}";
        if (s.TryGetProperty("loss_function", out JsonElement loss) && loss.ValueKind == JsonValueKind.Object) return "this loss is not built yet";
        if (GoldenBackend.Products != DType.F32 && optimizer.StartsWith("galore", StringComparison.Ordinal)) return "rounded gradients have other singular vectors";
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
        private readonly Optimizer _optimizer;
        private readonly SupervisedStep _step;

        internal Session(GoldenCase golden, Backend backend)
        {
            _golden = golden;
            JsonElement s = golden.Settings;
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
                    _trained = [.. FreezeSelection.Choose(_model, new Recipe
                    {
                        FinetuningType = "freeze",
                        FreezeTrainableLayers = (int)Number(s, "freeze_trainable_layers", 2),
                        FreezeTrainableModules = Words(s, "freeze_trainable_modules", ["all"]),
                        FreezeExtraModules = Words(s, "freeze_extra_modules", []),
                    }).Select(p => (p.Name, p))];
                    break;
                default: throw new NotSupportedException(s.GetProperty("mode").GetString());
            }
            foreach ((_, Parameter p) in _trained) p.RequiresGrad = true;
            if (s.TryGetProperty("trainable", out JsonElement names)) Assert.Equal(names.EnumerateArray().Select(n => Plain(n.GetString()!)).Order(StringComparer.Ordinal), _trained.Select(t => t.Name).Order(StringComparer.Ordinal));
            _gradients = new Gradients(_trained.Select(t => t.Parameter));
            _optimizer = MakeOptimizer(s);
            CheckGroups(s);
            if (_optimizer is GaLoreAdamW galore) galore.OnBasis = (name, renewal, basis, shape) => OptimizerKind.AgreeWith(basis, shape, OptimizerKind.Stored(golden, name, renewal, shape));
            Dictionary<string, object?>? arguments = s.TryGetProperty("lr_scheduler_kwargs", out JsonElement kwargs) && kwargs.ValueKind == JsonValueKind.Object
                ? kwargs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind switch { JsonValueKind.Number => p.Value.GetDouble(), JsonValueKind.Null => null, _ => (object?)p.Value.ToString() }) : null;
            var schedule = new LearningRateSchedule(s.GetProperty("lr_scheduler_type").GetString()!, s.GetProperty("learning_rate").GetDouble(), s.GetProperty("warmup_steps").GetInt32(), s.GetProperty("max_steps").GetInt32(), arguments);
            _step = new SupervisedStep(_model, _gradients, _optimizer, schedule, Number(s, "max_grad_norm", 1)) { LabelSmoothing = Number(s, "label_smoothing_factor", 0) };
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
            var weights = _trained.ToDictionary(t => t.Name, t => t.Parameter.Value);
            var moments = _optimizer.State().ToDictionary(m => m.Name, m => m.Value);
            foreach (string name in _golden.Tensors.Keys)
            {
                string[] parts = name.Split('.', 3);
                if (parts[0] == "at_checkpoint") _golden.Check(name, weights[Plain(name["at_checkpoint.".Length..])].ToArray<float>());
                if (parts[0] == "state") _golden.Check(name, moments[$"{Plain(parts[2])}.{parts[1]}"].ToArray<float>());
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

        /// <summary>As a recipe with these settings would; peft's own LoRA+, which no recipe has, with its groups.</summary>
        private Optimizer MakeOptimizer(JsonElement s)
        {
            JsonElement o = s.GetProperty("optimizer");
            double beta1 = Session.Number(o, "adam_beta1", 0.9), beta2 = Session.Number(o, "adam_beta2", 0.999), epsilon = Session.Number(o, "adam_epsilon", 1e-8);
            double rate = s.GetProperty("learning_rate").GetDouble(), decay = Session.Number(s, "weight_decay", 0);
            double Number(string key, double otherwise) => Session.Number(s, key, otherwise);
            double? ratio = s.TryGetProperty("loraplus_lr_ratio", out JsonElement r) && r.ValueKind == JsonValueKind.Number ? r.GetDouble() : null;
            if (ratio is { } fixedRatio && s.GetProperty("loraplus_by").GetString() == "peft")
                return new AdamW(ParameterGroups.LoraPlusPeft(_trained, rate, Number("loraplus_weight_decay", 0), fixedRatio, Number("loraplus_lr_embedding", 1e-6)), beta1, beta2, epsilon);
            string name = o.GetProperty("name").GetString()!;
            bool galore = name.StartsWith("galore", StringComparison.Ordinal);
            return OptimizerFactory.Make(new Recipe
            {
                Optim = galore || name == "muon" ? "adamw_torch" : OptimizerNames.SameAs(name)?.Name ?? name,
                UseGalore = galore,
                UseMuon = name == "muon",
                GaloreRank = (int)Number("galore_rank", 16),
                GaloreUpdateInterval = (int)Number("galore_update_interval", 200),
                GaloreScale = Number("galore_scale", 2),
                GaloreProjType = s.TryGetProperty("galore_proj_type", out JsonElement type) ? type.GetString()! : "std",
                GaloreTarget = Words(s, "galore_target", ["all"]),
                LoraplusLrRatio = ratio,
                LoraplusLrEmbedding = Number("loraplus_lr_embedding", 1e-6),
                LearningRate = rate,
                WeightDecay = decay,
                AdamBeta1 = beta1,
                AdamBeta2 = beta2,
                AdamEpsilon = epsilon,
            }, _trained, _model);
        }

        private static double Number(JsonElement s, string key, double otherwise) => s.TryGetProperty(key, out JsonElement v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : otherwise;

        /// <summary>Names as a list or as one text.</summary>
        private static IReadOnlyList<string> Words(JsonElement s, string key, string[] otherwise) => !s.TryGetProperty(key, out JsonElement v) ? otherwise : v.ValueKind switch
        {
            JsonValueKind.Array => [.. v.EnumerateArray().Select(t => t.GetString()!)],
            JsonValueKind.String => v.GetString()!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            _ => otherwise,
        };

        private static string Plain(string name) =>
            name.Replace(".modules_to_save.", ".", StringComparison.Ordinal).Replace("lora_magnitude_vector.weight", "lora_magnitude_vector", StringComparison.Ordinal);

        /// <summary>Groups, their order and who is in them, rates, decays and projections must be the reference's.</summary>
        private void CheckGroups(JsonElement s)
        {
            if (!s.TryGetProperty("param_groups", out JsonElement groups)) return;
            JsonElement[] expected = [.. groups.EnumerateArray()];
            Assert.Equal(expected.Length, _optimizer.Groups.Count);
            for (int i = 0; i < expected.Length; i++)
            {
                ParameterGroup group = _optimizer.Groups[i];
                Assert.Equal(expected[i].GetProperty("params").EnumerateArray().Select(n => Plain(n.GetString()!)).Order(StringComparer.Ordinal), group.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
                Assert.Equal(expected[i].GetProperty("lr").GetDouble(), group.LearningRate, 12);
                Assert.Equal(Number(expected[i], "weight_decay", Number(expected[i], "wd", 0)), group.WeightDecay, 12);      // Muon calls it wd
                GaLoreOptions? galore = expected[i].TryGetProperty("rank", out JsonElement rank)
                    ? new GaLoreOptions(rank.GetInt32(), expected[i].GetProperty("update_proj_gap").GetInt32(), expected[i].GetProperty("scale").GetDouble(), expected[i].GetProperty("proj_type").GetString()!) : null;
                Assert.Equal(galore, group.GaLore);
            }
        }
    }
}
