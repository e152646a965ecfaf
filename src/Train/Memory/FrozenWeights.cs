using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>The matrices of a training that stay as they are, brought into the form that products take them in.</summary>
internal static partial class FrozenWeights
{
    /// <summary>Prepares layers and head: all for forward, and for gradients what lies at or behind the first layer in which something is trained.</summary>
    /// <param name="model">The model, adapters in place.</param>
    /// <param name="trained">What is trained, by its published names.</param>
    internal static void Prepare(DecoderModel model, IReadOnlyList<(string Name, Parameter Parameter)> trained)
    {
        int first = trained.Count == 0 ? int.MaxValue : trained.Min(t => LayerOf(t.Name, model.Config.Layers));
        for (int i = 0; i < model.Layers.Count; i++)
            foreach (Linear linear in model.Layers[i].Linears) linear.Weight.Prepare(model.Backend, backward: i >= first);
        model.Head.Weight.Prepare(model.Backend, backward: first < int.MaxValue);
    }

    /// <summary>0 for what comes before the layers, their number for what comes behind.</summary>
    private static int LayerOf(string name, int layers)
    {
        System.Text.RegularExpressions.Match layer = Layer().Match(name);
        return layer.Success ? int.Parse(layer.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : name.Contains("embed_tokens", StringComparison.Ordinal) ? 0 : layers;
    }

    [GeneratedRegex(@"\.layers\.(\d+)\.")]
    private static partial Regex Layer();
}
