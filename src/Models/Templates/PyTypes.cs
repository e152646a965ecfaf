using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Pure.Tuner;

// Values of a template are null, bool, long, BigInteger, double, string and the types of this file, which no template can change.

/// <summary>What has items by number: list, tuple, range.</summary>
internal interface IPySequence
{
    int Count { get; }
    object? this[int index] { get; }
}

internal sealed class PyList(IReadOnlyList<object?> items) : IPySequence
{
    public IReadOnlyList<object?> Items => items;
    public int Count => items.Count;
    public object? this[int index] => items[index];
}

/// <summary>A tuple; with names for what groupby gives.</summary>
internal sealed class PyTuple(object?[] items, string[]? names = null) : IPySequence
{
    public object?[] Items => items;
    public string[]? Names => names;
    public int Count => items.Length;
    public object? this[int index] => items[index];
}

internal sealed class PyRange(long start, long stop, long step) : IPySequence
{
    /// <summary>As the sandbox of the reference bounds it.</summary>
    public const int Longest = 100_000;

    public long Start => start;
    public long Stop => stop;
    public long Step => step;
    public int Count { get; } = (int)Int128.Clamp(step > 0 ? ((Int128)stop - start + step - 1) / step : ((Int128)start - stop - step - 1) / -(Int128)step, 0, int.MaxValue);
    public object? this[int index] => start + index * step;
}

/// <summary>A key of a dict: 1, 1.0 and true are the same key.</summary>
internal readonly record struct PyKey(object? Value);

/// <summary>A dict, in the order of insertion.</summary>
internal sealed class PyDict : IEnumerable<KeyValuePair<PyKey, object?>>
{
    private readonly OrderedDictionary<PyKey, object?> _items;

    /// <param name="values">Says which keys are equal.</param>
    public PyDict(PyOps values) => _items = new(values);

    public int Count => _items.Count;
    public IEnumerable<object?> Keys => _items.Keys.Select(k => k.Value);
    public IEnumerable<object?> Values => _items.Values;

    public object? this[object? key]
    {
        set => _items[new PyKey(key)] = value;
    }

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(new PyKey(key), out value);
    public bool Remove(object? key, [MaybeNullWhen(false)] out object? value) => _items.Remove(new PyKey(key), out value);
    public bool Contains(object? key) => _items.ContainsKey(new PyKey(key));
    public IEnumerator<KeyValuePair<PyKey, object?>> GetEnumerator() => _items.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What dict.keys(), values() and items() give.</summary>
/// <param name="dict">Of what.</param>
/// <param name="kind">"keys", "values" or "items".</param>
internal sealed class PyView(PyDict dict, string kind)
{
    public string Kind => kind;
    public PyDict Dict => dict;
    public IEnumerable<object?> Items => kind switch
    {
        "keys" => dict.Keys,
        "values" => dict.Values,
        _ => dict.Select(p => (object?)new PyTuple([p.Key.Value, p.Value])),
    };
}

/// <summary>What gives its items once: a generator, or another iterator of Python.</summary>
internal sealed class PyIterator(IEnumerable<object?> items, string type = "generator")
{
    public string Type => type;
    public IEnumerator<object?> Rest { get; } = items.GetEnumerator();
}

/// <summary>Text that counts as escaped already.</summary>
internal sealed record PyMarkup(string Text);

/// <summary>What namespace() gives: the one thing that a template can change.</summary>
internal sealed class PyNamespace(PyDict attributes)
{
    public PyDict Attributes => attributes;
}

/// <summary>Something to call.</summary>
internal sealed class PyFunction(string name, Func<PyCall, object?> call)
{
    public string Name => name;
    public object? Call(PyCall arguments) => call(arguments);
}

/// <summary>An object with attributes of its own: a loop, a macro, a cycler.</summary>
internal interface IPyObject
{
    string TypeName { get; }
    /// <summary>False where there is no such attribute.</summary>
    bool TryGet(string name, out object? value);
    object? Call(PyCall call);
    string Text { get; }
}

/// <summary>What a name or an item gives that is not there: prints as nothing; most else fails with the message.</summary>
internal sealed class JinjaUndefined(string message)
{
    public string Message => message;
}

/// <summary>The arguments of one call, as given.</summary>
internal sealed class PyCall(PyOps values, string name, IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>>? named = null)
{
    /// <summary>Stands for an argument that was not given.</summary>
    public static object Missing { get; } = new();

    public PyOps Values => values;
    public string Name => name;
    public IReadOnlyList<object?> Positional => positional;
    public IReadOnlyList<KeyValuePair<string, object?>> Named => named ?? [];

    public PyCall Renamed(string to) => new(values, to, positional, named);

    /// <summary>Arguments by a function's parameters; <see cref="Missing"/> where one was not given.</summary>
    /// <param name="required">How many of the first must be given.</param>
    /// <param name="parameters">Names.</param>
    public object?[] Bind(int required, params ReadOnlySpan<string> parameters)
    {
        var bound = new object?[parameters.Length];
        Array.Fill(bound, Missing);
        if (positional.Count > parameters.Length) throw values.Fail($"{name}() takes {parameters.Length} {(parameters.Length == 1 ? "argument" : "arguments")} but {positional.Count} were given");
        for (int i = 0; i < positional.Count; i++) bound[i] = positional[i];
        foreach ((string key, object? value) in Named)
        {
            int at = parameters.IndexOf(key);
            if (at < 0) throw values.Fail($"{name}() got an unexpected keyword argument '{key}'");
            if (!IsMissing(bound[at])) throw values.Fail($"{name}() got multiple values for argument '{key}'");
            bound[at] = value;
        }
        for (int i = 0; i < required; i++)
            if (IsMissing(bound[i])) throw values.Fail($"{name}() misses the argument '{parameters[i]}'");
        return bound;
    }

    public static bool IsMissing(object? value) => ReferenceEquals(value, Missing);
}
