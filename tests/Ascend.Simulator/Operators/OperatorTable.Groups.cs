namespace Pure.Tuner.Ascend.Simulator;

internal static partial class OperatorTable
{
    // A property: a field might be empty still when All is built.
    private static Action<Dictionary<string, Func<ICall, Plan>>>[] Groups =>
    [
        Unary.Register, Binary.Register, Comparison.Register, Conversion.Register, MatrixProducts.Register, WeightQuantProduct.Register,
        Reductions.Register, Selection.Register, Softmaxes.Register, Losses.Register, Indexing.Register, Scattering.Register, Joining.Register,
        Norms.Register, Activations.Register, Rotary.Register, TrainingAttention.Register, InferenceAttention.Register, Optimizing.Register, Dropping.Register,
    ];

    /// <summary>Adds an operator; before its own checks the card is asked whether it has the kernel.</summary>
    internal static void Define(this Dictionary<string, Func<ICall, Plan>> all, string name, Func<ICall, Plan> plan) => all.Add(name, call =>
    {
        try
        {
            CardSupport.Check(call);
            return plan(call);
        }
        catch (TilingException e) when (CardSupport.IsLate(name)) { return new Plan(0, _ => { }) { Refusal = e.InnerException }; }
        catch (TilingException e) { throw e.InnerException!; }
    });
}
