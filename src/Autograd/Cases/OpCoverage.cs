using System.Text;

namespace Pure.Tuner;

/// <summary>Who runs which operator where.</summary>
/// <param name="Op">Operator.</param>
/// <param name="Backend">Backend.</param>
/// <param name="Forward">What runs it without a tape: the worst over its samples.</param>
/// <param name="Training">What runs it under a tape, forward and backward: the worst over its samples.</param>
/// <param name="Fused">Samples that neither a portable kernel nor the definition runs in training.</param>
/// <param name="Samples">All samples.</param>
public sealed record OpCoverage(string Op, string Backend, KernelChoice Forward, KernelChoice Training, int Fused, int Samples)
{
    /// <summary>Runs every sample of an operator and notes what it was given.</summary>
    public static OpCoverage Of(OpCase op, Backend backend)
    {
        ArgumentNullException.ThrowIfNull(op);
        (KernelChoice forward, KernelChoice training, int fused) = (KernelChoice.Primitive, KernelChoice.Primitive, 0);
        foreach (OpSample sample in op.Samples)
        {
            KernelChoice a = Choice(op, sample, backend, training: false), b = op.IsDifferentiable ? Choice(op, sample, backend, training: true) : a;
            forward = Worse(forward, a);
            training = Worse(training, b);
            if (b <= KernelChoice.Kernel) fused++;
        }
        return new(op.Name, backend.Name, forward, training, fused, op.Samples.Count);
    }

    /// <summary>A table, one operator a row, one backend a column: forward | training.</summary>
    public static string Markdown(IEnumerable<OpCase> ops, IReadOnlyList<Backend> backends)
    {
        ArgumentNullException.ThrowIfNull(ops);
        var text = new StringBuilder("| operator |");
        foreach (Backend backend in backends) text.Append($" {backend.Name}, forward | {backend.Name}, training |");
        text.Append("\n| --- |").Insert(text.Length, " --- | --- |", backends.Count).Append('\n');
        foreach (OpCase op in ops)
        {
            text.Append($"| {op.Name} |");
            foreach (Backend backend in backends)
            {
                OpCoverage c = Of(op, backend);
                string part = c.Fused > 0 && c.Fused < c.Samples ? $" ({c.Fused} of {c.Samples} by kernel)" : "";
                text.Append($" {Name(c.Forward)} | {Name(c.Training)}{part} |");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Name(KernelChoice choice) => choice.ToString().ToLowerInvariant();

    private static KernelChoice Worse(KernelChoice a, KernelChoice b) => a > b ? a : b;

    private static KernelChoice Choice(OpCase op, OpSample sample, Backend backend, bool training)
    {
        using var inputs = new OpInputs(sample, op.Name, backend);
        try
        {
            IReadOnlyList<KernelChoice> choices = Kernel.Watch(() =>
            {
                if (training) OpRun.ForwardBackward(inputs, sample.Run, op.Name);
                else OpRun.Forward(inputs, sample.Run);
            });
            return op.Contract is null || choices.Count == 0 ? KernelChoice.Primitive : choices.Max();
        }
        catch (NotSupportedException) { return KernelChoice.None; }
    }
}
