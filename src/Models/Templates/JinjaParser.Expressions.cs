namespace Pure.Tuner;

internal sealed partial class JinjaParser
{
    private static readonly string[] s_comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private JinjaExpression Expression(bool conditional = true)
    {
        Enter();
        JinjaExpression parsed = conditional ? Conditional() : Binary(0);
        _depth--;
        return parsed;
    }

    private JinjaExpression Conditional()
    {
        int line = Current.Line, from = _unknown.Count;
        JinjaExpression value = Binary(0);
        while (SkipName("if"))
        {
            _unknown.RemoveRange(from, _unknown.Count - from);
            (JinjaExpression test, JinjaExpression? other) = Soft(() => (Binary(0), SkipName("else") ? Expression() : null));
            value = new JinjaConditional(test, value, other, line);
            line = Current.Line;
        }
        return value;
    }

    /// <summary>From the loosest to the tightest: or, and, not, comparisons, + -, ~, * / // %, **.</summary>
    private JinjaExpression Binary(int level)
    {
        int line = Current.Line;
        if (level == 2)
        {
            if (!SkipName("not")) return Comparison();
            Enter();
            var not = new JinjaUnary("not", Binary(2), line);
            _depth--;
            return not;
        }
        JinjaExpression left = Tighter(level);
        while (OperatorAt(level) is { } op)
        {
            _at++;
            if (level == 4) left = Concat(left, line);
            else left = new JinjaBinary(op, left, Tighter(level), line);
            line = Current.Line;
        }
        return left;
    }

    private JinjaExpression Tighter(int level) => level == 6 ? Unary(filters: true) : Binary(level + 1);

    private string? OperatorAt(int level) => level switch
    {
        0 => Current.IsName("or") ? "or" : null,
        1 => Current.IsName("and") ? "and" : null,
        3 => Current.Kind == JinjaTokenKind.Operator && (Current.Text is "+" or "-") ? Current.Text : null,
        4 => Current.IsOperator("~") ? "~" : null,
        5 => Current.Kind == JinjaTokenKind.Operator && (Current.Text is "*" or "/" or "//" or "%") ? Current.Text : null,
        _ => Current.IsOperator("**") ? "**" : null,
    };

    private JinjaConcat Concat(JinjaExpression first, int line)
    {
        var parts = new List<JinjaExpression> { first, Tighter(4) };
        while (SkipOperator("~")) parts.Add(Tighter(4));
        return new JinjaConcat([.. parts], line);
    }

    private JinjaExpression Comparison()
    {
        int line = Current.Line;
        JinjaExpression first = Binary(3);
        var rest = new List<(string, JinjaExpression)>();
        while (true)
        {
            string op;
            if (Current.Kind == JinjaTokenKind.Operator && s_comparisons.Contains(Current.Text)) op = Next().Text;
            else if (SkipName("in")) op = "in";
            else if (Current.IsName("not") && Ahead.IsName("in")) (op, _at) = ("not in", _at + 2);
            else break;
            rest.Add((op, Binary(3)));
        }
        return rest.Count == 0 ? first : new JinjaCompare(first, [.. rest], line);
    }

    private JinjaExpression Unary(bool filters)
    {
        int line = Current.Line;
        JinjaExpression value;
        if (Current.IsOperator("-") || Current.IsOperator("+"))
        {
            string op = Next().Text;
            Enter();
            value = new JinjaUnary(op, Unary(filters: false), line);
            _depth--;
        }
        else value = Primary();
        value = Postfix(value);
        return filters ? Filters(value) : value;
    }

