using System.Text.Json;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>A tiny checkpoint, a batch: logits, hidden states, loss, every gradient, greedy continuation.</summary>
public sealed class CausalLmKind : IGoldenKind
{
    public string Kind => "causal_lm";

    public string? SkipReason(GoldenCase golden) => golden.Tier == 1 ? null : $"tier {golden.Tier} waits for its families";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    internal static void Run(GoldenCase golden, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path(golden.Settings.GetProperty("model").GetString()!));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        foreach (Parameter parameter in model.Parameters) parameter.RequiresGrad = true;
        CheckBatch(golden, model);
        CheckGeneration(golden, model);
    }

    private static void CheckBatch(GoldenCase golden, DecoderModel model)
    {
        int[] shape = golden["in.input_ids"].Shape;
        var batch = PaddedBatch.From(golden["in.input_ids"].Ints(), golden["in.attention_mask"].Ints(), golden["in.position_ids"].Ints(), golden["in.labels"].Ints(), shape[0], shape[1]);
        using var gradients = new Gradients(model.Parameters);
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        ForwardContext context = batch.Context((i, x) => batch.Check(golden, $"hidden_states.{i}", x));
        Tensor hidden = model.Hidden(batch.Ids, context);
        batch.Check(golden, "final_norm", hidden);
        batch.Check(golden, "logits", model.Logits(hidden, context));
        Tensor loss = model.NegativeLogLikelihood(hidden, context, batch.TargetRows, batch.Targets).Sum() * (1.0 / batch.Targets.Length);
        golden.Check("loss", loss.ToArray<float>());
        tape.Backward(loss);
        gradients.Complete();
        foreach (Parameter parameter in gradients.Parameters) golden.Check($"grad.{parameter.Name}", parameter.Grad!.ToArray<float>());
        Assert.Equal(golden.Tensors.Keys.Count(n => n.StartsWith("grad.", StringComparison.Ordinal)), gradients.Parameters.Count);
    }

    private static void CheckGeneration(GoldenCase golden, DecoderModel model)
    {
        if (!golden.Settings.TryGetProperty("generate", out JsonElement generate) || generate.ValueKind != JsonValueKind.Object) return;
        int count = generate.GetProperty("max_new_tokens").GetInt32();
        List<int> cached = [], anew = [];
        foreach (JsonElement prompt in generate.GetProperty("prompts").EnumerateArray())
        {
            int[] ids = [.. prompt.EnumerateArray().Select(i => i.GetInt32())];
            if (!generate.TryGetProperty("use_cache", out JsonElement use) || use.GetBoolean()) cached.AddRange(Greedy.WithCache(model, ids, count));
            else cached.AddRange(Greedy.Anew(model, ids, count));
            if (golden.Has("generated_ids_no_cache")) anew.AddRange(Greedy.Anew(model, ids, count));
        }
        golden.Check("generated_ids", cached.ToArray());
        if (anew.Count > 0) golden.Check("generated_ids_no_cache", anew.ToArray());
    }
}

/// <summary>Greedy continuation in its plainest form.</summary>
internal static class Greedy
{
    internal static List<int> WithCache(DecoderModel model, int[] prompt, int count)
    {
        using var cache = new KvCache(model.Backend, model.Config, 1, 16);
        List<int> made = [];
        int[] next = prompt;
        while (made.Count < count)
        {
            using var scope = TensorScope.Begin();
            ForwardContext context = cache.Next(next.Length);
            Tensor hidden = model.Hidden(next, context);
            cache.Advance(next.Length);
            next = [Best(model.Logits(hidden, context, [next.Length - 1]))];
            made.Add(next[0]);
        }
        return made;
    }

    internal static List<int> Anew(DecoderModel model, int[] prompt, int count)
    {
        List<int> all = [.. prompt];
        for (int i = 0; i < count; i++)
        {
            using var scope = TensorScope.Begin();
            ForwardContext context = ForwardContext.Packed(all.Count);
            Tensor hidden = model.Hidden([.. all], context);
            all.Add(Best(model.Logits(hidden, context, [all.Count - 1])));
        }
        return all[prompt.Length..];
    }

    internal static int Best(Tensor logits)
    {
        float[] values = logits.ToArray<float>();
        return Array.IndexOf(values, values.Max());
    }
}
