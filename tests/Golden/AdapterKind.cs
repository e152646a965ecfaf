using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>A PEFT adapter on a tiny base: logits with, without and merged; loss; gradients by name.</summary>
public sealed class AdapterKind : IGoldenKind
{
    public string Kind => "adapter";

    public string? SkipReason(GoldenCase golden)
    {
        string type = golden.Settings.GetProperty("peft_type").GetString()!;
        return type == "LORA" ? null : $"peft_type {type} is not built yet";
    }

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path(golden.Settings.GetProperty("base").GetString()!));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        using AdapterSet adapter = AdapterSet.Load(model, golden.Path(golden.Settings.GetProperty("adapter").GetString()!));
        int[] shape = golden["in.input_ids"].Shape;
        var batch = PaddedBatch.From(golden["in.input_ids"].Ints(), golden["in.attention_mask"].Ints(), null, golden["in.labels"].Ints(), shape[0], shape[1]);
        Logits(golden, "logits_base", model, batch);
        adapter.Attach();
        adapter.TrainOnlyThis();
        using (var gradients = new Gradients(adapter.Parameters))
        using (var tape = Tape.Begin())
        using (TensorScope.Begin())
        {
            ForwardContext context = batch.Context();
            Tensor hidden = model.Hidden(batch.Ids, context);
            batch.Check(golden, "logits", model.Logits(hidden, context));
            Tensor loss = model.NegativeLogLikelihood(hidden, context, batch.TargetRows, batch.Targets).Sum() * (1.0 / batch.Targets.Length);
            golden.Check("loss", loss.ToArray<float>());
            tape.Backward(loss);
            gradients.Complete();
            foreach (AdapterTensor tensor in adapter.Tensors)
                golden.Check($"grad.{tensor.Name}", tensor.Parameter.Grad!.ToArray<float>());
            Assert.Equal(golden.Tensors.Keys.Count(n => n.StartsWith("grad.", StringComparison.Ordinal)), adapter.Tensors.Count);
        }
        adapter.Detach();
        Logits(golden, "logits_base", model, batch);
        CheckSaved(golden, adapter);
        CheckOther(golden, backend, batch, "logits_at_init", "adapter_init", "base");
        CheckOther(golden, backend, batch, "logits_converted", "adapter_converted", "original_base");
        adapter.Merge();
        Logits(golden, "logits_merged", model, batch);
        foreach (string name in golden.Tensors.Keys.Where(n => n.StartsWith("merged.", StringComparison.Ordinal)))
            golden.Check(name, model.Parameters.Single(p => p.Name == name["merged.".Length..]).Value.To(DType.F32).ToArray<float>());
    }

    /// <summary>Another adapter on this or another base, where the case has one.</summary>
    private static void CheckOther(GoldenCase golden, Backend backend, PaddedBatch batch, string logits, string adapterKey, string baseKey)
    {
        if (!golden.Has(logits) || !golden.Settings.TryGetProperty(adapterKey, out JsonElement adapterName)) return;
        string place = golden.Settings.TryGetProperty(baseKey, out JsonElement baseName) ? baseName.GetString()! : golden.Settings.GetProperty("base").GetString()!;
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path(place));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        using AdapterSet adapter = AdapterSet.Load(model, golden.Path(adapterName.GetString()!));
        adapter.Attach();
        Logits(golden, logits, model, batch);
    }

    private static void Logits(GoldenCase golden, string name, DecoderModel model, PaddedBatch batch)
    {
        if (!golden.Has(name)) return;
        using var scope = TensorScope.Begin();
        ForwardContext context = batch.Context();
        batch.Check(golden, name, model.Logits(model.Hidden(batch.Ids, context), context));
    }

    /// <summary>Saved again, the file has the names, shapes and numbers it had.</summary>
    private static void CheckSaved(GoldenCase golden, AdapterSet adapter)
    {
        string folder = Directory.CreateTempSubdirectory("adapter").FullName;
        try
        {
            adapter.Attach();
            adapter.Save(folder);
            adapter.Detach();
            Dictionary<string, GoldenTensor> was = GoldenCase.ReadTensors(golden.Path(Path.Combine(golden.Settings.GetProperty("adapter").GetString()!, "adapter_model.safetensors"))), now = GoldenCase.ReadTensors(Path.Combine(folder, "adapter_model.safetensors"));
            Assert.Equal(was.Keys.Order(StringComparer.Ordinal), now.Keys.Order(StringComparer.Ordinal));
            foreach ((string name, GoldenTensor tensor) in was)
            {
                Assert.Equal(tensor.Shape, now[name].Shape);
                Assert.Equal(tensor.Floats(), now[name].Floats());
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
