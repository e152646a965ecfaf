using System.Buffers;
using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>AdamW whose moments take a byte each and four in a block of 256. Dettmers et al. 2022, arXiv:2110.02861.</summary>
/// <remarks>Small parameters keep F32 moments, and so do those that the caller names: embeddings, whose rows differ too much for it.</remarks>
internal sealed class AdamW8Bit : Optimizer
{
    /// <summary>Numbers that share a scale.</summary>
    internal const int BlockSize = AdamW8BitBlocks.Size;

    /// <summary>bitsandbytes' limit: parameters of fewer numbers keep F32 moments.</summary>
    internal const int UsualMinElements = 4096;

    private readonly List<Slot> _slots = [];
    private readonly double _beta1, _beta2, _epsilon;

    /// <param name="groups">Parameters by rate and decay.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="minElements">Fewer numbers keep F32 moments.</param>
    /// <param name="keepsWide">Which parameters keep F32 moments whatever their size.</param>
    /// <param name="paged">Where the states lie on disk, or null: in memory.</param>
    internal AdamW8Bit(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, int minElements = UsualMinElements, Func<Parameter, bool>? keepsWide = null, PagedMemory? paged = null)
        : base(groups)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        using TensorScope scope = TensorScope.Begin();
        foreach (ParameterGroup group in groups)
            foreach ((string name, Parameter p) in group.Parameters)
            {
                Backend backend = p.Value.Backend;
                bool wide = p.Shape.Count < minElements || keepsWide?.Invoke(p) == true;
                DType dtype = wide ? DType.F32 : DType.U8;
                Shape blocks = [Blockwise8Bit.Blocks(p.Shape.Count, BlockSize)];
                var slot = new Slot(name, p, group, PagedMemory.Zeros(paged, backend, p.Shape, dtype), PagedMemory.Zeros(paged, backend, p.Shape, dtype),
                    wide ? null : Tensor.Zeros(backend, blocks), wide ? null : Tensor.Zeros(backend, blocks));
                _slots.Add(slot);
            }
        scope.Release();
    }

    protected override void Update(double rateFactor, float gradScale)
    {
        foreach (Slot s in _slots)
        {
            var spec = new AdamWSpec(s.Group.LearningRate * rateFactor, _beta1, _beta2, _epsilon, s.Group.WeightDecay, Steps, gradScale);
            if (s.AbsMax1 is null) AdamW.Move(spec, s.Parameter, s.First, s.Second, null);
            else if (s.Parameter.Value.Backend.Find<IAdamW8BitKernel>() is { } kernel) kernel.Step(spec, s.Parameter.Value, s.Parameter.Grad!, s.First, s.AbsMax1, s.Second, s.AbsMax2!);
            else ByDefinition(spec, s);
        }
    }

    /// <summary>state1 and state2 of each parameter, with absmax1 and absmax2 where they are in 8 bits: bitsandbytes' names.</summary>
    internal override IEnumerable<(string Name, Tensor Value)> State()
    {
        foreach (Slot s in _slots)
        {
            yield return ($"{s.Name}.state1", s.First);
            yield return ($"{s.Name}.state2", s.Second);
            if (s.AbsMax1 is null) continue;
            yield return ($"{s.Name}.absmax1", s.AbsMax1);
            yield return ($"{s.Name}.absmax2", s.AbsMax2!);
        }
    }

    public override void Dispose()
    {
        foreach (Slot s in _slots)
        {
            s.First.Dispose();
            s.Second.Dispose();
            s.AbsMax1?.Dispose();
            s.AbsMax2?.Dispose();
        }
        _slots.Clear();
    }

    /// <summary>For devices without the kernel: on the host, a part at a time.</summary>
    private static void ByDefinition(in AdamWSpec spec, Slot s)
    {
        const int Part = 64 * BlockSize;
        var blocks = new AdamW8BitBlocks(spec);
        float[] room = ArrayPool<float>.Shared.Rent(2 * Part);
        byte[] codes = ArrayPool<byte>.Shared.Rent(2 * Part);
        Span<float> scales = stackalloc float[2 * Part / BlockSize];
        long count = s.Parameter.Shape.Count;
        for (long first = 0; first < count; first += Part)
        {
            int n = (int)Math.Min(Part, count - first), b = Blockwise8Bit.Blocks(n, BlockSize);
            using var scope = TensorScope.Begin();
            Tensor value = s.Parameter.Value.View([n], [1], s.Parameter.Value.Offset + first), p = Tensor.Empty(value.Backend, [n]);
            value.Backend.Copy(value, p);
            Tensor g = View(s.Parameter.Grad!, first, n), m = View(s.First, first, n), v = View(s.Second, first, n), a1 = View(s.AbsMax1!, first / BlockSize, b), a2 = View(s.AbsMax2!, first / BlockSize, b);
            Span<float> ps = room.AsSpan(0, n), gs = room.AsSpan(Part, n), a1s = scales[..b], a2s = scales.Slice(Part / BlockSize, b);
            Span<byte> ms = codes.AsSpan(0, n), vs = codes.AsSpan(Part, n);
            p.CopyTo(ps);
            g.CopyTo(gs);
            m.CopyTo(ms);
            v.CopyTo(vs);
            a1.CopyTo(a1s);
            a2.CopyTo(a2s);
            blocks.Step(ps, gs, ms, a1s, vs, a2s);
            Upload<float>(ps, p);
            Upload<byte>(ms, m);
            Upload<byte>(vs, v);
            Upload<float>(a1s, a1);
            Upload<float>(a2s, a2);
            value.Backend.Copy(p, value);
        }
        ArrayPool<byte>.Shared.Return(codes);
        ArrayPool<float>.Shared.Return(room);

        static Tensor View(Tensor x, long first, int n) => x.View([n], [1], x.Offset + first);
        static void Upload<T>(ReadOnlySpan<T> elements, Tensor y) where T : unmanaged => y.Backend.Upload(MemoryMarshal.AsBytes(elements), y);
    }

    private sealed record Slot(string Name, Parameter Parameter, ParameterGroup Group, Tensor First, Tensor Second, Tensor? AbsMax1, Tensor? AbsMax2);
}
