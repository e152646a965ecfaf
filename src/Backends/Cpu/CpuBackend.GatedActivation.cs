using System.Runtime.CompilerServices;

namespace Pure.Tuner;

public sealed partial class CpuBackend : IGatedActivationKernel
{
    Support IGatedActivationKernel.Supports(in GatedActivationSpec spec) => spec.DType.IsFloat && Enum.IsDefined(spec.Activation) ? Support.Both : Support.None;

    void IGatedActivationKernel.Forward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor y)
    {
        using var scope = TensorScope.Begin();
        var job = new GatedJob(this, gate.WithUnitRows(), up?.WithUnitRows(), null, new Into(y, false), default);
        Gate(spec.Activation, job);
    }

    void IGatedActivationKernel.Backward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor dy, Into dgate, Into dup)
    {
        if (dgate.IsEmpty && dup.IsEmpty) return;
        using var scope = TensorScope.Begin();
        Gate(spec.Activation, new GatedJob(this, gate.WithUnitRows(), up?.WithUnitRows(), dy.WithUnitRows(), dgate, dup));
    }

    private static void Gate(Activation activation, GatedJob job)
    {
        switch (activation)
        {
            case Activation.Silu: job.Run<Silu>(); break;
            case Activation.Gelu: job.Run<Gelu>(); break;
            case Activation.GeluTanh: job.Run<GeluTanh>(); break;
            case Activation.GeluQuick: job.Run<GeluQuick>(); break;
            case Activation.Relu: job.Run<Relu>(); break;
            case Activation.ReluSquared: job.Run<ReluSquared>(); break;
            case Activation.Sigmoid: job.Run<Sigmoid>(); break;
            case Activation.Tanh: job.Run<Tanh>(); break;
            case Activation.Identity: job.Run<Identity>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "gated_activation: unknown function");
        }
    }

    /// <summary>Without dy the forward work, first being y; with it the backward, first and second being dgate and dup.</summary>
    private readonly record struct GatedJob(CpuBackend Backend, Tensor Gate, Tensor? Up, Tensor? Dy, Into First, Into Second)
    {
        public void Run<TAct>() where TAct : struct, IActivation
        {
            int d = Gate.Shape.Rank == 0 ? 1 : Gate.Shape.Last;
            int rows = d == 0 ? 0 : (int)(Gate.Shape.Count / d);
            if (Dy is null) Backend.ForRows(rows, new GatedForwardRow<TAct>(Gate, Up, First.Target, d), 12L * d);
            else Backend.ForRows(rows, new GatedBackwardRow<TAct>(Gate, Up, Dy, First, Second, d), 16L * d);
        }
    }
}

internal readonly struct GatedForwardRow<TAct>(Tensor gate, Tensor? up, Tensor y, int d) : IRowBody where TAct : struct, IActivation
{
    public void Invoke(int row)
    {
        ReadOnlySpan<float> g = ReadRow(gate, row, d, Scratch.Floats(0, d));
        ReadOnlySpan<float> u = up is null ? default : ReadRow(up, row, d, Scratch.Floats(1, d));
        Span<float> yRow = OpenRow(y, row, d, Scratch.Floats(2, d));
        LaneLoop.Run(new Body(g, u, yRow), d);
        WriteRow(yRow, y, row);
    }

    private readonly ref struct Body(ReadOnlySpan<float> g, ReadOnlySpan<float> u, Span<float> y) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _g = g, _u = u;
        private readonly Span<float> _y = y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T value = TAct.Value(LaneLoop.Load<T>(_g, i), out _);
            if (!_u.IsEmpty) value *= LaneLoop.Load<T>(_u, i);
            LaneLoop.Store(value, _y, i);
        }
    }
}

internal readonly struct GatedBackwardRow<TAct>(Tensor gate, Tensor? up, Tensor dy, Into dgate, Into dup, int d) : IRowBody where TAct : struct, IActivation
{
    public void Invoke(int row)
    {
        ReadOnlySpan<float> g = ReadRow(gate, row, d, Scratch.Floats(0, d));
        ReadOnlySpan<float> u = up is null ? default : ReadRow(up, row, d, Scratch.Floats(1, d));
        ReadOnlySpan<float> dyRow = ReadRow(dy, row, d, Scratch.Floats(2, d));
        Span<float> dg = Open(dgate, row, Scratch.Floats(3, d)), du = Open(dup, row, Scratch.Floats(4, d));
        LaneLoop.Run(new Body(g, u, dyRow, dg, dgate.Accumulate, du, dup.Accumulate), d);
        if (!dgate.IsEmpty) WriteRow(dg, dgate.Target, row);
        if (!dup.IsEmpty) WriteRow(du, dup.Target, row);
    }

    private Span<float> Open(Into into, int row, Span<float> buffer) => into.IsEmpty ? default : into.OpenRow(row, d, buffer);

    private readonly ref struct Body(ReadOnlySpan<float> g, ReadOnlySpan<float> u, ReadOnlySpan<float> dy, Span<float> dg, bool addGate, Span<float> du, bool addUp) : ILaneBody
    {
        private readonly ReadOnlySpan<float> _g = g, _u = u, _dy = dy;
        private readonly Span<float> _dg = dg, _du = du;
        private readonly bool _addGate = addGate, _addUp = addUp;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<T>(int i) where T : struct, ILanes<T>
        {
            T value = TAct.Value(LaneLoop.Load<T>(_g, i), out T slope), dy = LaneLoop.Load<T>(_dy, i);
            T u = _u.IsEmpty ? T.All(1) : LaneLoop.Load<T>(_u, i);
            if (!_dg.IsEmpty) LaneLoop.Store(dy * u * slope, _dg, i, _addGate);
            if (!_du.IsEmpty) LaneLoop.Store(dy * value, _du, i, _addUp);
        }
    }
}
