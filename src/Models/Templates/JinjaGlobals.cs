namespace Pure.Tuner;

/// <summary>Functions that every template can call: Jinja2's, and transformers' raise_exception and strftime_now.</summary>
internal static class JinjaGlobals
{
    /// <summary>The function of a name, or null.</summary>
    public static object? Get(JinjaRenderer renderer, string name)
    {
        PyOps values = renderer.Values;
        return name switch
        {
            "range" => new PyFunction(name, c => Range(values, c)),
            "dict" => new PyFunction(name, c => Dict(values, c)),
            "namespace" => new PyFunction(name, c => new PyNamespace(Dict(values, c))),
            "cycler" => new PyFunction(name, c => c.Positional.Count > 0 ? new JinjaCycler(values, c.Positional) : throw values.Fail("at least one item has to be provided")),
            "joiner" => new PyFunction(name, c => Joiner(values.Text(PyStringMethods.Or(c.Bind(0, "sep")[0], ", ")))),
            "lipsum" => new PyFunction(name, _ => throw values.Fail("the function 'lipsum' is not supported: a template must always give the same text")),
            "raise_exception" => new PyFunction(name, c => throw values.Fail(values.Text(c.Bind(1, "message")[0]))),
            "strftime_now" => new PyFunction(name, c => values.State.Made(PyTime.Format(values, renderer.Now(), values.Str(c.Bind(1, "format")[0], name)))),
            _ => null,
        };
    }

    private static PyRange Range(PyOps values, PyCall call)
    {
        long At(int i) => PyNumbers.Whole(values.Defined(call.Positional[i])) is { } whole
            ? whole >= long.MinValue / 2 && whole <= long.MaxValue / 2 ? (long)whole : throw TooBig()
            : throw values.Fail($"'{PyOps.TypeName(call.Positional[i])}' object cannot be interpreted as an integer");
        JinjaException TooBig() => values.Fail($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({PyRange.Longest}).");
        if (call.Named.Count > 0) throw values.Fail("range() takes no keyword arguments");
        PyRange range = call.Positional.Count switch
        {
            1 => new PyRange(0, At(0), 1),
            2 => new PyRange(At(0), At(1), 1),
            3 => At(2) == 0 ? throw values.Fail("range() arg 3 must not be zero") : new PyRange(At(0), At(1), At(2)),
            var n => throw values.Fail($"range expected at {(n == 0 ? "least 1 argument" : "most 3 arguments")}, got {n}"),
        };
        return range.Count > PyRange.Longest ? throw TooBig() : range;
    }

    private static PyDict Dict(PyOps values, PyCall call)
    {
        if (call.Positional.Count > 1) throw values.Fail($"dict expected at most 1 argument, got {call.Positional.Count}");
        var dict = new PyDict(values);
        if (call.Positional.Count == 1)
        {
            object? from = call.Positional[0];
            if (from is PyDict own) dict = PyMethods.Copy(values, own);
            else
                foreach (object? pair in values.Iterate(from))
                {
                    List<object?> both = values.Items(pair);
                    if (both.Count != 2) throw values.Fail($"dictionary update sequence element #{dict.Count} has length {both.Count}; 2 is required");
                    dict[values.Hashable(both[0])] = both[1];
                }
        }
        values.State.Items(call.Named.Count * 2L);
        foreach ((string key, object? value) in call.Named) dict[key] = value;
        return dict;
    }

    private static PyFunction Joiner(string separator)
    {
        bool used = false;
        return new PyFunction("joiner", _ =>
        {
            bool first = !used;
            used = true;
            return first ? "" : separator;
        });
    }
}

/// <summary>What cycler() gives: its items in turn.</summary>
internal sealed class JinjaCycler(PyOps values, IReadOnlyList<object?> items) : IPyObject
{
    private int _at;

    public string TypeName => "Cycler";
    public string Text => "<jinja2.utils.Cycler object>";

    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "current" => items[_at],
            "items" => new PyTuple([.. items]),
            "pos" => (long)_at,
            "next" => new PyFunction(name, _ =>
            {
                object? item = items[_at];
                _at = (_at + 1) % items.Count;
                return item;
            }),
            "reset" => new PyFunction(name, _ =>
            {
                _at = 0;
                return null;
            }),
            _ => PyCall.Missing,
        };
        return !PyCall.IsMissing(value);
    }

    public object? Call(PyCall call) => throw values.Fail("'Cycler' object is not callable");
}
