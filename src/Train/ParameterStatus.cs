namespace Pure.Tuner;

/// <summary>The key print_param_status: a line for every parameter.</summary>
internal static class ParameterStatus
{
    /// <summary>Name, dtype, shape and whether it is trained: the model's parameters, then those of adapters.</summary>
    internal static IEnumerable<string> Lines(LanguageModel model, IReadOnlyList<(string Name, Parameter Parameter)> trained)
    {
        HashSet<Parameter> moving = [.. trained.Select(t => t.Parameter)], own = [.. model.Decoder.Parameters];
        foreach (Parameter parameter in model.Decoder.Parameters) yield return Line(parameter.Name, parameter, moving.Contains(parameter));
        foreach ((string name, Parameter parameter) in trained)
            if (!own.Contains(parameter)) yield return Line(name, parameter, true);
    }

    private static string Line(string name, Parameter parameter, bool isTrained) =>
        $"name: {name}, dtype: {parameter.Value.DType.Name}, shape: {parameter.Shape}, trainable: {(isTrained ? "true" : "false")}";
}
