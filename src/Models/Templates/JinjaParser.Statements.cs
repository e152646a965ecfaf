namespace Pure.Tuner;

internal sealed partial class JinjaParser
{
    private IEnumerable<JinjaStatement> Statement(string[] ends)
    {
        JinjaToken token = Current;
        if (token.Kind != JinjaTokenKind.Name) throw Fail("tag name expected");
        _at++;
        return token.Text switch
        {
            "for" => [For(token.Line)],
            "if" => [If(token.Line)],
            "set" => [Set(token.Line)],
            "macro" => [new JinjaMacroNode(Signature(ParameterName(), "endmacro"), token.Line)],
            "call" => [CallBlock(token.Line)],
            "filter" => [FilterBlock(token.Line)],
            "with" => [With(token.Line)],
            "generation" => [new JinjaGeneration(FunctionBody("endgeneration"), token.Line)],
            "block" => [Block(token.Line)],
            "print" => Print(token.Line),
            "break" or "continue" => [Jump(token)],
            "include" or "import" or "from" or "extends" => [Refused(token)],
            "autoescape" => throw Fail("the tag 'autoescape' is not supported: chat templates are plain text", token.Line),
            _ => throw UnknownTag(token, ends),
        };
    }

    private static JinjaException UnknownTag(JinjaToken token, string[] ends) => new(
        $"Encountered unknown tag '{token.Text}'." + (ends.Length == 0 ? "" : $" Jinja was looking for the following tags: {string.Join(" or ", ends.Select(e => $"'{e}'"))}."), token.Line);

    private JinjaFor For(int line)
    {
        JinjaExpression target = Target("in");
        if (NamesOf(target).Contains("loop")) throw Fail("Can't assign to special loop variable in for-loop target", line);
        ExpectName("in");
        JinjaExpression source = Tuple(conditional: false, end: "recursive");
        (JinjaExpression? filter, bool recursive, JinjaStatement[] body, JinjaStatement[] other) = (null, false, [], []);
        Inner(() =>
        {
            if (SkipName("if")) filter = Expression();
            recursive = SkipName("recursive");
            _loops++;
            body = Body("endfor", "else");
            _loops--;
            return 0;
        });
        if (Next().Text == "else")
        {
            int loops = _loops;
            if (recursive) _loops = 0;
            other = Inner(() => Body("endfor"));
            _loops = loops;
        }
        return new JinjaFor(target, source, filter, recursive, body, other, line);
    }

    private JinjaIf If(int line)
    {
        var branches = new List<(JinjaExpression, JinjaStatement[])>();
        while (true)
        {
            branches.Add(Soft(() => (Tuple(conditional: false), Body("elif", "else", "endif"))));
            string tag = Next().Text;
            if (tag == "elif") continue;
            return new JinjaIf([.. branches], tag == "else" ? Soft(() => Body("endif")) : [], line);
        }
    }

    private JinjaStatement Set(int line)
    {
        JinjaExpression target = Target(null, withNamespace: true);
        if (SkipOperator("=")) return new JinjaSet(target, Tuple(), line);
        JinjaFilterNode? filter = Current.IsOperator("|") ? (JinjaFilterNode?)Filters(null) : null;
        return new JinjaSetBlock(target, filter, Inner(() => Body("endset")), line);
    }

    private string ParameterName()
    {
        JinjaToken token = Current;
        string name = ExpectName();
        return IsConstant(name) ? throw Fail($"can't assign to '{name}'", token.Line) : name;
    }

    private JinjaSignature Signature(string name, string end, bool optional = false)
    {
        var names = new List<string>();
        var defaults = new List<JinjaExpression>();
        _uses.Push([]);
        if (!optional || Current.IsOperator("("))
        {
            Expect("(");
            while (!Current.IsOperator(")"))
            {
                if (names.Count > 0) Expect(",");
                names.Add(ParameterName());
                if (SkipOperator("=")) defaults.Add(Expression());
                else if (defaults.Count > 0) throw Fail("non-default argument follows default argument");
            }
            Expect(")");
        }
        return new JinjaSignature(name, [.. names], [.. defaults], end.Length > 0 ? FunctionBody(end) : [], PopUses());
    }

    private HashSet<string> PopUses()
    {
        HashSet<string> used = _uses.Pop();
        if (_uses.TryPeek(out HashSet<string>? outer)) outer.UnionWith(used);
        return used;
    }

