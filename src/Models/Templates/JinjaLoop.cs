namespace Pure.Tuner;

/// <summary>The variable "loop": where a loop is. It reads one item ahead only when asked for what comes.</summary>
internal sealed class JinjaLoop : IPyObject
{
    private readonly PyOps _values;
    private readonly Func<object?, int, string>? _recurse;
    private readonly long _depth;
    private IEnumerator<object?> _items;
    private object? _before = PyCall.Missing, _after = PyCall.Missing, _changed = PyCall.Missing;
    private long? _length;
    private long _index0 = -1;

    /// <param name="values">The rendering's values.</param>
    /// <param name="items">What is gone through.</param>
    /// <param name="length">How many, where that is known without reading them.</param>
    /// <param name="depth">0 outermost.</param>
    /// <param name="recurse">What a call does; null where the loop is not recursive.</param>
    public JinjaLoop(PyOps values, IEnumerable<object?> items, int? length, int depth, Func<object?, int, string>? recurse) =>
        (_values, _items, _length, _depth, _recurse) = (values, items.GetEnumerator(), length, depth, recurse);

    public object? Current { get; private set; } = PyCall.Missing;

    public string TypeName => "LoopContext";
    public string Text => $"<LoopContext {_index0 + 1}/{Length}>";

    /// <summary>Goes to the next item; false at the end.</summary>
    public bool Next()
    {
        object? item;
        if (!PyCall.IsMissing(_after)) (item, _after) = (_after, PyCall.Missing);
        else if (_items.MoveNext()) item = _items.Current;
        else return false;
        _index0++;
        (_before, Current) = (Current, item);
        return true;
    }

    /// <summary>How many items there are: reads the rest where it must.</summary>
    public long Length
    {
        get
        {
            if (_length is { } known) return known;
            var rest = new List<object?>();
            while (_items.MoveNext())
            {
                _values.State.Items(1);
                rest.Add(_items.Current);
            }
            _items = rest.GetEnumerator();
            _length = rest.Count + _index0 + 1 + (PyCall.IsMissing(_after) ? 0 : 1);
            return _length.Value;
        }
    }

    private object? After
    {
        get
        {
            if (PyCall.IsMissing(_after) && _items.MoveNext()) _after = _items.Current;
            return _after;
        }
    }

    /// <summary>The remaining items, each with the loop.</summary>
    public IEnumerable<object?> Turns()
    {
        while (Next()) yield return new PyTuple([Current, this]);
    }

    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "index" => _index0 + 1,
            "index0" => _index0,
            "revindex" => Length - _index0,
            "revindex0" => Length - _index0 - 1,
            "first" => _index0 == 0,
            "last" => PyCall.IsMissing(After),
            "length" => Length,
            "depth" => _depth + 1,
            "depth0" => _depth,
            "previtem" => _index0 == 0 ? new JinjaUndefined("there is no previous item") : _before,
            "nextitem" => PyCall.IsMissing(After) ? new JinjaUndefined("there is no next item") : After,
            "cycle" => new PyFunction(name, c => c.Positional.Count > 0 ? c.Positional[(int)(_index0 % c.Positional.Count)] : throw _values.Fail("no items for cycling given")),
            "changed" => new PyFunction(name, Changed),
            _ => PyCall.Missing,
        };
        return !PyCall.IsMissing(value);
    }

    public object? Call(PyCall call)
    {
        object? items = call.Bind(1, "iterable")[0];
        return _recurse is null ? throw _values.Fail("The loop must have the 'recursive' marker to be called recursively.") : _recurse(items, (int)_depth + 1);
    }

    private object? Changed(PyCall call)
    {
        var now = new PyTuple([.. call.Positional]);
        bool changed = PyCall.IsMissing(_changed) || !_values.Equal(_changed, now);
        if (changed) _changed = now;
        return changed;
    }
}
