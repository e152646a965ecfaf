using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Tests that count what the whole process allocates run while no other test does.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public class AloneCollection;

/// <summary>Managed bytes: a training step takes the same each time and little for each node of the tape; kernels and the thread pool take none.</summary>
[Trait("Category", "Unit")]
[Collection("Alone")]
public class AllocationTests
{
    private const int BytesANode = 1024;

    /// <summary>The runtime allocates now and then on threads of its own.</summary>
    private const int RuntimeBytes = 1024;

    private const string Config = """
        { "model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 4, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 300, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 256 }
        """;

    /// <summary>Bytes that all threads allocate in a step of a small LoRA model, the median of some after the first few, and the operators that it applies.</summary>
    private static (long First, long Bytes, long Spread, long Nodes) Step(int threads, int tokens, bool checkpoints)
    {
        const int Warm = 4, Counted = 9;
        using Backend backend = Backends.Open("cpu", threads);
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.1));
        using AdapterSet adapter = AdapterSet.Create(model, new AdapterConfig { BaseModelNameOrPath = "tiny", R = 4, LoraAlpha = 8, TargetModules = LoraOptions.AllLinear(model) }, 42);
        adapter.Attach();
        adapter.TrainOnlyThis();
        using var gradients = new Gradients(adapter.Tensors.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(adapter.Tensors.Select(t => (t.Name, t.Parameter)), 1e-3, 0));
        var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 1e-3, 0, 100), 1) { Checkpoints = checkpoints };
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => i * 7 % 300)];
        Batch[] batches = [Batch.Pack(new EncodedRow(ids, ids))];
        long[] bytes = [.. Enumerable.Range(0, Warm + Counted).Select(_ => Allocated(() => step.Run(batches)))];
        Array.Sort(bytes, Warm, Counted);
        using var profile = Profile.Begin();
        step.Run(batches);
        return (bytes[0], bytes[Warm + Counted / 2], bytes[Warm + Counted / 2] - bytes[Warm], profile.Finish().Rows.Where(r => r.Direction is "forward" or "recomputed").Sum(r => r.Calls));
    }

    [Theory, InlineData(1, false), InlineData(2, false), InlineData(1, true), InlineData(2, true)]
    public void A_step_takes_the_same_whatever_its_tokens_and_little_for_a_node(int threads, bool checkpoints)
    {
        (long first, long bytes, long spread, long nodes) = Step(threads, 96, checkpoints);
        (_, long more, _, _) = Step(threads, 192, checkpoints);
        string told = $"{threads} threads, {(checkpoints ? "recomputed" : "kept")}: {nodes} nodes, the first step {first} bytes, then {bytes} (spread {spread}), {bytes / (double)nodes:F0} a node; with twice the tokens {more}";
        Assert.True(nodes >= 80, told);
        Assert.True(bytes <= BytesANode * nodes, told);
        Assert.True(spread <= RuntimeBytes, told);
        Assert.True(Math.Abs(more - bytes) <= RuntimeBytes, told);
    }

    public static TheoryData<string, int> Kernels
    {
        get
        {
            var data = new TheoryData<string, int>();
            using var calls = new KernelCalls(1);
            foreach (string name in calls.All.Keys)
                foreach (int threads in (int[])[1, 2]) data.Add(name, threads);
            return data;
        }
    }

    /// <summary>Operands, results and kept state are made before: what a kernel, the threads and the checks before them allocate is all that counts, on every thread. Intermediates have handles; nothing else is allowed.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void A_kernel_allocates_nothing(string name, int threads)
    {
        using var calls = new KernelCalls(threads);
        (Action call, int allowed) = calls.All[name];
        for (int i = 0; i < 20; i++) call();
        long least = Enumerable.Range(0, 10).Min(_ => Allocated(call));
        Assert.True(least <= allowed, $"{name} on {threads} threads: {least} bytes, {allowed} allowed");
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        action();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    /// <summary>Kernels of the processor with operands that lie ready.</summary>
    private sealed class KernelCalls : IDisposable
    {
        private const int Tokens = 96, Hidden = 64, Out = 160, Vocab = 300, Rank = 4, Heads = 4, KvHeads = 2, HeadDim = 16;

        /// <summary>An intermediate that a kernel takes from the device's pool, or a view: its tensor, shape and strides, and the block's owner.</summary>
        private const int Handle = 208;

        private readonly CpuBackend _cpu;
        private readonly List<IDisposable> _owned = [];

        public KernelCalls(int threads)
        {
            _cpu = new CpuBackend(threads);
            Tensor x = New(Tokens, Hidden), y = New(Tokens, Out), w = New(Out, Hidden), wt = View(w), dx = New(Tokens, Hidden), dw = New(Out, Hidden), yt = View(y), one = New(1, Hidden), few = New(1, Out);
            All["matmul by a transposed weight"] = (() => _cpu.MatMul(x, wt, y), 0);
            All["matmul by a weight"] = (() => _cpu.MatMul(y, w, dx), 0);
            All["matmul for a weight's gradient"] = (() => _cpu.MatMul(yt, x, dw, 1, accumulate: true), 0);
            All["matmul of one row"] = (() => _cpu.MatMul(one, wt, few), 0);

            QuantizedTensor packed = QuantizedTensor.Empty(_cpu, "packed", [Out, Hidden], GgmlFormat<Q8_0>.Instance);
            _owned.Add(packed);
            foreach (Tensor part in packed.Parts) _cpu.Fill(part, 0);
            All["packed product"] = (() => packed.MatMul(x, transposed: false, y, 1, accumulate: false), 0);
            All["packed product transposed"] = (() => packed.MatMul(y, transposed: true, dx, 1, accumulate: false), 0);
            All["packed product of one row"] = (() => packed.MatMul(one, transposed: false, few, 1, accumulate: false), 0);

            IRmsNormKernel norm = _cpu;
            var normSpec = new RmsNormSpec(Tokens, Hidden, 1e-5f, DType.F32, DType.F32);
            Tensor scale = New(Hidden), dscale = New(Hidden), normed = New(Tokens, Hidden);
            State normState = Kept(norm.State(normSpec));
            All["rms_norm"] = (() => norm.Forward(normSpec, x, scale, normed, normState), 0);
            All["rms_norm backward"] = (() => norm.Backward(normSpec, x, scale, normState, normed, new Into(dx, false), new Into(dscale, true)), Handle);

            IAttentionKernel attention = _cpu;
            Segments segments = Segments.Packed(40, 56);
            Tensor q = New(Tokens, Heads, HeadDim), k = New(Tokens, KvHeads, HeadDim), v = New(Tokens, KvHeads, HeadDim), a = New(Tokens, Heads, HeadDim), dq = New(Tokens, Heads, HeadDim), dk = New(Tokens, KvHeads, HeadDim), dv = New(Tokens, KvHeads, HeadDim);
            AttentionSpec attentionSpec = AttentionSpec.Check("attention", q, k, v, null, segments, 0.25f, 0, 0);
            State attentionState = Kept(attention.State(attentionSpec, Tokens));
            All["attention"] = (() => attention.Forward(attentionSpec, q, k, v, null, a, attentionState), 0);
            All["attention backward"] = (() => attention.Backward(attentionSpec, q, k, v, null, a, attentionState, a, new Into(dq, false), new Into(dk, false), new Into(dv, false), default), 2 * Handle);

            ILoraLinearKernel lora = _cpu;
            var loraSpec = new LoraLinearSpec(Tokens, Hidden, Out, Rank, 2, false, DType.F32);
            var frozen = new Parameter("w", Tensor.Zeros(_cpu, [Out, Hidden]));
            _owned.Add(frozen);
            Tensor la = New(Rank, Hidden), lb = New(Out, Rank), dla = New(Rank, Hidden), dlb = New(Out, Rank);
            State loraState = Kept(lora.State(loraSpec));
            All["lora_linear"] = (() => lora.Forward(loraSpec, x, x, frozen, la, lb, y, loraState), 0);
            All["lora_linear backward"] = (() => lora.Backward(loraSpec, x, frozen, la, lb, loraState, y, new Into(dx, false), default, new Into(dla, true), new Into(dlb, true)), 0);

            ILinearCrossEntropyKernel loss = _cpu;
            var head = new Parameter("head", Tensor.Zeros(_cpu, [Vocab, Hidden]));
            _owned.Add(head);
            Tensor targets = Tensor.From<int>(_cpu, [.. Enumerable.Range(0, Tokens)], [Tokens]), nll = New(Tokens), dhead = New(Vocab, Hidden);
            _owned.Add(targets);
            foreach (bool trained in (bool[])[false, true])
            {
                var spec = new LinearCrossEntropySpec(Tokens, Hidden, Vocab, 1, 0, trained, DType.F32);
                State state = Kept(loss.State(spec));
                string name = $"linear_cross_entropy, head {(trained ? "trained" : "frozen")}";
                All[name] = (() => loss.Forward(spec, x, head, targets, nll, state), 10 * Handle);
                All[$"{name} backward"] = (() => loss.Backward(spec, x, head, targets, state, nll, new Into(dx, false), trained ? new Into(dhead, false) : default), trained ? 10 * Handle : 0);
            }

            IGatedActivationKernel gated = _cpu;
            var gatedSpec = new GatedActivationSpec(Activation.Silu, true, DType.F32);
            Tensor up = New(Tokens, Out), dup = New(Tokens, Out), dgate = New(Tokens, Out), act = New(Tokens, Out);
            All["gated_activation"] = (() => gated.Forward(gatedSpec, y, up, act), 0);
            All["gated_activation backward"] = (() => gated.Backward(gatedSpec, y, up, act, new Into(dgate, false), new Into(dup, false)), 0);

            IRopeKernel rope = _cpu;
            Tensor cos = New(Tokens, HeadDim / 2), sin = New(Tokens, HeadDim / 2);
            RopeSpec ropeSpec = RopeSpec.Check("rope", q, cos, sin, RopeLayout.HalfSplit);
            All["rope"] = (() => rope.Rotate(ropeSpec, q, cos, sin, new Into(dq, false)), 0);

            ISoftmaxKernel softmax = _cpu;
            var softmaxSpec = new SoftmaxSpec(Tokens, Out, false, DType.F32);
            All["softmax"] = (() => softmax.Forward(softmaxSpec, y, act), 0);
            All["softmax backward"] = (() => softmax.Backward(softmaxSpec, act, y, new Into(dup, false)), 0);

            IDropoutKernel dropout = _cpu;
            All["dropout"] = (() => dropout.Apply(new DropoutSpec(1, 0.1f), y, new Into(act, false)), 0);

            IAdamWKernel adam = _cpu;
            Tensor m = New(Out, Hidden), s = New(Out, Hidden);
            All["adamw"] = (() => adam.Step(new AdamWSpec(1e-3, 0.9, 0.999, 1e-8, 0, 1, 1), w, dw, m, s, null), 0);

            Tensor sums = New(Tokens), rows = New(Tokens, Hidden);
            All["add"] = (() => _cpu.Binary(BinaryKind.Add, x, normed, dx), 0);
            All["add a number"] = (() => _cpu.Binary(BinaryKind.Add, x, 1.0, dx), 0);
            All["exp"] = (() => _cpu.Unary(UnaryKind.Exp, x, dx), 0);
            All["sum"] = (() => _cpu.Reduce(ReduceKind.Sum, x, sums), 0);
            All["copy"] = (() => _cpu.Copy(x, dx), 0);
            All["fill"] = (() => _cpu.Fill(dx, 0), 0);
            All["gather"] = (() => _cpu.Gather(head.Value, targets, rows), 0);
            All["scatter_add"] = (() => _cpu.ScatterAdd(rows, targets, dhead), 0);
        }

        /// <summary>Each with the bytes that it may take.</summary>
        public Dictionary<string, (Action Call, int Allowed)> All { get; } = [];

        public void Dispose()
        {
            foreach (IDisposable owned in _owned) owned.Dispose();
            _cpu.Dispose();
        }

        private Tensor New(params int[] shape)
        {
            Tensor x = Tensor.Full(_cpu, new Shape(shape), 0.01);
            _owned.Add(x);
            return x;
        }

        private Tensor View(Tensor x)
        {
            Tensor view = x.View([x.Shape[1], x.Shape[0]], [x.Strides[1], x.Strides[0]], x.Offset);
            _owned.Add(view);
            return view;
        }

        private State Kept(StateSpec spec)
        {
            Tensor[] parts = [.. spec.Parts.Select(p => Tensor.Empty(_cpu, p.Shape, p.DType))];
            _owned.AddRange(parts);
            return new State(parts);
        }
    }
}