    private JinjaExpression Primary()
    {
        JinjaToken token = Current;
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                _at++;
                if (!IsConstant(token.Text))
                {
                    Used(token.Text);
                    return new JinjaName(token.Text, token.Line);
                }
                return new JinjaConstant(token.Text is "true" or "True" ? true : token.Text is "false" or "False" ? false : null, token.Line);
            case JinjaTokenKind.String:
                var text = new System.Text.StringBuilder();
                while (Current.Kind == JinjaTokenKind.String) text.Append((string)Next().Value!);
                return new JinjaConstant(text.ToString(), token.Line);
            case JinjaTokenKind.Integer or JinjaTokenKind.Float:
                _at++;
                return new JinjaConstant(token.Value, token.Line);
            case JinjaTokenKind.Operator when token.Text == "(":
                _at++;
                JinjaExpression inner = Tuple(parentheses: true);
                Expect(")");
                return inner;
            case JinjaTokenKind.Operator when token.Text == "[":
                _at++;
                return new JinjaListNode([.. Items("]")], token.Line);
            case JinjaTokenKind.Operator when token.Text == "{":
                return Dict();
            case JinjaTokenKind.End:
                throw Fail("unexpected end of template");
            default:
                throw Fail($"unexpected '{token}'");
        }
    }

    private List<JinjaExpression> Items(string end)
    {
        var items = new List<JinjaExpression>();
        while (!Current.IsOperator(end))
        {
            if (items.Count > 0) Expect(",");
            if (Current.IsOperator(end)) break;
            items.Add(Expression());
        }
        Expect(end);
        return items;
    }

    private JinjaDictNode Dict()
    {
        int line = Next().Line;
        var items = new List<(JinjaExpression, JinjaExpression)>();
        while (!Current.IsOperator("}"))
        {
            if (items.Count > 0) Expect(",");
            if (Current.IsOperator("}")) break;
            JinjaExpression key = Expression();
            Expect(":");
            items.Add((key, Expression()));
        }
        Expect("}");
        return new JinjaDictNode([.. items], line);
    }

    /// <summary>One expression, or several with commas, which make a tuple.</summary>
    /// <param name="conditional">Whether "a if b" may stand there.</param>
    /// <param name="end">A name that ends it too.</param>
    /// <param name="parentheses">Inside parentheses it may be empty.</param>
    private JinjaExpression Tuple(bool conditional = true, string? end = null, bool parentheses = false)
    {
        int line = Current.Line;
        var items = new List<JinjaExpression>();
        bool tuple = false;
        while (true)
        {
            if (items.Count > 0) Expect(",");
            if (Current.Kind is JinjaTokenKind.BlockEnd or JinjaTokenKind.VariableEnd || Current.IsOperator(")") || (end is not null && Current.IsName(end))) break;
            items.Add(Expression(conditional));
            if (!Current.IsOperator(",")) break;
            tuple = true;
        }
        if (!tuple && items.Count > 0) return items[0];
        return tuple || parentheses ? new JinjaTupleNode([.. items], line) : throw Fail($"Expected an expression, got '{Current}'");
    }

    private JinjaExpression Postfix(JinjaExpression value)
    {
        while (Current.Kind == JinjaTokenKind.Operator)
        {
            if (Current.Text is "." or "[") value = Subscript(value);
            else if (Current.Text == "(") value = new JinjaCall(value, CallArguments(), value.Line);
            else break;
        }
        return value;
    }

    private JinjaExpression Subscript(JinjaExpression target)
    {
        JinjaToken token = Next();
        if (token.Text == ".")
        {
            JinjaToken name = Next();
            return name.Kind switch
            {
                JinjaTokenKind.Name => new JinjaAttribute(target, name.Text, token.Line),
                JinjaTokenKind.Integer => new JinjaItem(target, new JinjaConstant(name.Value, token.Line), token.Line),
                _ => throw Fail("expected name or number", token.Line),
            };
        }
        var indices = new List<JinjaExpression>();
        while (!Current.IsOperator("]"))
        {
            if (indices.Count > 0) Expect(",");
            indices.Add(Index());
        }
        Expect("]");
        JinjaExpression index = indices.Count == 1 ? indices[0] : new JinjaTupleNode([.. indices], token.Line);
        return new JinjaItem(target, index, token.Line);
    }

    private JinjaExpression Index()
    {
        int line = Current.Line;
        JinjaExpression? start = Current.IsOperator(":") ? null : Expression();
        if (!SkipOperator(":")) return start ?? throw Fail($"unexpected '{Current}'");
        bool Ends() => Current.IsOperator("]") || Current.IsOperator(",");
        JinjaExpression? stop = Ends() || Current.IsOperator(":") ? null : Expression();
        JinjaExpression? step = SkipOperator(":") && !Ends() ? Expression() : null;
        return new JinjaSlice(start, stop, step, line);
    }

    private JinjaCallArguments CallArguments()
    {
        Expect("(");
        var positional = new List<JinjaExpression>();
        var named = new List<(string, JinjaExpression)>();
        JinjaExpression? more = null, moreNamed = null;
        bool first = true;
        while (!Current.IsOperator(")"))
        {
            if (!first)
            {
                Expect(",");
                if (Current.IsOperator(")")) break;
            }
            first = false;
            if (Current.IsOperator("*") && more is null && moreNamed is null)
            {
                _at++;
                more = Expression();
            }
            else if (Current.IsOperator("**") && moreNamed is null)
            {
                _at++;
                moreNamed = Expression();
            }
            else if (Current.Kind == JinjaTokenKind.Name && Ahead.IsOperator("=") && moreNamed is null)
            {
                string name = Next().Text;
                _at++;
                named.Add((name, Expression()));
            }
            else if (named.Count == 0 && more is null && moreNamed is null) positional.Add(Expression());
            else throw Fail("invalid syntax for function call expression");
        }
        Expect(")");
        return new JinjaCallArguments([.. positional], [.. named], more, moreNamed);
    }

    /// <summary>Filters, tests and calls behind an expression; with no expression, the filters of a block.</summary>
    private JinjaExpression Filters(JinjaExpression? value, bool inline = false)
    {
        bool block = value is null;
        while (true)
        {
            JinjaToken token = Current;
            if (inline || token.IsOperator("|"))
            {
                if (!inline) _at++;
                inline = false;
                string name = DottedName();
                if (!JinjaFilters.Exists(name)) _unknown.Add(Fail($"No filter named '{name}'.", token.Line));
                value = new JinjaFilterNode(value, name, Current.IsOperator("(") ? CallArguments() : JinjaCallArguments.None, token.Line);
            }
            else if (!block && token.IsName("is")) value = Test(value!);
            else if (!block && token.IsOperator("(")) value = new JinjaCall(value!, CallArguments(), token.Line);
            else return value ?? throw Fail($"unexpected '{token}'");
        }
    }

    private string DottedName()
    {
        string name = ExpectName();
        while (SkipOperator(".")) name += "." + ExpectName();
        return name;
    }

    private JinjaExpression Test(JinjaExpression value)
    {
        int line = Next().Line;
        bool negated = SkipName("not");
        string name = DottedName();
        if (!JinjaTests.Exists(name)) _unknown.Add(Fail($"No test named '{name}'.", line));
        JinjaCallArguments arguments = JinjaCallArguments.None;
        JinjaToken token = Current;
        if (token.IsOperator("(")) arguments = CallArguments();
        else if ((token.Kind is JinjaTokenKind.Name or JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float || token.IsOperator("[") || token.IsOperator("{"))
            && !token.IsName("else") && !token.IsName("or") && !token.IsName("and"))
        {
            if (token.IsName("is")) throw Fail("You cannot chain multiple tests with is");
            arguments = new JinjaCallArguments([Postfix(Primary())], [], null, null);
        }
        JinjaExpression test = new JinjaTestNode(value, name, arguments, line);
        return negated ? new JinjaUnary("not", test, line) : test;
    }
}
