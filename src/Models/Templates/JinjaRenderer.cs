using System.Text;

namespace Pure.Tuner;

/// <summary>Names and their values, one scope inside another.</summary>
internal sealed class JinjaScope(JinjaScope? outer)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public bool TryGet(string name, out object? value)
    {
        for (JinjaScope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._values.TryGetValue(name, out value)) return true;
        value = null;
        return false;
    }

    public JinjaScope? Outer => outer;

    public object? this[string name]
    {
        set => _values[name] = value;
    }
}

/// <summary>Renders the statements of a template once.</summary>
internal sealed partial class JinjaRenderer
{
    private enum Flow { On, Break, Continue }

    private const int MostText = 16_000_000;

    private readonly StringBuilder _root = new();
    private readonly JinjaScope _scope = new(null);
    private readonly Func<DateTime> _now;
    private readonly List<(int Start, int End)> _generation = [];

    public JinjaRenderer(JinjaLimits limits, Func<DateTime> now)
    {
        State = new JinjaState(limits);
        Values = new PyOps(State);
        _now = now;
    }

    public JinjaState State { get; }
    public PyOps Values { get; }

    /// <summary>Variables, to be filled before rendering.</summary>
    public JinjaScope Scope => _scope;

    /// <summary>Where generation blocks lie, in UTF-16 units.</summary>
    public IReadOnlyList<(int Start, int End)> Generation => _generation;

    public DateTime Now() => _now();

    /// <exception cref="JinjaException">The template fails, or takes too much.</exception>
    public string Render(JinjaStatement[] body)
    {
        Run(body, _scope, _root);
        return _root.ToString();
    }

    private void Write(StringBuilder output, string text)
    {
        State.Text(text.Length);
        if ((long)output.Length + text.Length > MostText) State.Text(long.MaxValue);
        output.Append(text);
    }

    private Flow Run(JinjaStatement[] body, JinjaScope scope, StringBuilder output)
    {
        State.Enter();
        Flow flow = Flow.On;
        foreach (JinjaStatement statement in body)
            if ((flow = Run(statement, scope, output)) != Flow.On) break;
        State.Leave();
        return flow;
    }

    private Flow Run(JinjaStatement statement, JinjaScope scope, StringBuilder output)
    {
        State.Line = statement.Line;
        switch (statement)
        {
            case JinjaData data:
                Write(output, data.Text);
                return Flow.On;
            case JinjaOutput print:
                Write(output, Values.Text(Evaluate(print.Value, scope)));
                return Flow.On;
            case JinjaIf choice:
                foreach ((JinjaExpression test, JinjaStatement[] body) in choice.Branches)
                    if (PyOps.IsTrue(Evaluate(test, scope))) return Run(body, scope, output);
                return Run(choice.Else, scope, output);
            case JinjaFor loop:
                return For(loop, scope, output);
            case JinjaSet set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Flow.On;
            case JinjaSetBlock set:
                return SetBlock(set, scope);
            case JinjaJump jump:
                return jump.Break ? Flow.Break : Flow.Continue;
            case JinjaMacroNode macro:
                scope[macro.Macro.Name] = new JinjaMacro(this, macro.Macro, scope);
                return Flow.On;
            case JinjaCallBlock call:
                Write(output, Values.Text(Call(call.Call, scope, new JinjaMacro(this, call.Caller, scope))));
                return Flow.On;
            case JinjaFilterBlock filter:
                return FilterBlock(filter, scope, output);
            case JinjaWith with:
                return With(with, scope, output);
            case JinjaGeneration generation:
                Generate(generation, scope, output);
                return Flow.On;
            case JinjaBlock block:
                Run(block.Body, new JinjaScope(block.Scoped ? scope : _scope), output);
                return Flow.On;
            case JinjaRefused refused:
                throw State.Fail($"the tag '{refused.Tag}' needs another template, and only this one is read");
            default:
                throw State.Fail($"there is no statement {statement.GetType().Name}");
        }
    }

