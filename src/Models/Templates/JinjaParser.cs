using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>Tokens to statements and expressions: the grammar of Jinja2 with break, continue and generation blocks.</summary>
internal sealed partial class JinjaParser
{
    // Real templates nest a dozen levels; the bound keeps the stack.
    private const int MostNested = 200;

    private readonly List<JinjaToken> _tokens;
    private int _at, _depth, _loops;
    // Names of filters and tests that do not exist. Behind an if they are an error only when reached, so these are set apart.
    private readonly List<JinjaException> _unknown = [];
    private readonly List<JinjaException> _surelyUnknown = [];
    // What bodies of macros name, innermost last.
    private readonly Stack<HashSet<string>> _uses = new();
    private readonly HashSet<string> _blocks = [];

    private JinjaParser(List<JinjaToken> tokens) => _tokens = tokens;

    /// <exception cref="JinjaException">The template is not well formed.</exception>
    public static JinjaStatement[] Parse(string template)
    {
        var parser = new JinjaParser(JinjaLexer.Read(template));
        JinjaStatement[] body = parser.Statements([]);
        if (parser._surelyUnknown.Concat(parser._unknown).MinBy(e => e.Line) is { } first) throw first;
        return body;
    }

    private JinjaToken Current => _tokens[Math.Min(_at, _tokens.Count - 1)] is var token && _at < _tokens.Count ? token : new(JinjaTokenKind.End, "", null, token.Line);

    private JinjaToken Ahead => _at + 1 < _tokens.Count ? _tokens[_at + 1] : new(JinjaTokenKind.End, "", null, Current.Line);

    private JinjaToken Next()
    {
        JinjaToken token = Current;
        _at++;
        return token;
    }

    private JinjaException Fail(string message, int line = 0) => new(message, line > 0 ? line : Current.Line);

    private bool SkipOperator(string op)
    {
        bool there = Current.IsOperator(op);
        if (there) _at++;
        return there;
    }

    private bool SkipName(string name)
    {
        bool there = Current.IsName(name);
        if (there) _at++;
        return there;
    }

    private JinjaToken Expect(string op) => Current.IsOperator(op) ? Next() : throw Unexpected($"'{op}'");

    private void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected($"'{name}'");
    }

    private string ExpectName() => Current.Kind == JinjaTokenKind.Name ? Next().Text : throw Unexpected("a name");

    private void ExpectBlockEnd()
    {
        if (Current.Kind != JinjaTokenKind.BlockEnd) throw Unexpected("'end of statement block'");
        _at++;
    }

    private JinjaException Unexpected(string expected) => Current.Kind == JinjaTokenKind.End
        ? Fail($"unexpected end of template, expected {expected}")
        : Fail($"expected {expected}, got '{Current}'");

    private void Enter()
    {
        if (++_depth > MostNested || !RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw Fail($"the template is nested more than {MostNested} levels deep; it is refused");
    }

    /// <summary>Parses what has a scope of its own: there a name that does not exist is always an error.</summary>
    private T Inner<T>(Func<T> parse)
    {
        int from = _unknown.Count;
        T parsed = parse();
        _surelyUnknown.AddRange(_unknown.Skip(from));
        _unknown.RemoveRange(from, _unknown.Count - from);
        return parsed;
    }

    /// <summary>Parses what is reached only on a condition: a name that does not exist is then found when it is reached.</summary>
    private T Soft<T>(Func<T> parse)
    {
        int from = _unknown.Count;
        T parsed = parse();
        _unknown.RemoveRange(from, _unknown.Count - from);
        return parsed;
    }

    /// <summary>Statements up to one of the tags, whose name is then next; up to the end where none is given.</summary>
    private JinjaStatement[] Statements(string[] ends)
    {
        Enter();
        var body = new List<JinjaStatement>();
        while (true)
        {
            JinjaToken token = Next();
            switch (token.Kind)
            {
                case JinjaTokenKind.Data:
                    body.Add(new JinjaData(token.Text, token.Line));
                    break;
                case JinjaTokenKind.VariableBegin:
                    body.Add(new JinjaOutput(Tuple(), token.Line));
                    if (Current.Kind != JinjaTokenKind.VariableEnd) throw Unexpected("'end of print statement'");
                    _at++;
                    break;
                case JinjaTokenKind.BlockBegin:
                    if (Current.Kind == JinjaTokenKind.Name && ends.Contains(Current.Text))
                    {
                        _depth--;
                        return [.. body];
                    }
                    body.AddRange(Statement(ends));
                    ExpectBlockEnd();
                    break;
                case JinjaTokenKind.End when ends.Length == 0:
                    _depth--;
                    return [.. body];
                default:
                    _at--;
                    throw Fail(ends.Length == 0 ? $"unexpected '{Current}'" : $"Unexpected end of template. Jinja was looking for the following tags: {string.Join(" or ", ends.Select(e => $"'{e}'"))}.");
            }
        }
    }

    /// <summary>The body of a tag, from the end of the tag to its own end tag, which is taken too when it is the only one.</summary>
    private JinjaStatement[] Body(params string[] ends)
    {
        SkipOperator(":");
        ExpectBlockEnd();
        JinjaStatement[] body = Statements(ends);
        if (ends.Length == 1) _at++;
        return body;
    }

    /// <summary>A body that is a function in the reference: jumps of a loop around it do not reach in.</summary>
    private JinjaStatement[] FunctionBody(string end)
    {
        int loops = _loops;
        _loops = 0;
        JinjaStatement[] body = Inner(() => Body(end));
        _loops = loops;
        return body;
    }
}
