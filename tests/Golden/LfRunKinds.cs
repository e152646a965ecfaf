using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>A whole run of LLaMA-Factory on a tiny model: from the recipe and the seed alone to every number and file.</summary>
public sealed class LfRunKind : IGoldenKind
{
    public string Kind => "lf_run";

    public string? SkipReason(GoldenCase golden)
    {
        string stage = Word("stage", "sft"), type = Word("finetuning_type", "lora");
        if (stage is not ("sft" or "pt")) return $"stage {stage} is not built yet";
        if (type is not ("lora" or "full" or "freeze")) return $"finetuning_type {type} is not built yet";
        return null;

        string Word(string key, string otherwise) => golden.Settings.TryGetProperty(key, out JsonElement value) && value.GetString() is { } word ? word : otherwise;
    }

    public void Run(GoldenCase golden) => GoldenRun.Check(golden, []);
}

/// <summary>The same with a published model and data set.</summary>
public sealed class RealLfRunKind : IGoldenKind
{
    public string Kind => "real_lf_run";

    public string? SkipReason(GoldenCase golden) =>
        GoldenBackend.Name != "cpu" ? "runs on cpu only" : !File.Exists(Model(golden)) ? $"{Model(golden)} is not there (set GOLDEN_MODELS)" : null;

    public void Run(GoldenCase golden)
    {
        string data = Environment.GetEnvironmentVariable("GOLDEN_DATA") is { Length: > 0 } folder ? folder : golden.Path(golden.Settings.GetProperty("dataset_dir").GetString()!);
        GoldenRun.Check(golden, [$"model_name_or_path={Model(golden)}", $"dataset_dir={data}"]);
    }

    private static string Model(GoldenCase golden)
    {
        string path = golden.Settings.GetProperty("model_name_or_path").GetString()!;
        return Environment.GetEnvironmentVariable("GOLDEN_MODELS") is { Length: > 0 } folder ? Path.Combine(folder, Path.GetFileName(path)) : golden.Path(path);
    }
}

