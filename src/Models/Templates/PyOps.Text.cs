using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pure.Tuner;

internal sealed partial class PyOps
{
    /// <summary>str(): what printing gives.</summary>
    public string Text(object? value) => value switch
    {
        string s => s,
        PyMarkup m => m.Text,
        JinjaUndefined => "",
        IPyObject own => own.Text,
        _ => Repr(value),
    };

    public string Repr(object? value)
    {
        switch (value)
        {
            case null: return "None";
            case bool b: return b ? "True" : "False";
            case long l: return l.ToString(CultureInfo.InvariantCulture);
            case BigInteger big: return Whole(big);
            case double d: return PyNumbers.Text(d);
            case string s: return state.Made(PyText.Repr(s));
            case JinjaUndefined: return "Undefined";
            case IPyObject own: return own.Text;
        }
        var text = new StringBuilder();
        Repr(text, value);
        return state.Made(text.ToString());
    }

    /// <summary>The digits of a whole number, which Python bounds too.</summary>
    public string Whole(BigInteger value) => value.GetBitLength() > 14_300 || value.ToString(CultureInfo.InvariantCulture) is { Length: > PyNumbers.MaxDigits + 1 }
        ? throw Fail($"Exceeds the limit ({PyNumbers.MaxDigits} digits) for integer string conversion")
        : value.ToString(CultureInfo.InvariantCulture);

    private void Repr(StringBuilder text, object? value)
    {
        switch (value)
        {
            case PyList list:
                Several(text, "[", list.Items, "]");
                break;
            case PyTuple { Names: { } names } tuple:
                text.Append('(');
                for (int i = 0; i < tuple.Count; i++)
                {
                    if (i > 0) text.Append(", ");
                    Nested(text, tuple[i]);
                }
                text.Append(')');
                break;
            case PyTuple tuple:
                Several(text, "(", tuple.Items, tuple.Count == 1 ? ",)" : ")");
                break;
            case PyDict dict:
                Pairs(text, dict);
                break;
            case PyView view:
                text.Append("dict_").Append(view.Kind).Append('(');
                Several(text, "[", view.Items, "])");
                break;
            case PyRange range:
                text.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}{(range.Step == 1 ? "" : $", {range.Step}")})");
                break;
            case PyNamespace space:
                text.Append("<Namespace ");
                Nested(text, space.Attributes);
                text.Append('>');
                break;
            case PyMarkup markup:
                text.Append("Markup(").Append(PyText.Repr(markup.Text)).Append(')');
                break;
            case PyIterator iterator:
                text.Append('<').Append(iterator.Type).Append(" object>");
                break;
            case PyFunction function:
                text.Append("<function ").Append(function.Name).Append('>');
                break;
            default:
                text.Append(Repr(value));
                break;
        }
    }

    private void Nested(StringBuilder text, object? value)
    {
        state.Enter();
        int before = text.Length;
        Repr(text, value);
        state.Text(text.Length - before);
        if (text.Length > 16_000_000) state.Text(long.MaxValue);
        state.Leave();
    }

    private void Several(StringBuilder text, string open, IEnumerable<object?> items, string close)
    {
        text.Append(open);
        bool first = true;
        foreach (object? item in items)
        {
            if (!first) text.Append(", ");
            first = false;
            Nested(text, item);
        }
        text.Append(close);
    }

    private void Pairs(StringBuilder text, PyDict dict)
    {
        text.Append('{');
        bool first = true;
        foreach ((PyKey key, object? value) in dict)
        {
            if (!first) text.Append(", ");
            first = false;
            Nested(text, key.Value);
            text.Append(": ");
            Nested(text, value);
        }
        text.Append('}');
    }
}
