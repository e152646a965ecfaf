using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Freeze tuning: which parameters of a model are trained, by the reference's rules.</summary>
/// <remarks>
/// A parameter is trained when its name contains a mark: ".layer." plus a module for each chosen layer, or the name of an extra module.
/// It is matching of parts of names, so the extra module norm takes every name with "norm" in it, and expert 1 of every layer has the mark of layer 1.
/// </remarks>
internal static partial class FreezeSelection
{
    /// <summary>The parameters that the recipe trains, in model order.</summary>
    /// <exception cref="UsageException">A module is not there, or nothing would be trained.</exception>
    internal static IReadOnlyList<Parameter> Choose(DecoderModel model, Recipe recipe)
    {
        string[] names = [.. model.Parameters.Select(p => p.Name)], marks = [.. Marks(names, model.Config.Layers, recipe)];
        Parameter[] chosen = [.. model.Parameters.Where(p => marks.Any(m => p.Name.Contains(m, StringComparison.Ordinal)))];
        return chosen.Length > 0 ? chosen
            : throw new UsageException($"{recipe.Where("freeze_trainable_layers")}: {recipe.FreezeTrainableLayers} chooses no layer, so nothing would be trained; write for example 'freeze_trainable_layers: 2', or name modules in freeze_extra_modules");
    }

    private static IEnumerable<string> Marks(string[] names, int layers, Recipe recipe)
    {
        int n = recipe.FreezeTrainableLayers;
        (int first, int end) = n > 0 ? (Math.Max(0, layers - n), layers) : (0, (int)Math.Min(-(long)n, layers));
        string[] inside = [.. names.Select(Inside).OfType<string>().Distinct()], outside = [.. names.Where(x => !Number().IsMatch(x)).Select(Outside).OfType<string>().Distinct()];
        foreach (string module in recipe.FreezeTrainableModules)
        {
            if (module != "all") Require("freeze_trainable_modules", module, inside, recipe);
            for (int layer = first; layer < end; layer++) yield return string.Create(CultureInfo.InvariantCulture, $".{layer}.{(module == "all" ? "" : module)}");
        }
        foreach (string module in recipe.FreezeExtraModules)
        {
            Require("freeze_extra_modules", module, outside, recipe);
            yield return module;
        }
    }

    /// <summary>The part after the last ".0.", or ".1." where the first layer is built otherwise.</summary>
    private static string? Inside(string name)
    {
        string? mark = name.Contains(".0.", StringComparison.Ordinal) ? ".0." : name.Contains(".1.", StringComparison.Ordinal) ? ".1." : null;
        return mark is null ? null : name[(name.LastIndexOf(mark, StringComparison.Ordinal) + mark.Length)..].Split('.')[0];
    }

    /// <summary>The last part but one: weight and bias are left off.</summary>
    private static string? Outside(string name) => name.Split('.') is { Length: > 1 } parts ? parts[^2] : null;

    private static void Require(string key, string module, string[] known, Recipe recipe)
    {
        if (!known.Contains(module))
            throw new UsageException($"{recipe.Where(key)}: there is no module '{module}' (known: {string.Join(", ", known)}); did you mean '{RecipeKeys.NearestOf(module, known)}'?");
    }

    [GeneratedRegex(@"\.\d+\.", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
