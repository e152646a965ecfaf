using System.Text;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class JinjaTests
{
    private static string Render(string template, string variables = "{}", JinjaLimits? limits = null) =>
        JinjaTemplate.Parse(template).Render((JsonObject)JsonNode.Parse(variables)!, new DateTime(2024, 7, 6, 5, 4, 3), limits).Text;

    // What each gives was found with Jinja2 3.1.6 under Python 3.11.
    [Theory]
    [InlineData("{% for i in [1,2] %}{{ x }}{% set x = i %}{{ x }};{% endfor %}{{ x }}", """{"x": 5}""", "51;52;5")]
    [InlineData("{% set ns = namespace(f=true) %}{% for i in [3,1] if ns.f %}{{ i }}{% set ns.f = false %}{% endfor %}", "{}", "3")]
    [InlineData("{% for i in [1] %}{% break %}{% else %}E{% endfor %}", "{}", "E")]
    [InlineData("{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{{ kwargs }}{{ varargs }}{% endmacro %}{{ m(1) }}|{{ m(1,2,3,4,z=6) }}", "{}", "121{}()|123{'z': 6}(4,)")]
    [InlineData("{% macro m(u) %}[{{ caller(u, 2) }}]{% endmacro %}{% call(a, b) m('q') %}{{ a }}{{ b }}{% endcall %}", "{}", "[q2]")]
    [InlineData("{{ '{:>5}|{:,}|{:.1%}|{:08,.1f}'.format('a', 1234567, 0.256, 1234.5) }}", "{}", "    a|1,234,567|25.6%|01,234.5")]
    [InlineData("{{ '%05.1f|%-4s|%+d|%x' % (2.25, 'ab', 5, 255) }}", "{}", "002.2|ab  |+5|ff")]
    [InlineData("{{ [1.0, 1e16, 1e-5, 0.1 + 0.2, 2 ** 70] }}", "{}", "[1.0, 1e+16, 1e-05, 0.30000000000000004, 1180591620717411303424]")]
    [InlineData("{{ -7 // 2 }} {{ -7.5 % 2 }} {{ 7 % -3 }} {{ 2.675 | round(2) }} {{ 1250 | round(-2) }}", "{}", "-4 0.5 -2 2.67 1200")]
    [InlineData("{{ s[::-1] }}{{ s | length }}{{ s.find('b') }}", """{"s": "a😀b"}""", "b😀a32")]
    [InlineData("{{ 'ß'.upper() }}{{ 'ﬁ'.title() }}{{ 'ΑΣ'.lower() }}{{ 'ǆ'.title() }}", "{}", "SSFiαςǅ")]
    [InlineData("{{ ('<a>'|safe) + '<b>' }}{{ ['<a>'|safe] }}", "{}", "<a>&lt;b&gt;[Markup('<a>')]")]
    [InlineData("{{ 'Thequickbrownfoxjumped over'|wordwrap(5) }}", "{}", "Thequ\nickbr\nownfo\nxjump\ned\nover")]
    [InlineData("{{ {'b': 1, 'a': [1.5, none]} | tojson(indent=1) }}", "{}", "{\n \"b\": 1,\n \"a\": [\n  1.5,\n  null\n ]\n}")]
    [InlineData("{{ 'a'|nosuch if false else 'ok' }}", "{}", "ok")]
    [InlineData("a\n   {%- if 1 %}\n  b\n  {%- endif %}\n c\n", "{}", "a  b c")]
    [InlineData("{{ strftime_now('%-d %B %Y, %I:%M %p') }}", "{}", "6 July 2024, 05:04 AM")]
    public void Renders_as_the_reference(string template, string variables, string expected) => Assert.Equal(expected, Render(template, variables));

    [Theory]
    [InlineData("{{ nope.x }}", "'nope' is undefined", 1)]
    [InlineData("a\n\n{{ raise_exception('roles must alternate') }}", "roles must alternate", 3)]
    [InlineData("a\n{% if x %}", "endif", 2)]
    [InlineData("{{ [].append(1) }}", "unsafe", 1)]
    [InlineData("{{ ''.__class__() }}", "unsafe", 1)]
    [InlineData("{% include 'other' %}", "'include'", 1)]
    [InlineData("{{ 1 | nosuch }}", "No filter named 'nosuch'", 1)]
    [InlineData("{% for i in x %}\n{% break %}{% endfor %}\n{% break %}", "outside loop", 3)]
    [InlineData("{{ {'a': (1,2)}[[]] }}{{ {[]: 1} }}", "unhashable", 1)]
    public void A_wrong_template_says_what_and_where(string template, string what, int line)
    {
        var e = Assert.Throws<JinjaException>(() => Render(template));
        Assert.Contains(what, e.Message);
        Assert.Equal(line, e.Line);
    }

    public static TheoryData<string> Hostile() =>
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10000000000 }}",
        "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s | length }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(90000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(90000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}",
        "{{ 9 ** 99999999 }}", "{{ 2 ** 190000 }}", "{{ '%999999999d' % 1 }}", "{{ '{:999999999}'.format(1) }}", "{{ 'x' | center(2000000000) }}", "{{ [1] | batch(2000000000, 0) | list }}",
        "{{ 'x' | indent(99999, true) | replace('', 'yyyyyyyyyyyyyyyyyyyy') | replace('', 'zzzzzzzzzzzzzzzzzzzzzz') }}", "{{ range(10 ** 30) }}",
        new StringBuilder("{{ ").Insert(3, "(", 50_000).Append('1').Append(')', 50_000).Append(" }}").ToString(),
        new StringBuilder("{{ ").Insert(3, "[", 50_000).ToString(),
        new StringBuilder("{{ ").Insert(3, "not ", 50_000).Append("1 }}").ToString(),
        new StringBuilder("{{ 1").Insert(4, " + 1", 50_000).Append(" }}").ToString(),
        new StringBuilder("{{ x").Insert(4, "|list", 50_000).Append(" }}").ToString(),
        new StringBuilder().Insert(0, "{% if 1 %}", 50_000).ToString(),
        new StringBuilder().Insert(0, "{% for i in [1] %}", 50_000).ToString(),
    ];

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_template_is_refused_and_takes_little(string template)
    {
        long before = GC.GetTotalAllocatedBytes();
        Assert.Throws<JinjaException>(() => Render(template, limits: new JinjaLimits(Steps: 2_000_000, Size: 20_000_000)));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1L << 30);
    }

    /// <summary>Broken templates give a clear error or a text, and nothing else.</summary>
    [Fact]
    public void Mutated_templates_never_crash()
    {
        const string Seed = "{%- set ns = namespace(n=0) -%}{% for m in messages if m.role != 'x' %}{{ loop.index }}{{ '<|' ~ m['role'] ~ '|>' + m.content | trim }}{% if loop.last and add %}{{ [1, 2.5, {'k': m}] | tojson(indent=2) }}{% elif m is mapping %}{% set ns.n = ns.n + 1 %}{% else %}{% break %}{% endif %}{% endfor %}{% macro f(a, b='q') %}{{ '%s-%05.1f' % (a, 2) }}{{ b[::-1].split('q', 1) }}{% endmacro %}{{ f(ns.n, b='z') if ns.n // 2 ** 3 else '{:>{}}'.format(1, 5) }}";
        const string Letters = "{}%#-+ \n'\"()[].,|=~*/<>!abn019_:\\é😀";
        var random = new Random(11);
        for (int i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(Seed);
            for (int edits = random.Next(1, 6); edits > 0; edits--)
            {
                int at = random.Next(text.Length), length = Math.Min(random.Next(1, 12), text.Length - at);
                if (random.Next(2) == 0) text.Remove(at, length);
                if (random.Next(2) == 0) text.Insert(Math.Min(at, text.Length), Letters[random.Next(Letters.Length)]);
                else text.Insert(Math.Min(at, text.Length), Seed.AsSpan(random.Next(Seed.Length - 12), random.Next(1, 12)));
            }
            try
            {
                Render(text.ToString(), """{"messages": [{"role": "user", "content": " hi "}, {"role": "a", "content": "yo"}], "add": true}""", new JinjaLimits(Steps: 200_000, Size: 2_000_000));
            }
            catch (JinjaException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}
