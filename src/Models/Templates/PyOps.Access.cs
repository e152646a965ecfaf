using System.Numerics;

namespace Pure.Tuner;

internal sealed partial class PyOps
{
    private const int Farthest = int.MaxValue / 2;      // sums and differences with a text's length stay whole numbers

    private static readonly HashSet<string> s_changing = ["list.append", "list.clear", "list.pop", "list.reverse", "list.insert", "list.sort", "list.extend", "list.remove",
        "dict.clear", "dict.pop", "dict.popitem", "dict.setdefault", "dict.update"];

    /// <summary>a.name: an attribute, else an item.</summary>
    public object? Attribute(object? target, string name)
    {
        Defined(target);
        return TryAttribute(target, name, out object? value) || TryItem(target, name, out value) ? value : Nothing(target, name);
    }

    /// <summary>a[index]: an item, else an attribute.</summary>
    public object? Item(object? target, object? index)
    {
        Defined(target);
        if (TryItem(target, index, out object? value)) return value;
        return AsText(index) is { } name && TryAttribute(target, name, out value) ? value : Nothing(target, index);
    }

    private JinjaUndefined Nothing(object? target, object? name) => new(target is null or bool
        ? $"'None' has no attribute {Brief(name)}".Replace("'None'", target is null ? "'None'" : "'bool object'", StringComparison.Ordinal)
        : AsText(name) is null ? $"{TypeName(target)} object has no element {Brief(name)}" : $"'{TypeName(target)} object' has no attribute {Brief(name)}");

    private string Brief(object? name) => Repr(name) is var text && text.Length > 80 ? text[..80] + "..." : text;

    private bool TryItem(object? target, object? index, out object? value)
    {
        value = null;
        switch (target)
        {
            case PyDict dict when index is not (PyList or PyDict or PyView):
                return dict.TryGet(Hashable(index), out value);
            case IPySequence list:
                if (Place(index, list.Count) is not { } at) return false;
                value = list[at];
                return true;
            case string or PyMarkup:
                string text = AsText(target)!;
                if (Place(index, Scanned(text)) is not { } place) return false;
                string part = PyText.Part(text, place, place + 1);
                value = target is string ? part : new PyMarkup(part);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A place in a sequence, counted from the end when negative; null outside.</summary>
    private static int? Place(object? index, int count)
    {
        if (index is not (long or bool)) return null;
        long at = index is long l ? l : (bool)index ? 1 : 0;
        if (at < 0) at += count;
        return at >= 0 && at < count ? (int)at : null;
    }

    /// <summary>getattr() in the sandbox: methods that change their object and private names cannot be used.</summary>
    public bool TryAttribute(object? target, string name, out object? value)
    {
        if (name.StartsWith("__", StringComparison.Ordinal) && name is "__class__" or "__doc__" or "__init__" or "__eq__" or "__hash__" or "__repr__" or "__str__" or "__dict__" or "__len__" or "__iter__" or "__getitem__" or "__contains__" or "__add__" or "__mul__" or "__format__" or "__new__" or "__reduce__" or "__dir__"
            || s_changing.Contains($"{TypeName(target)}.{name}"))
        {
            value = new JinjaUndefined($"access to attribute '{name}' of '{TypeName(target)}' object is unsafe.");
            return true;
        }
        if (target is IPyObject own) return own.TryGet(name, out value);
        if (target is PyNamespace space) return space.Attributes.TryGet(name, out value);
        value = target switch
        {
            string text => PyStringMethods.Get(this, text, name, markup: false),
            PyMarkup markup => PyStringMethods.Get(this, markup.Text, name, markup: true),
            _ => PyMethods.Get(this, target, name),
        };
        return value is not null;
    }

    /// <summary>a[start:stop:step].</summary>
    public object? Slice(object? target, object? start, object? stop, object? step)
    {
        Defined(target);
        string? text = AsText(target);
        if (text is null && target is not (PyList or PyTuple or PyRange)) throw Fail(target is PyDict ? "unhashable type: 'slice'" : $"'{TypeName(target)}' object is not subscriptable");
        int count = text is not null ? Scanned(text) : ((IPySequence)target!).Count;
        BigInteger stride = Bound(step) ?? 1;
        if (stride.IsZero) throw Fail("slice step cannot be zero");
        bool back = stride.Sign < 0;
        BigInteger from = Clamp(Bound(start), back ? count - 1 : 0), to = Clamp(Bound(stop), back ? -1 : count);
        BigInteger by = BigInteger.Clamp(stride, int.MinValue, int.MaxValue);
        int length = (int)BigInteger.Max(0, back ? (from - to - by - 1) / -by : (to - from + by - 1) / by);
        int first = (int)from, each = (int)by;
        if (target is PyRange range) return new PyRange(range.Start + first * range.Step, range.Start + (long)to * range.Step, range.Step * each);
        if (text is not null)
        {
            state.Text(length);
            string part = each == 1 ? PyText.Part(text, first, first + length) : Picked(text, first, each, length);
            return target is string ? part : new PyMarkup(part);
        }
        var list = (IPySequence)target!;
        state.Items(length);
        var items = new object?[length];
        for (int i = 0; i < length; i++) items[i] = list[first + i * each];
        return target is PyList ? new PyList(items) : new PyTuple(items);

        BigInteger Clamp(BigInteger? at, int otherwise)
        {
            if (at is not { } place) return otherwise;
            if (place.Sign < 0) place += count;
            return BigInteger.Clamp(place, back ? -1 : 0, back ? count - 1 : count);
        }
    }

    private BigInteger? Bound(object? value) => Defined(value) is null ? null : PyNumbers.Whole(value) ?? throw Fail("slice indices must be integers or None or have an __index__ method");

    private static string Picked(string text, int first, int each, int length)
    {
        int[] offsets = PyText.Offsets(text);
        var picked = new System.Text.StringBuilder(length);
        for (int i = 0, at = first; i < length; i++, at += each) picked.Append(text, offsets[at], offsets[at + 1] - offsets[at]);
        return picked.ToString();
    }

    /// <summary>Calls a value.</summary>
    public object? Call(object? target, IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>> named) => Defined(target) switch
    {
        PyFunction function => function.Call(new PyCall(this, function.Name, positional, named)),
        IPyObject own => own.Call(new PyCall(this, own.TypeName, positional, named)),
        _ => throw Fail($"'{TypeName(target)}' object is not callable"),
    };

    /// <summary>A whole number that fits an int, or an error that names the argument.</summary>
    public int Int(object? value, string what) => PyNumbers.Whole(Defined(value)) is { } whole ? (int)BigInteger.Clamp(whole, -Farthest, Farthest)
        : throw Fail($"{what}: '{TypeName(value)}' object cannot be interpreted as an integer");

    /// <summary>A text, or an error that names the argument.</summary>
    public string Str(object? value, string what) => AsText(Defined(value)) ?? throw Fail($"{what}: expected str, not '{TypeName(value)}'");
}
