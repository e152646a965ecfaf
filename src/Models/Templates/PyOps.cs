using System.Numerics;

namespace Pure.Tuner;

/// <summary>Python's value semantics: truth, equality, order, membership, iteration, printing and arithmetic.</summary>
internal sealed partial class PyOps(JinjaState state) : IEqualityComparer<PyKey>
{
    public JinjaState State => state;

    public JinjaException Fail(string message) => state.Fail(message);

    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        PyMarkup => "Markup",
        PyList => "list",
        PyTuple => "tuple",
        PyDict => "dict",
        PyRange => "range",
        PyView view => "dict_" + view.Kind,
        PyIterator iterator => iterator.Type,
        PyNamespace => "Namespace",
        JinjaUndefined => "Undefined",
        PyFunction => "function",
        IPyObject own => own.TypeName,
        _ => value.GetType().Name,
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        long l => l != 0,
        double d => d != 0,
        BigInteger big => !big.IsZero,
        string s => s.Length > 0,
        PyMarkup m => m.Text.Length > 0,
        IPySequence list => list.Count > 0,
        PyDict dict => dict.Count > 0,
        PyView view => view.Dict.Count > 0,
        JinjaUndefined => false,
        _ => true,
    };

    /// <summary>str or markup as text; null for all else.</summary>
    public static string? AsText(object? value) => value as string ?? (value as PyMarkup)?.Text;

    public bool Equal(object? a, object? b)
    {
        state.Step();
        if (AsText(a) is { } text)
        {
            if (AsText(b) is not { } other) return false;
            state.Scan(Math.Min(text.Length, other.Length));
            return text == other;
        }
        if (a is double or long or bool or BigInteger) return b is double or long or bool or BigInteger && (a is long x && b is long y ? x == y : CompareNumbers(a, b) == 0);
        if (a is null || b is null) return a is null && b is null;
        if (a is JinjaUndefined) return b is JinjaUndefined;
        if (ReferenceEquals(a, b)) return true;
        if ((a is PyList && b is PyList) || (a is PyTuple && b is PyTuple) || (a is PyRange && b is PyRange)) return SameItems((IPySequence)a, (IPySequence)b);
        if (a is PyDict left && b is PyDict right)
        {
            if (left.Count != right.Count) return false;
            state.Enter();
            bool same = left.All(p => right.TryGet(p.Key.Value, out object? value) && Equal(p.Value, value));
            state.Leave();
            return same;
        }
        return false;
    }

    private bool SameItems(IPySequence a, IPySequence b)
    {
        if (a.Count != b.Count) return false;
        state.Enter();
        bool same = true;
        for (int i = 0; same && i < a.Count; i++) same = Equal(a[i], b[i]);
        state.Leave();
        return same;
    }

    /// <summary>Order of two numbers; NaN is unordered (2).</summary>
    private static int CompareNumbers(object a, object b)
    {
        if (a is double x || b is double)
        {
            double left = a is double l ? l : double.NaN, right = b is double r ? r : double.NaN;
            if (a is double && b is double) return left < right ? -1 : left > right ? 1 : left == right ? 0 : 2;
            double real = a is double ? left : right;
            if (double.IsNaN(real)) return 2;
            if (double.IsInfinity(real)) return (real > 0) == (a is double) ? 1 : -1;
            // Exactly: the whole part first, then what is behind the point.
            BigInteger whole = PyNumbers.Whole(a is double ? b : a)!.Value;
            int order = new BigInteger(Math.Floor(real)).CompareTo(whole);
            if (order == 0 && real != Math.Floor(real)) order = 1;
            return a is double ? order : -order;
        }
        return PyNumbers.Whole(a)!.Value.CompareTo(PyNumbers.Whole(b)!.Value);
    }

    /// <summary>Whether a is before b, by one of the operators.</summary>
    public bool Ordered(string op, object? a, object? b)
    {
        int order = Compare(op, a, b);
        return order != 2 && op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private int Compare(string op, object? a, object? b)
    {
        state.Step();
        Defined(a);
        Defined(b);
        if (AsText(a) is { } text && AsText(b) is { } other)
        {
            state.Scan(Math.Min(text.Length, other.Length));
            return PyText.Compare(text, other);
        }
        if (a is double or long or bool or BigInteger && b is double or long or bool or BigInteger) return CompareNumbers(a, b);
        if ((a is PyList && b is PyList) || (a is PyTuple && b is PyTuple))
        {
            var (left, right) = ((IPySequence)a, (IPySequence)b);
            state.Enter();
            for (int i = 0; i < left.Count && i < right.Count; i++)
                if (!Equal(left[i], right[i]))
                {
                    int order = Compare(op, left[i], right[i]);
                    state.Leave();
                    return order;
                }
            state.Leave();
            return left.Count.CompareTo(right.Count);
        }
        throw Fail($"'{op}' not supported between instances of '{TypeName(a)}' and '{TypeName(b)}'");
    }

    /// <summary>A stable order that asks only which of two is less: values may turn out to have no order.</summary>
    public static List<T> Sorted<T>(List<T> items, Func<T, T, bool> less)
    {
        if (items.Count < 2) return items;
        int half = items.Count / 2;
        List<T> left = Sorted(items[..half], less), right = Sorted(items[half..], less), sorted = new(items.Count);
        for (int i = 0, j = 0; i < left.Count || j < right.Count;)
            sorted.Add(i == left.Count || (j < right.Count && less(right[j], left[i])) ? right[j++] : left[i++]);
        return sorted;
    }

    /// <summary>The value, which must be there.</summary>
    public object? Defined(object? value) => value is JinjaUndefined nothing ? throw Fail(nothing.Message) : value;

    public bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string or PyMarkup:
                string text = AsText(container)!;
                string part = AsText(item) ?? throw Fail($"'in <string>' requires string as left operand, not {TypeName(item)}");
                state.Scan(text.Length);
                return text.Contains(part, StringComparison.Ordinal);
            case PyDict dict:
                return dict.Contains(Hashable(item));
            case PyView { Kind: "keys" } view:
                return view.Dict.Contains(Hashable(item));
            case null or bool or long or double or BigInteger or PyFunction or PyNamespace or IPyObject { TypeName: not "LoopContext" }:
                throw Fail($"argument of type '{TypeName(container)}' is not iterable");
            default:
                foreach (object? own in Iterate(container))
                    if (Equal(own, item)) return true;
                return false;
        }
    }

    /// <summary>The items of a value, one after another.</summary>
    public IEnumerable<object?> Iterate(object? value)
    {
        switch (value)
        {
            case PyList list: return Counted(list.Items);
            case PyTuple tuple: return Counted(tuple.Items);
            case PyRange range: return Counted(Enumerable.Range(0, range.Count).Select(i => range[i]));
            case string or PyMarkup: return Counted(PyText.Characters(AsText(value)!));
            case PyDict dict: return Counted(dict.Keys);
            case PyView view: return Counted(view.Items);
            case JinjaUndefined: return [];
            case PyIterator iterator: return Counted(Remaining(iterator));
            case JinjaLoop loop: return loop.Turns();
            default: throw Fail($"'{TypeName(value)}' object is not iterable");
        }
    }

    private IEnumerable<object?> Counted(IEnumerable<object?> items)
    {
        foreach (object? item in items)
        {
            state.Step();
            yield return item;
        }
    }

    private static IEnumerable<object?> Remaining(PyIterator iterator)
    {
        while (iterator.Rest.MoveNext()) yield return iterator.Rest.Current;
    }

    /// <summary>All items as a list of their own.</summary>
    public List<object?> Items(object? value)
    {
        var items = new List<object?>();
        foreach (object? item in Iterate(value))
        {
            state.Items(1);
            items.Add(item);
        }
        return items;
    }

    /// <summary>len(): null where a value has none.</summary>
    public int? Length(object? value) => value switch
    {
        string s => Scanned(s),
        PyMarkup m => Scanned(m.Text),
        IPySequence list => list.Count,
        PyDict dict => dict.Count,
        PyView view => view.Dict.Count,
        JinjaUndefined => 0,
        JinjaLoop loop => (int)loop.Length,
        _ => null,
    };

    private int Scanned(string text)
    {
        state.Scan(text.Length);
        return PyText.Length(text);
    }

    /// <summary>The value, which must serve as a key.</summary>
    public object? Hashable(object? key)
    {
        if (key is PyTuple tuple)
        {
            state.Enter();
            foreach (object? item in tuple.Items) Hashable(item);
            state.Leave();
        }
        return key is PyList or PyDict or PyView ? throw Fail($"unhashable type: '{TypeName(key)}'") : key;
    }

    bool IEqualityComparer<PyKey>.Equals(PyKey a, PyKey b) => Equal(a.Value, b.Value);

    int IEqualityComparer<PyKey>.GetHashCode(PyKey key) => Hash(key.Value, 0);

    private static int Hash(object? value, int depth) => value switch
    {
        null => 0,
        string s => string.GetHashCode(s, StringComparison.Ordinal),
        PyMarkup m => string.GetHashCode(m.Text, StringComparison.Ordinal),
        bool or long or double or BigInteger => PyNumbers.Real(value)!.Value.GetHashCode(),
        JinjaUndefined => 1,
        PyTuple tuple => depth > 3 ? 2 : tuple.Items.Aggregate(3, (h, i) => HashCode.Combine(h, Hash(i, depth + 1))),
        _ => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value),
    };
}
