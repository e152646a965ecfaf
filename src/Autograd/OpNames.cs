using System.Collections.Concurrent;
using System.Text;

namespace Pure.Tuner;

/// <summary>Names and shapes of operators for profiles.</summary>
internal static class OpNames
{
    private static readonly ConcurrentDictionary<Type, string> s_names = [];

    /// <summary>RmsNormOp is rms_norm.</summary>
    internal static string Of(Type op) => s_names.GetOrAdd(op, static type =>
    {
        string name = type.Name.EndsWith("Op", StringComparison.Ordinal) ? type.Name[..^2] : type.Name;
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    });

    /// <summary>[512, 576], [576] to [512, 576].</summary>
    internal static string Shapes(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        var text = new StringBuilder();
        for (int i = 0; i < x.Length; i++) text.Append(i == 0 ? "" : ", ").Append(x[i].Shape.ToString());
        for (int i = 0; i < y.Length; i++) text.Append(i == 0 ? " to " : ", ").Append(y[i].Shape.ToString());
        return text.ToString();
    }
}
