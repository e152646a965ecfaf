using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A profile of a training step: a trace that programs can read, spans that lie in each other, true costs, the same results.</summary>
[Trait("Category", "Unit")]
public class ProfileTests
{
    private const int Tokens = 24, Hidden = 32, Inner = 48, Rank = 4;

    private const string Config = """
        { "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 90, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 64 }
        """;

    private sealed record Limits(double GBPerSecond, double GFlops) : IMachineLimits;

    /// <summary>Updates of a small LoRA model; what was learned, and the profile if one is asked for.</summary>
    private static (float[] Weights, double Loss, ProfileTable? Table) Train(Stream? trace, bool checkpoints = false, bool profiled = true)
    {
        using Backend backend = Backends.Open("cpu", 2);
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.2));
        using AdapterSet adapter = AdapterSet.Create(model, new AdapterConfig { BaseModelNameOrPath = "tiny", R = Rank, LoraAlpha = 8, TargetModules = LoraOptions.AllLinear(model) }, 42);
        adapter.Attach();
        adapter.TrainOnlyThis();
        using var gradients = new Gradients(adapter.Tensors.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(adapter.Tensors.Select(t => (t.Name, t.Parameter)), 1e-2, 0));
        var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 1e-2, 0, 10), 1) { Checkpoints = checkpoints };
        int[] ids = [.. Enumerable.Range(0, Tokens).Select(i => i * 7 % 90)];
        Batch[] batches = [Batch.Pack(new EncodedRow(ids, ids))];
        using Profile? profile = profiled ? Profile.Begin(trace) : null;
        profile?.Measure(() => new Limits(10, 100));
        double loss = 0;
        for (int s = 0; s < 3; s++) loss = step.Run(batches).Loss;
        ProfileTable? table = profile?.Finish();
        return ([.. adapter.Tensors.SelectMany(t => t.Parameter.Value.ToArray<float>())], loss, table);
    }

    private static (JsonElement[] Events, ProfileTable Table) Traced(bool checkpoints = false)
    {
        using var trace = new MemoryStream();
        ProfileTable table = Train(trace, checkpoints).Table!;
        JsonElement root = JsonDocument.Parse(trace.ToArray()).RootElement;
        JsonElement[] events = [.. root.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X")];
        Assert.Equal(table.Events, events.Length);
        Assert.Equal(100, root.GetProperty("otherData").GetProperty("machineGflops").GetDouble());
        return (events, table);
    }

    private static string Name(JsonElement e) => e.GetProperty("name").GetString()!;
    private static decimal Start(JsonElement e) => e.GetProperty("ts").GetDecimal();
    private static decimal End(JsonElement e) => Start(e) + e.GetProperty("dur").GetDecimal();
    private static JsonElement Arg(JsonElement e, string name) => e.GetProperty("args").GetProperty(name);

    /// <summary>A disk that is full before the first byte.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device");
    }

    [Fact]
    public void A_full_disk_ends_the_trace_and_not_the_training()
    {
        (float[] plain, double loss, _) = Train(null, profiled: false);
        (float[] weights, double same, ProfileTable? table) = Train(new FullDisk());
        Assert.Equal(plain, weights);
        Assert.Equal(loss, same);
        Assert.Equal("No space left on device", table!.Fault?.Message);
        Assert.Contains(table.Rows, r => r.Name == "lora_linear");
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Spans_of_a_row_lie_in_each_other_and_those_of_a_level_after_each_other(bool checkpoints)
    {
        (JsonElement[] events, ProfileTable table) = Traced(checkpoints);
        foreach (IGrouping<int, JsonElement> row in events.GroupBy(e => e.GetProperty("tid").GetInt32()))
        {
            var open = new Stack<decimal>();
            foreach (JsonElement e in row.OrderBy(Start).ThenByDescending(End))
            {
                while (open.Count > 0 && open.Peek() <= Start(e)) open.Pop();
                Assert.True(open.Count == 0 || End(e) <= open.Peek(), $"{Name(e)} ends after what it is in");
                open.Push(End(e));
            }
        }
        Assert.Equal(["backward", "forward", "optimizer"], events.Where(e => e.GetProperty("tid").GetInt32() == 1).Select(Name).Distinct().Order());
        Assert.True((events.Max(End) - events.Min(Start)) / 1000 <= (decimal)table.TotalMs + 0.001m);
        Assert.All(table.Rows, r => Assert.True(r.Ms >= 0 && r.Calls > 0, r.Name));
        Assert.True(table.RestMs >= 0 && table.Rows.Sum(r => r.Ms) <= table.TotalMs, $"{table.Rows.Sum(r => r.Ms)} of {table.TotalMs}");
        Assert.Equal(checkpoints, table.Rows.Any(r => r.Direction == "recomputed"));
    }

    [Fact]
    public void An_operator_tells_shape_path_phase_and_cost()
    {
        (JsonElement[] events, ProfileTable table) = Traced();
        JsonElement[] gates = [.. events.Where(e => e.GetProperty("cat").GetString() == "operator" && e.TryGetProperty("args", out JsonElement a) && a.TryGetProperty("path", out JsonElement p) && p.GetString() == "model.layers.1.mlp.gate_proj.weight")];
        Assert.Equal(["lora_linear", "lora_linear backward"], gates.Select(Name).Distinct().Order());
        double product = 2.0 * Tokens * Hidden * Inner, low = 2.0 * Tokens * Rank * (Hidden + Inner);
        JsonElement forward = gates.First(e => Name(e) == "lora_linear"), backward = gates.First(e => Name(e) == "lora_linear backward");
        Assert.Equal(product + low, Arg(forward, "flops").GetDouble());
        Assert.Equal(product + 2 * low, Arg(backward, "flops").GetDouble());
        Assert.Equal(("forward", "backward"), (Arg(forward, "phase").GetString(), Arg(backward, "phase").GetString()));
        Assert.StartsWith($"[{Tokens}, {Hidden}]", Arg(forward, "shape").GetString());
        Assert.True(Arg(forward, "shareOfLimit").GetDouble() > 0 && Arg(forward, "gflops").GetDouble() > 0 && Arg(forward, "bytes").GetDouble() > 4.0 * Hidden * Inner);
        Assert.Contains(events, e => e.GetProperty("cat").GetString() == "product" && Start(e) >= Start(forward) && End(e) <= End(forward));
        Assert.All(events.Where(e => Name(e).StartsWith("attention", StringComparison.Ordinal)), e => Assert.StartsWith("model.layers.", Arg(e, "path").GetString()));
        string text = table.ToText();
        foreach (string part in (string[])["lora_linear", "backward", "rest", "total", "100.0 %", "products inside", "GFLOP/s", "GB/s"]) Assert.Contains(part, text);
    }

    [Fact]
    public void A_linear_layer_costs_two_for_each_multiplication()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var w = new Parameter("w", Tensor.Full(backend, [7, 5], 1)) { RequiresGrad = true };
        using (var profile = Profile.Begin())
        {
            using (var tape = Tape.Begin())
            using (TensorScope.Begin()) tape.Backward(Tensor.Full(backend, [3, 5], 1).Linear(w).Sum());
            ProfileRow forward = profile.Finish().Rows.Single(r => r is { Name: "linear", Direction: "forward" }), backward = profile.Finish().Rows.Single(r => r is { Name: "linear", Direction: "backward" });
            Assert.Equal((2.0 * 3 * 5 * 7, 4.0 * (3 * 5 + 5 * 7 + 3 * 7)), (forward.Flops, forward.Bytes));
            Assert.Equal(2.0 * 3 * 5 * 7, backward.Flops);          // the gradient of w alone
        }
        w.Dispose();
        Assert.Null(Profile.Current);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void It_changes_no_bit_of_the_results(bool checkpoints)
    {
        (float[] plain, double loss, _) = Train(null, checkpoints, profiled: false);
        (float[] profiled, double same, _) = Train(new MemoryStream(), checkpoints);
        Assert.Equal(plain, profiled);
        Assert.Equal(loss, same);
    }

    [Fact]
    public void Ended_in_the_middle_by_another_thread_the_trace_is_complete()
    {
        using var trace = new MemoryStream();
        using (var profile = Profile.Begin(trace))
        using (Profile.Phase("forward"))
        {
            int depth = profile.OpenOperator("linear", isBackward: false);
            var signal = new Thread(() => profile.Finish());
            signal.Start();
            signal.Join();
            profile.CloseOperator(depth, new OpNote("linear", "[1]", null, default), "forward");
            using (Profile.Work("save")) { }
        }
        JsonElement[] events = [.. JsonDocument.Parse(trace.ToArray()).RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X")];
        Assert.Equal(["linear", "forward"], events.Select(Name));
    }

    [Fact]
    public void What_an_exception_leaves_open_ends_with_the_span_around_it()
    {
        using var profile = Profile.Begin();
        Assert.Throws<InvalidOperationException>((Action)(() =>
        {
            using ProfileSpan span = Profile.Phase("forward");
            profile.OpenOperator("linear", isBackward: true);
            throw new InvalidOperationException();
        }));
        Assert.False(profile.IsInBackward);
        using (Profile.Work("save")) { }
        Assert.Equal(["save"], profile.Finish().Rows.Select(r => r.Name));
    }

    [Fact]
    public void A_rehearsal_is_not_seen()
    {
        using var profile = Profile.Begin();
        using (Profile.Pause())
        {
            using (Profile.Work("save")) { }
            Assert.Null(Profile.Current);
        }
        Assert.Same(profile, Profile.Current);
        Assert.Empty(profile.Finish().Rows);
    }
}