    private JinjaCallBlock CallBlock(int line)
    {
        JinjaSignature head = Signature("caller", "", optional: true);
        if (Expression() is not JinjaCall call) throw Fail("expected call", line);
        _uses.Push([]);
        JinjaStatement[] body = FunctionBody("endcall");
        return new JinjaCallBlock(call, head with { Body = body, Uses = PopUses() }, line);
    }

    private JinjaFilterBlock FilterBlock(int line)
    {
        var filter = (JinjaFilterNode)Filters(null, inline: true);
        return new JinjaFilterBlock(filter, Inner(() => Body("endfilter")), line);
    }

    private JinjaWith With(int line)
    {
        var values = new List<(JinjaExpression, JinjaExpression)>();
        while (Current.Kind != JinjaTokenKind.BlockEnd)
        {
            if (values.Count > 0) Expect(",");
            JinjaExpression target = Target(null);
            Expect("=");
            values.Add((target, Expression()));
        }
        return new JinjaWith([.. values], Inner(() => Body("endwith")), line);
    }

    private JinjaBlock Block(int line)
    {
        string name = ExpectName();
        if (!_blocks.Add(name)) throw Fail($"block '{name}' defined twice", line);
        bool scoped = SkipName("scoped");
        if (SkipName("required")) throw Fail("Required blocks need a template that fills them, and other templates are not read", line);
        if (Current.IsOperator("-")) throw Fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.");
        SkipOperator(":");
        ExpectBlockEnd();
        int loops = _loops;
        _loops = 0;
        JinjaStatement[] body = Inner(() => Statements(["endblock"]));
        _loops = loops;
        _at++;
        SkipName(name);
        return new JinjaBlock(name, scoped, body, line);
    }

    private List<JinjaStatement> Print(int line)
    {
        var outputs = new List<JinjaStatement>();
        while (Current.Kind != JinjaTokenKind.BlockEnd)
        {
            if (outputs.Count > 0) Expect(",");
            outputs.Add(new JinjaOutput(Expression(), line));
        }
        return outputs;
    }

    private JinjaJump Jump(JinjaToken token) =>
        _loops > 0 ? new JinjaJump(token.Text == "break", token.Line) : throw Fail($"'{token.Text}' outside loop", token.Line);

    private JinjaRefused Refused(JinjaToken token)
    {
        while (Current.Kind is not (JinjaTokenKind.BlockEnd or JinjaTokenKind.End)) _at++;
        return new JinjaRefused(token.Text, token.Line);
    }

    /// <summary>What is assigned to: a name, several, or a namespace's attribute.</summary>
    private JinjaExpression Target(string? end, bool withNamespace = false)
    {
        int line = Current.Line;
        var items = new List<JinjaExpression>();
        bool tuple = false;
        while (true)
        {
            if (items.Count > 0) Expect(",");
            if (Current.Kind is JinjaTokenKind.BlockEnd or JinjaTokenKind.VariableEnd || Current.IsOperator(")") || (end is not null && Current.IsName(end))) break;
            items.Add(SingleTarget(withNamespace));
            if (!Current.IsOperator(",")) break;
            tuple = true;
        }
        return tuple ? new JinjaTupleNode([.. items], line) : items.Count > 0 ? items[0] : throw Fail($"Expected an expression, got '{Current}'");
    }

    private JinjaExpression SingleTarget(bool withNamespace)
    {
        JinjaToken token = Current;
        if (SkipOperator("("))
        {
            Enter();
            JinjaExpression inner = Target(null, withNamespace);
            Expect(")");
            _depth--;
            return inner;
        }
        if (token.Kind != JinjaTokenKind.Name || IsConstant(token.Text)) throw Fail(token.Kind is JinjaTokenKind.Name or JinjaTokenKind.Integer or JinjaTokenKind.Float or JinjaTokenKind.String ? $"can't assign to '{token.Text}'" : $"unexpected '{token}'");
        _at++;
        if (!withNamespace || !SkipOperator(".")) return new JinjaName(token.Text, token.Line);
        Used(token.Text);
        return new JinjaNamespaceTarget(token.Text, ExpectName(), token.Line);
    }

    private static IEnumerable<string> NamesOf(JinjaExpression target) => target switch
    {
        JinjaName name => [name.Name],
        JinjaTupleNode tuple => tuple.Items.SelectMany(NamesOf),
        _ => [],
    };

    private static bool IsConstant(string name) => name is "true" or "false" or "none" or "True" or "False" or "None";

    private void Used(string name)
    {
        if (_uses.TryPeek(out HashSet<string>? uses)) uses.Add(name);
    }
}
