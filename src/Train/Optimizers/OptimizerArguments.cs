using System.Globalization;

namespace Pure.Tuner;

/// <summary>The key optim_args: "name=value,name=value", each name known to the optimizer.</summary>
/// <remarks>The reference reads them for GaLore alone and passes them over elsewhere; here they set what PyTorch's optimizer of that kind has.</remarks>
internal sealed class OptimizerArguments
{
    private readonly Dictionary<string, string> _values = [];
    private readonly string _where;

    private OptimizerArguments(string where) => _where = where;

    /// <summary>Names that an optimizer takes.</summary>
    internal static string[] KnownTo(string optimizer) => optimizer switch
    {
        "adamw_torch" or "adamw_torch_fused" => ["amsgrad"],
        "sgd" => ["momentum", "dampening", "nesterov"],
        "rmsprop" => ["alpha", "eps", "momentum", "centered"],
        "adagrad" => ["lr_decay", "initial_accumulator_value", "eps"],
        "adafactor" => ["scale_parameter", "relative_step", "warmup_init", "clip_threshold", "decay_rate", "beta1"],
        "galore_adamw" => ["rank", "update_proj_gap", "scale", "proj_type"],
        _ => [],
    };

    /// <exception cref="UsageException">A part is no name=value, or the optimizer has no such name.</exception>
    internal static OptimizerArguments Parse(Recipe recipe)
    {
        string where = recipe.Where("optim_args"), optimizer = recipe.Optim;
        string[] known = KnownTo(optimizer);
        var arguments = new OptimizerArguments(where);
        foreach (string part in (recipe.OptimArgs ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == part.Length - 1) throw new UsageException($"{where}: expected name=value, found '{part}'; write for example '{known.FirstOrDefault() ?? "momentum"}={(known is ["momentum", ..] ? "0.9" : "1")}'");
            string name = part[..at].Trim();
            if (!known.Contains(name))
                throw new UsageException(known.Length == 0
                    ? $"{where}: '{optimizer}' takes no arguments, found '{name}'; leave it out"
                    : $"{where}: '{optimizer}' has no '{name}' (known: {string.Join(", ", known)}); did you mean '{RecipeKeys.NearestOf(name, known)}'?");
            if (!arguments._values.TryAdd(name, part[(at + 1)..].Trim())) throw new UsageException($"{where}: {name} is given twice; keep one of the two");
        }
        return arguments;
    }

    internal double Number(string name, double otherwise, double min = 0, double max = double.PositiveInfinity)
    {
        if (!_values.TryGetValue(name, out string? text)) return otherwise;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value >= min && value <= max))
            throw Fault(name, text, double.IsFinite(max) ? $"a number from {Show(min)} to {Show(max)}" : double.IsFinite(min) ? $"a number of at least {Show(min)}" : "a number", Show(otherwise));
        return value;
    }

    internal double? Maybe(string name, double min, double max) => _values.TryGetValue(name, out string? text) && text is not ("None" or "null") ? Number(name, 0.9, min, max) : null;

    internal int Whole(string name, int otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= 1 ? value
        : throw Fault(name, text, "a whole number of at least 1", Show(otherwise));

    internal bool Flag(string name, bool otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : RecipeValue.Plain(text) switch { bool b => b, 1L => true, 0L => false, _ => throw Fault(name, text, "true or false", otherwise ? "true" : "false") };

    internal string Word(string name, string otherwise, string[] known) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : known.Contains(text) ? text
        : throw new UsageException($"{_where}: {name}: expected one of {string.Join(", ", known)}, found '{text}'; did you mean '{RecipeKeys.NearestOf(text, known)}'?");

    private UsageException Fault(string name, string text, string expected, string usual) =>
        new($"{_where}: {name}: expected {expected}, found '{text}'; write for example '{name}={usual}'");

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);
}
