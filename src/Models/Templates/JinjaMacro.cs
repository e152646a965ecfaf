namespace Pure.Tuner;

/// <summary>A macro, or the body of a call block: a function that gives text.</summary>
/// <param name="renderer">The rendering it belongs to.</param>
/// <param name="macro">Parameters and body.</param>
/// <param name="scope">Where it was defined.</param>
internal sealed class JinjaMacro(JinjaRenderer renderer, JinjaSignature macro, JinjaScope scope) : IPyObject
{
    private bool TakesCaller => macro.Uses.Contains("caller") || macro.Parameters.Contains("caller");

    public string TypeName => "Macro";
    public string Text => $"<Macro {PyText.Repr(macro.Name)}>";

    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "name" => macro.Name,
            "arguments" => new PyTuple([.. macro.Parameters]),
            "catch_kwargs" => macro.Uses.Contains("kwargs"),
            "catch_varargs" => macro.Uses.Contains("varargs"),
            "caller" => macro.Uses.Contains("caller"),
            _ => PyCall.Missing,
        };
        return !PyCall.IsMissing(value);
    }

    public object? Call(PyCall call)
    {
        PyOps values = call.Values;
        var inner = new JinjaScope(scope);
        var named = new List<KeyValuePair<string, object?>>(call.Named);
        var missing = new List<int>();
        for (int i = 0; i < macro.Parameters.Length; i++)
        {
            string name = macro.Parameters[i];
            if (i < call.Positional.Count) inner[name] = call.Positional[i];
            else if (named.FindIndex(n => n.Key == name) is var at and >= 0)
            {
                inner[name] = named[at].Value;
                named.RemoveAt(at);
            }
            else missing.Add(i);
        }
        if (TakesCaller && !macro.Parameters.Contains("caller"))
        {
            int at = named.FindIndex(n => n.Key == "caller");
            inner["caller"] = at >= 0 ? named[at].Value : new JinjaUndefined("No caller defined");
            if (at >= 0) named.RemoveAt(at);
        }
        if (macro.Uses.Contains("kwargs") && !macro.Parameters.Contains("kwargs"))
        {
            var more = new PyDict(values);
            foreach ((string key, object? value) in named) more[key] = value;
            inner["kwargs"] = more;
        }
        else if (named.Count > 0) throw values.Fail($"macro {PyText.Repr(macro.Name)} takes no keyword argument {PyText.Repr(named[0].Key)}");
        if (macro.Uses.Contains("varargs") && !macro.Parameters.Contains("varargs")) inner["varargs"] = new PyTuple([.. call.Positional.Skip(macro.Parameters.Length)]);
        else if (call.Positional.Count > macro.Parameters.Length) throw values.Fail($"macro {PyText.Repr(macro.Name)} takes not more than {macro.Parameters.Length} argument(s)");
        foreach (int i in missing)
        {
            int at = i - (macro.Parameters.Length - macro.Defaults.Length);
            inner[macro.Parameters[i]] = at >= 0 ? renderer.Evaluate(macro.Defaults[at], inner) : new JinjaUndefined($"parameter '{macro.Parameters[i]}' was not provided");
        }
        return renderer.RunMacro(macro, inner);
    }
}
