using System.Globalization;
using System.Text;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The text by which the library's own cache of plans tells calls apart.</summary>
internal static class PlanKey
{
    /// <summary>The key of a call.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="deterministic">Whether deterministic kernels are asked for.</param>
    /// <param name="values">The arguments.</param>
    /// <param name="tensors">Handles of all tensors in the order of the arguments: one that comes twice makes another key than two that are alike.</param>
    /// <param name="handles">Where the scalars of a list are found.</param>
    public static string Of(string op, bool deterministic, object?[] values, nint[] tensors, Handles handles)
    {
        var key = new StringBuilder(op).Append(deterministic ? "!" : "");
        foreach (object? value in values)
        {
            key.Append(';');
            Append(key, value, handles);
        }
        foreach (nint tensor in tensors) key.Append('#').Append(Array.IndexOf(tensors, tensor));
        return key.ToString();
    }

    private static void Append(StringBuilder key, object? value, Handles handles)
    {
        switch (value)
        {
            case null: key.Append('-'); break;
            case SimTensor t:
                key.Append(CultureInfo.InvariantCulture, $"{t.Type} [{string.Join(',', t.Shape)}] [{string.Join(',', t.Strides)}] {t.Offset} [{string.Join(',', t.Storage)}] {t.Format}");
                break;
            case SimTensor[] list:
                foreach (SimTensor element in list)
                {
                    Append(key, element, handles);
                    key.Append('|');
                }
                break;
            case SimScalar scalar: key.Append(CultureInfo.InvariantCulture, $"{scalar.Type} {scalar.Value:R}"); break;
            case SimScalarList list:
                foreach (nint element in list.Elements)
                {
                    Append(key, handles.Find<SimScalar>(element), handles);
                    key.Append('|');
                }
                break;
            case long[] integers: key.Append('[').AppendJoin(',', integers).Append(']'); break;
            case double number: key.Append(number.ToString("R", CultureInfo.InvariantCulture)); break;
            case long or bool or string: key.Append(CultureInfo.InvariantCulture, $"{value}"); break;
            default: throw new InvalidOperationException($"{value.GetType().Name} has no place in a key");
        }
    }
}
