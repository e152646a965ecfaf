using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>AdamW updates of a LoRA on a stored 4-bit base: losses, norms, the final adapter.</summary>
public sealed class QloraTrainTraceKind : IGoldenKind
{
    public string Kind => "qlora_train_trace";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement s = golden.Settings;
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path("model"));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        using AdapterSet adapter = AdapterSet.Load(model, golden.Path("adapter"));
        adapter.Attach();
        adapter.TrainOnlyThis();
        Assert.Contains(model.Linears, layer => layer.Weight is QuantizedTensor);        // a checkpoint may keep some of them as they were
        foreach (string name in golden.Tensors.Keys.Where(n => n.StartsWith("dequantized.", StringComparison.Ordinal)))
        {
            using var scope = TensorScope.Begin();
            Weight weight = model.Weights.Single(w => name["dequantized.".Length..] is var asked && (w.Name == asked || w.Name == asked + ".weight"));
            Tensor dense = Tensor.Empty(backend, weight.Shape);
            weight.Read(.., dense);
            golden.Check(name, dense.ToArray<float>());
        }

        (string Name, Parameter Parameter)[] trained = [.. adapter.Tensors.Select(t => (t.Name, t.Parameter))];
        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        double rate = s.GetProperty("lr").GetDouble();
        JsonElement betas = s.GetProperty("betas");
        var groups = ParameterGroups.Trainer(trained, rate, s.GetProperty("weight_decay").GetDouble());
        using var optimizer = new AdamW(groups, betas[0].GetDouble(), betas[1].GetDouble(), s.GetProperty("eps").GetDouble());
        GoldenTensor ids = golden["in.input_ids"];
        (int slices, int rows, int length) = (ids.Shape[0], ids.Shape[1], ids.Shape[2]);
        int together = s.GetProperty("gradient_accumulation_steps").GetInt32(), steps = slices / together;
        var schedule = new LearningRateSchedule(s.GetProperty("lr_schedule").GetString()!, rate, 0, steps);
        var step = new SupervisedStep(model, gradients, optimizer, schedule, s.GetProperty("max_grad_norm").GetDouble());

        int[] allIds = ids.Ints(), labels = golden["in.labels"].Ints(), mask = golden["in.attention_mask"].Ints();
        List<StepResult> results = [];
        for (int k = 0; k < steps; k++) results.Add(step.Run([.. Enumerable.Range(k * together, together).Select(Slice)]));
        golden.Check("loss", results.Select(r => r.Loss).ToArray());
        golden.Check("grad_norm", results.Select(r => r.GradNorm).ToArray());
        foreach ((string name, Parameter parameter) in trained)
            golden.Check($"final.{(golden.Has("final." + name) ? name : name.Replace("base_model.model.", "", StringComparison.Ordinal))}", parameter.Value.ToArray<float>());

        Batch Slice(int k)
        {
            List<EncodedRow> batch = [];
            for (int row = k * rows; row < (k + 1) * rows; row++)
            {
                int[] kept = [.. Enumerable.Range(row * length, length).Where(i => mask[i] != 0)];
                batch.Add(new EncodedRow([.. kept.Select(i => allIds[i])], [.. kept.Select(i => labels[i])]));
            }
            return Batch.Pack(batch);
        }
    }
}
