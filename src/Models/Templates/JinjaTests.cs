using System.Numerics;

namespace Pure.Tuner;

/// <summary>The tests of Jinja2: what may stand behind "is".</summary>
internal static class JinjaTests
{
    private delegate bool Test(JinjaRenderer renderer, object? value, PyCall call);

    private static readonly Dictionary<string, Test> s_tests = new(StringComparer.Ordinal)
    {
        ["boolean"] = (_, v, _) => v is bool,
        ["callable"] = (_, v, _) => v is PyFunction or JinjaMacro or JinjaLoop or JinjaUndefined,
        ["defined"] = (_, v, _) => v is not JinjaUndefined,
        ["undefined"] = (_, v, _) => v is JinjaUndefined,
        ["divisibleby"] = (r, v, c) => IsZero(r.Values.Binary("%", v, c.Bind(1, "num")[0])),
        ["escaped"] = (_, v, _) => v is PyMarkup,
        ["even"] = (r, v, _) => IsZero(r.Values.Binary("%", v, 2L)),
        ["odd"] = (r, v, _) => r.Values.Equal(r.Values.Binary("%", v, 2L), 1L),
        ["false"] = (_, v, _) => v is false,
        ["true"] = (_, v, _) => v is true,
        ["filter"] = (r, v, _) => v is string name && JinjaFilters.Exists(name),
        ["test"] = (r, v, _) => v is string name && Exists(name),
        ["float"] = (_, v, _) => v is double,
        ["integer"] = (_, v, _) => v is long or BigInteger,
        ["number"] = (_, v, _) => v is bool or long or double or BigInteger,
        ["in"] = (r, v, c) => r.Values.Contains(c.Bind(1, "seq")[0], v),
        ["iterable"] = (_, v, _) => v is string or PyMarkup or IPySequence or PyDict or PyView or PyIterator or JinjaLoop or JinjaUndefined,
        ["lower"] = (r, v, _) => PyStringMethods.IsLower(r.Values.Text(v)),
        ["upper"] = (r, v, _) => PyStringMethods.IsUpper(r.Values.Text(v)),
        ["mapping"] = (_, v, _) => v is PyDict,
        ["none"] = (_, v, _) => v is null,
        ["sameas"] = (_, v, c) => Same(v, c.Bind(1, "other")[0]),
        ["sequence"] = (_, v, _) => v is string or PyMarkup or IPySequence or PyDict or JinjaUndefined,
        ["string"] = (_, v, _) => v is string or PyMarkup,
        ["eq"] = Equal,
        ["=="] = Equal,
        ["equalto"] = Equal,
        ["ne"] = (r, v, c) => !Equal(r, v, c),
        ["!="] = (r, v, c) => !Equal(r, v, c),
        ["lt"] = Ordered("<"),
        ["<"] = Ordered("<"),
        ["lessthan"] = Ordered("<"),
        ["le"] = Ordered("<="),
        ["<="] = Ordered("<="),
        ["gt"] = Ordered(">"),
        [">"] = Ordered(">"),
        ["greaterthan"] = Ordered(">"),
        ["ge"] = Ordered(">="),
        [">="] = Ordered(">="),
    };

    public static bool Exists(string name) => s_tests.ContainsKey(name);

    /// <summary>Whether a value passes a test.</summary>
    /// <exception cref="JinjaException">There is no such test, or it cannot take the value.</exception>
    public static bool Apply(JinjaRenderer renderer, string name, object? value, PyCall call) =>
        s_tests.TryGetValue(name, out Test? test) ? test(renderer, value, call) : throw renderer.Values.Fail($"No test named '{name}' found.");

    private static bool Equal(JinjaRenderer r, object? v, PyCall c) => r.Values.Equal(v, c.Bind(1, "other")[0]);

    private static Test Ordered(string op) => (r, v, c) => r.Values.Ordered(op, v, c.Bind(1, "other")[0]);

    private static bool IsZero(object? value) => value is 0L or 0.0;

    // Python's "is": small values are the same object wherever they come from.
    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (bool x, bool y) => x == y,
        (long x, long y) => x == y,
        (string x, string y) => x == y,
        (PyTuple { Count: 0 }, PyTuple { Count: 0 }) => true,
        _ => ReferenceEquals(a, b),
    };
}
