using System.Text;

namespace Pure.Tuner;

internal sealed partial class JinjaRenderer
{
    /// <summary>The value of an expression.</summary>
    public object? Evaluate(JinjaExpression node, JinjaScope scope)
    {
        State.Enter();
        object? value = Value(node, scope);
        State.Leave();
        return value;
    }

    private object? Value(JinjaExpression node, JinjaScope scope)
    {
        switch (node)
        {
            case JinjaConstant constant: return constant.Value;
            case JinjaName name: return Named(name.Name, scope);
            case JinjaAttribute attribute: return Values.Attribute(Evaluate(attribute.Target, scope), attribute.Name);
            case JinjaItem item: return Item(item, scope);
            case JinjaFilterNode filter: return Filter(filter, Evaluate(filter.Target!, scope), scope);
            case JinjaTestNode test: return JinjaTests.Apply(this, test.Name, Evaluate(test.Target, scope), Arguments(test.Name, test.Arguments, scope));
            case JinjaCall call: return Call(call, scope, null);
            case JinjaConcat concat: return Concat(concat, scope);
            case JinjaCompare compare: return Compare(compare, scope);
            case JinjaBinary { Op: "and" } both: return Evaluate(both.Left, scope) is var left && !PyOps.IsTrue(left) ? left : Evaluate(both.Right, scope);
            case JinjaBinary { Op: "or" } either: return Evaluate(either.Left, scope) is var one && PyOps.IsTrue(one) ? one : Evaluate(either.Right, scope);
            case JinjaBinary binary: return Binary(binary, scope);
            case JinjaUnary { Op: "not" } not: return !PyOps.IsTrue(Evaluate(not.Operand, scope));
            case JinjaUnary unary: return Values.Unary(unary.Op, Evaluate(unary.Operand, scope));
            case JinjaConditional choice: return Choice(choice, scope);
            case JinjaListNode list: return new PyList(Several(list.Items, scope));
            case JinjaTupleNode tuple: return new PyTuple(Several(tuple.Items, scope));
            case JinjaDictNode dict: return Dict(dict, scope);
            default: throw State.Fail("this expression cannot stand here");
        }
    }

    private object? Named(string name, JinjaScope scope) => scope.TryGet(name, out object? value) ? value : JinjaGlobals.Get(this, name) ?? new JinjaUndefined($"'{name}' is undefined");

    private object? Item(JinjaItem item, JinjaScope scope)
    {
        object? target = Evaluate(item.Target, scope);
        if (item.Index is not JinjaSlice slice) return Values.Item(target, Evaluate(item.Index, scope));
        return Values.Slice(target, Part(slice.Start), Part(slice.Stop), Part(slice.Step));

        object? Part(JinjaExpression? part) => part is null ? null : Evaluate(part, scope);
    }

    private object? Binary(JinjaBinary node, JinjaScope scope)
    {
        object? left = Evaluate(node.Left, scope), right = Evaluate(node.Right, scope);
        State.Line = node.Line;
        return Values.Binary(node.Op, left, right);
    }

    private string Concat(JinjaConcat node, JinjaScope scope)
    {
        var text = new StringBuilder();
        foreach (object? value in Several(node.Parts, scope)) Write(text, Values.Text(value));
        return text.ToString();
    }

    private object? Compare(JinjaCompare node, JinjaScope scope)
    {
        object? left = Evaluate(node.First, scope);
        bool holds = true;
        foreach ((string op, JinjaExpression operand) in node.Rest)
        {
            object? right = Evaluate(operand, scope);
            holds = op switch
            {
                "==" => Values.Equal(left, right),
                "!=" => !Values.Equal(left, right),
                "in" => Values.Contains(right, left),
                "not in" => !Values.Contains(right, left),
                _ => Values.Ordered(op, left, right),
            };
            if (!holds) return false;
            left = right;
        }
        return holds;
    }

    private object? Choice(JinjaConditional node, JinjaScope scope) =>
        PyOps.IsTrue(Evaluate(node.Test, scope)) ? Evaluate(node.Then, scope)
        : node.Else is { } other ? Evaluate(other, scope)
        : new JinjaUndefined($"the inline if-expression on line {node.Line} evaluated to false and no else section was defined.");

    private object?[] Several(JinjaExpression[] nodes, JinjaScope scope)
    {
        State.Items(nodes.Length);
        var values = new object?[nodes.Length];
        for (int i = 0; i < nodes.Length; i++) values[i] = Evaluate(nodes[i], scope);
        return values;
    }

    private PyDict Dict(JinjaDictNode node, JinjaScope scope)
    {
        State.Items(node.Items.Length * 2L);
        var dict = new PyDict(Values);
        foreach ((JinjaExpression key, JinjaExpression value) in node.Items) dict[Values.Hashable(Evaluate(key, scope))] = Evaluate(value, scope);
        return dict;
    }

    private object? Filter(JinjaFilterNode node, object? value, JinjaScope scope)
    {
        // A block's filters nest: the innermost takes the block.
        if (node.Target is JinjaFilterNode inner && IsOpen(inner)) value = Filter(inner, value, scope);
        PyCall call = Arguments(node.Name, node.Arguments, scope);
        State.Line = node.Line;
        return JinjaFilters.Apply(this, node.Name, value, call);
    }

    private static bool IsOpen(JinjaFilterNode node)
    {
        while (node.Target is JinjaFilterNode inner) node = inner;
        return node.Target is null;
    }

    private PyCall Arguments(string name, JinjaCallArguments arguments, JinjaScope scope, object? caller = null)
    {
        if (ReferenceEquals(arguments, JinjaCallArguments.None) && caller is null) return new PyCall(Values, name, []);
        var positional = new List<object?>(Several(arguments.Positional, scope));
        var named = new List<KeyValuePair<string, object?>>();
        foreach ((string key, JinjaExpression value) in arguments.Named) Add(key, Evaluate(value, scope));
        if (caller is not null) Add("caller", caller);
        if (arguments.MorePositional is { } more) positional.AddRange(Values.Items(Evaluate(more, scope)));
        if (arguments.MoreNamed is { } moreNamed)
        {
            if (Evaluate(moreNamed, scope) is not PyDict dict) throw Values.Fail($"{name}() argument after ** must be a mapping");
            foreach ((PyKey key, object? value) in dict) Add(Values.Str(key.Value, "keywords must be strings"), value);
        }
        return new PyCall(Values, name, positional, named);

        void Add(string key, object? value)
        {
            if (named.Exists(n => n.Key == key)) throw Values.Fail($"{name}() got multiple values for keyword argument '{key}'");
            State.Items(1);
            named.Add(new(key, value));
        }
    }

    private object? Call(JinjaCall node, JinjaScope scope, JinjaMacro? caller)
    {
        object? target = Evaluate(node.Target, scope);
        PyCall call = Arguments(PyOps.TypeName(target), node.Arguments, scope, caller);
        State.Line = node.Line;
        return Values.Call(target, call.Positional, call.Named);
    }

    /// <summary>The text of a macro's body.</summary>
    internal string RunMacro(JinjaSignature macro, JinjaScope scope)
    {
        State.Enter();
        int line = State.Line;
        var text = new StringBuilder();
        Run(macro.Body, scope, text);
        State.Line = line;
        State.Leave();
        return text.ToString();
    }
}
