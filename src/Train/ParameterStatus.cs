namespace Pure.Tuner;

/// <summary>The key print_param_status: a line for every parameter.</summary>
internal static class ParameterStatus
{
    /// <summary>Name, dtype, shape and whether it is trained: the model's parameters, then those of adapters.</summary>
    internal static IEnumerable<string> Lines(LanguageModel model, IReadOnlyList<(string Name, Parameter Parameter)> trained)
    {
        HashSet<Weight> moving = [.. trained.Select(t => t.Parameter)], own = [.. model.Decoder.Weights];
        foreach (Weight weight in model.Decoder.Weights) yield return Line(weight.Name, weight, moving.Contains(weight));
        foreach ((string name, Parameter parameter) in trained)
            if (!own.Contains(parameter)) yield return Line(name, parameter, true);
    }

    private static string Line(string name, Weight weight, bool isTrained) =>
        $"name: {name}, dtype: {(weight is Parameter p ? p.Value.DType.Name : ((QuantizedTensor)weight).Format.Name)}, shape: {weight.Shape}, trainable: {(isTrained ? "true" : "false")}";
}