    private Flow SetBlock(JinjaSetBlock set, JinjaScope scope)
    {
        var text = new StringBuilder();
        if (Run(set.Body, new JinjaScope(scope), text) is var flow and not Flow.On) return flow;
        object? value = text.ToString();
        Assign(set.Target, set.Filter is null ? value : Filter(set.Filter, value, scope), scope);
        return Flow.On;
    }

    private Flow FilterBlock(JinjaFilterBlock filter, JinjaScope scope, StringBuilder output)
    {
        var text = new StringBuilder();
        var inner = new JinjaScope(scope);
        if (Run(filter.Body, inner, text) is var flow and not Flow.On) return flow;
        Write(output, Values.Text(Filter(filter.Filter, text.ToString(), inner)));
        return Flow.On;
    }

    private Flow With(JinjaWith with, JinjaScope scope, StringBuilder output)
    {
        var inner = new JinjaScope(scope);
        foreach ((JinjaExpression target, JinjaExpression value) in with.Values) Assign(target, Evaluate(value, scope), inner);
        return Run(with.Body, inner, output);
    }

    private void Generate(JinjaGeneration generation, JinjaScope scope, StringBuilder output)
    {
        int start = _root.Length;
        var text = new StringBuilder();
        Run(generation.Body, new JinjaScope(scope), text);
        _generation.Add((start, start + text.Length));
        Write(output, text.ToString());
    }

    private Flow For(JinjaFor node, JinjaScope scope, StringBuilder output)
    {
        object? source = Evaluate(node.Source, scope);
        if (!node.Recursive) return Loop(node, source, scope, output, 0, null);
        Loop(node, source, scope, output, 0, Recurse);
        return Flow.On;

        string Recurse(object? items, int depth)
        {
            State.Enter();
            var text = new StringBuilder();
            Loop(node, items, scope, text, depth, Recurse);
            State.Leave();
            return text.ToString();
        }
    }

    private Flow Loop(JinjaFor node, object? source, JinjaScope scope, StringBuilder output, int depth, Func<object?, int, string>? recurse)
    {
        IEnumerable<object?> items = Values.Iterate(source);
        if (node.Filter is { } filter)
        {
            items = items.Where(item =>
            {
                var own = new JinjaScope(scope);
                Assign(node.Target, item, own);
                return PyOps.IsTrue(Evaluate(filter, own));
            });
        }
        var loop = new JinjaLoop(Values, items, node.Filter is null ? Values.Length(source) : null, depth, recurse);
        bool ranThrough = false;
        while (loop.Next())
        {
            var inner = new JinjaScope(scope);
            inner["loop"] = loop;
            Assign(node.Target, loop.Current, inner);
            Flow flow = Run(node.Body, inner, output);
            if (flow == Flow.Break) break;
            // As in the reference: a loop whose every turn is left early has its else rendered.
            ranThrough |= flow == Flow.On;
            State.Line = node.Line;
        }
        return ranThrough ? Flow.On : Run(node.Else, new JinjaScope(scope), output);
    }

    private void Assign(JinjaExpression target, object? value, JinjaScope scope)
    {
        switch (target)
        {
            case JinjaName name:
                scope[name.Name] = value;
                break;
            case JinjaNamespaceTarget attribute:
                if (!scope.TryGet(attribute.Namespace, out object? space) || space is not PyNamespace own) throw Values.Fail("cannot assign attribute on non-namespace object");
                State.Items(1);
                own.Attributes[attribute.Name] = value;
                break;
            case JinjaTupleNode tuple:
                int count = tuple.Items.Length;
                if (value is null or bool or long or double) throw Values.Fail($"cannot unpack non-iterable {PyOps.TypeName(value)} object");
                List<object?> items = Values.Items(value);
                if (items.Count != count) throw Values.Fail(items.Count > count ? $"too many values to unpack (expected {count})" : $"not enough values to unpack (expected {count}, got {items.Count})");
                for (int i = 0; i < count; i++) Assign(tuple.Items[i], items[i], scope);
                break;
            default:
                throw Values.Fail("this cannot be assigned to");
        }
    }
}