internal static class GoldenRun
{
    internal static void Check(GoldenCase golden, string[] overrides)
    {
        string output = Path.Combine(Directory.CreateTempSubdirectory("lf_run").FullName, "saves"), before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = golden.Folder;
            Recipe recipe = RecipeReader.Read("train.yaml", [$"output_dir={output}", $"device={GoldenBackend.Name}", "pure_tuner.answers=0", .. overrides]);
            Train(golden, recipe);
            CheckFiles(golden, output);
            if (File.Exists("export.yaml")) CheckExport(golden, output);
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(Path.GetDirectoryName(output)!, recursive: true);
        }
    }

    private static void Train(GoldenCase golden, Recipe recipe)
    {
        List<double> loss = [], norms = [], rates = [];
        JsonElement order = golden.Json.GetProperty("example_order");
        int micro = 0;
        var run = new TrainingRun(recipe, new SilentReport())
        {
            OnBegin = (model, plan) =>
            {
                if (model.Adapter is not { } adapter) return;
                Dictionary<string, GoldenTensor> start = GoldenCase.ReadTensors(golden.Path("adapter_init/adapter_model.safetensors"));
                Assert.Equal(start.Keys.Order(StringComparer.Ordinal), adapter.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
                foreach (AdapterTensor tensor in adapter.Tensors)
                {
                    // A DoRA magnitude is a norm, so computed; the rest is drawn, so equal.
                    float[] expected = start[tensor.Name].Floats(), actual = tensor.Parameter.Value.ToArray<float>();
                    if (!tensor.Name.EndsWith("magnitude_vector", StringComparison.Ordinal)) Assert.Equal(expected, actual);
                    else for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f * Math.Max(1, Math.Abs(expected[i])));
                }
            },
            OnStep = (s, result, rows, batches) =>
            {
                Assert.Equal(order[s].EnumerateArray().Select(b => string.Join(",", b.EnumerateArray())), rows.Select(b => string.Join(",", b)));
                foreach (Batch batch in batches) CheckInputs(golden, micro++, batch);
                loss.Add(result.Loss);
                norms.Add(result.GradNorm);
                rates.Add(result.LearningRate);
            },
            OnEnd = model =>
            {
                foreach ((string name, Parameter parameter) in model.Trainables()) CheckTensor(golden, $"final.{name}", parameter.Value);
            },
        };
        run.Run();
        golden.Check("loss", loss.ToArray());
        CheckLogged(golden, "trace.grad_norm", norms);
        CheckLogged(golden, "trace.learning_rate", rates);
    }

    /// <summary>Values of every step, where the case has the name; a step that logged none has no number there.</summary>
    private static void CheckLogged(GoldenCase golden, string name, List<double> steps)
    {
        if (golden.Has(name)) golden.Check(name, [.. golden[name].Doubles().Zip(steps, (expected, actual) => double.IsNaN(expected) ? expected : actual)]);
    }

    /// <summary>The rows as padded by the reference, against the packed ones.</summary>
    private static void CheckInputs(GoldenCase golden, int micro, Batch batch)
    {
        string name = $"in.micro{micro:00}.";
        if (!golden.Has(name + "input_ids")) return;
        int[] shape = golden[name + "input_ids"].Shape, ids = golden[name + "input_ids"].Ints(), labels = golden[name + "labels"].Ints();
        Assert.Equal(shape[0], batch.Rows);
        for (int r = 0; r < batch.Rows; r++)
        {
            int length = batch.Offsets[r + 1] - batch.Offsets[r];
            Assert.Equal(ids[(r * shape[1])..(r * shape[1] + length)], batch.Ids[batch.Offsets[r]..batch.Offsets[r + 1]]);
            Assert.Equal(labels[(r * shape[1])..(r * shape[1] + length)], batch.Labels[batch.Offsets[r]..batch.Offsets[r + 1]]);
            if (golden.Has(name + "position_ids"))
                Assert.Equal(golden[name + "position_ids"].Ints()[(r * shape[1])..(r * shape[1] + length)], batch.Positions[batch.Offsets[r]..batch.Offsets[r + 1]]);
            if (golden.Has(name + "segment_ids"))
            {
                int[] segments = golden[name + "segment_ids"].Ints()[(r * shape[1])..((r + 1) * shape[1])];
                Assert.Equal(length, segments.Count(s => s != 0));
                if (batch.Rows == 1) Assert.Equal(segments.Where(s => s != 0).GroupBy(s => s).OrderBy(g => g.Key).Select(g => g.Count()), batch.PieceLengths());
            }
            Assert.All(labels[(r * shape[1] + length)..((r + 1) * shape[1])], l => Assert.Equal(-100, l));
        }
    }

    /// <summary>All elements, or the norm and some probes, whichever the case stores.</summary>
    private static void CheckTensor(GoldenCase golden, string name, Tensor tensor)
    {
        float[] values;
        using (TensorScope.Begin()) values = tensor.Detach().To(DType.F32).ToArray<float>();
        if (golden.Has(name)) golden.Check(name, values);
        else if (golden.Has(name + ".norm"))
        {
            golden.Check(name + ".norm", [Math.Sqrt(values.Sum(v => (double)v * v))]);
            if (golden.Has(name + ".probe")) golden.Check(name + ".probe", Array.ConvertAll(golden[name + ".probe_index"].Ints(), i => values[i]));
        }
        else Assert.Fail($"expected.safetensors has neither {name} nor its norm");
    }

    private static void CheckFiles(GoldenCase golden, string output)
    {
        if (!golden.Json.TryGetProperty("output_files", out JsonElement files)) return;
        foreach (JsonElement file in files.EnumerateArray())
        {
            string name = file.GetString()!;
            name = name.Replace("optimizer.pt", "optimizer.safetensors", StringComparison.Ordinal).Replace("scheduler.pt", "training_state.json", StringComparison.Ordinal)
                .Replace("rng_state.pth", "training_state.json", StringComparison.Ordinal).Replace("training_args.bin", "training_args.yaml", StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(output, name)), $"{name} was not written");
        }
        if (golden.Has("logged_loss"))
        {
            double[] logged = [.. File.ReadLines(Path.Combine(output, "trainer_log.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)
                .Where(l => l.TryGetProperty("loss", out _)).Select(l => l.GetProperty("loss").GetDouble())];
            // One value a step, or one a line.
            var lines = new Queue<double>(logged);
            golden.Check("logged_loss", [.. golden["logged_loss"].Doubles().Select(expected => double.IsNaN(expected) || lines.Count == 0 ? double.NaN : lines.Dequeue())]);
            Assert.Empty(lines);
        }
        CheckEvaluations(golden, output);
        foreach (string name in (string[])["train_results.json", "eval_results.json", "all_results.json"]) CheckResults(golden, output, name);
        CheckAdapterConfig(golden, output);
    }

    private static void CheckEvaluations(GoldenCase golden, string output)
    {
        foreach (string key in (string[])["eval_loss", "eval_accuracy"])
        {
            if (!golden.Has(key)) continue;
            double[] logged = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "trainer_state.json"))).RootElement.GetProperty("log_history").EnumerateArray()
                .Where(e => e.TryGetProperty(key, out _)).Select(e => e.GetProperty(key).GetDouble())];
            golden.Check(key, logged);
        }
    }

    /// <summary>The same keys; the same values but for times.</summary>
    private static void CheckResults(GoldenCase golden, string output, string name)
    {
        if (!File.Exists(golden.Path("output/" + name))) return;
        JsonElement was = JsonDocument.Parse(File.ReadAllText(golden.Path("output/" + name))).RootElement, now = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, name))).RootElement;
        Assert.Equal(was.EnumerateObject().Select(p => p.Name), now.EnumerateObject().Select(p => p.Name));
        foreach (JsonProperty p in was.EnumerateObject())
            if (!p.Name.EndsWith("_runtime", StringComparison.Ordinal) && !p.Name.EndsWith("_per_second", StringComparison.Ordinal))
                Assert.True(Math.Abs(p.Value.GetDouble() - now.GetProperty(p.Name).GetDouble()) <= 1e-4 * Math.Abs(p.Value.GetDouble()) + 1e-6, $"{name}: {p.Name} is {now.GetProperty(p.Name)} where {p.Value} is expected");
    }

    private static void CheckAdapterConfig(GoldenCase golden, string output)
    {
        string expected = golden.Path("output/adapter_config.json");
        if (!File.Exists(expected)) return;
        JsonElement was = JsonDocument.Parse(File.ReadAllText(expected)).RootElement, now = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "adapter_config.json"))).RootElement;
        Assert.Equal(was.EnumerateObject().Select(p => p.Name), now.EnumerateObject().Select(p => p.Name));
        foreach (JsonProperty p in was.EnumerateObject())
        {
            if (p.Name == "target_modules") Assert.Equal(p.Value.EnumerateArray().Select(t => t.GetString()).Order(), now.GetProperty(p.Name).EnumerateArray().Select(t => t.GetString()).Order());
            else Assert.True(JsonElement.DeepEquals(p.Value, now.GetProperty(p.Name)), $"adapter_config.json: {p.Name} is {now.GetProperty(p.Name)} where {p.Value} is expected");
        }
    }

    private static void CheckExport(GoldenCase golden, string output)
    {
        string merged = Path.Combine(Path.GetDirectoryName(output)!, "merged");
        string from = File.Exists(Path.Combine(output, "adapter_config.json")) ? "adapter_name_or_path" : "model_name_or_path";
        ModelExport.Run(RecipeReader.Read("export.yaml", [$"{from}={output}", $"export_dir={merged}", $"device={GoldenBackend.Name}"]));
        if (golden.Json.TryGetProperty("export_files", out JsonElement files) && files.ValueKind == JsonValueKind.Array)
            foreach (JsonElement file in files.EnumerateArray())
                Assert.True(File.Exists(Path.Combine(merged, file.GetString()!)), $"{file} was not exported");
        GoldenBackend.Run(backend =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(merged);
            using DecoderModel model = DecoderModel.Load(checkpoint, backend);
            foreach (Parameter parameter in model.Parameters) CheckTensor(golden, $"merged.{parameter.Name}", parameter.Value);
            if (golden.Json.TryGetProperty("export_tensor_names", out JsonElement names) && names.ValueKind == JsonValueKind.Array)
                Assert.Equal(names.EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal), checkpoint.Names.Order(StringComparer.Ordinal));
            if (golden.Json.TryGetProperty("export_dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.Array)
                Assert.Equal(dtype.EnumerateArray().Select(d => d.GetString()!).Order(StringComparer.Ordinal),
                    checkpoint.Names.Select(n => checkpoint.Describe(n).StoredAs switch { "F32" => "torch.float32", "BF16" => "torch.bfloat16", "F16" => "torch.float16", var other => other }).Distinct().Order(StringComparer.Ordinal));
        });
    }
}
