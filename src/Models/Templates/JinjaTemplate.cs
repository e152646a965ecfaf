using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A Jinja template, read once: Jinja2 as transformers sets it up for chat templates.</summary>
/// <remarks>trim_blocks, lstrip_blocks, break and continue, generation blocks, no escaping, and a sandbox in which nothing but a namespace can be changed.</remarks>
internal sealed class JinjaTemplate
{
    private readonly JinjaStatement[] _body;

    private JinjaTemplate(JinjaStatement[] body) => _body = body;

    /// <exception cref="JinjaException">The text is no template.</exception>
    public static JinjaTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new JinjaTemplate(JinjaParser.Parse(text));
    }

    /// <summary>The text with these variables, and where generation blocks lie in it (UTF-16 units).</summary>
    /// <param name="variables">Names and values.</param>
    /// <param name="now">What strftime_now tells; null is the clock.</param>
    /// <param name="limits">What the rendering may use.</param>
    /// <exception cref="JinjaException">The template fails, or takes too much.</exception>
    public (string Text, IReadOnlyList<(int Start, int End)> Generation) Render(IEnumerable<KeyValuePair<string, JsonNode?>> variables, DateTime? now = null, JinjaLimits? limits = null)
    {
        var renderer = new JinjaRenderer(limits ?? JinjaLimits.Default, () => now ?? DateTime.Now);
        foreach ((string name, JsonNode? value) in variables) renderer.Scope[name] = PyJson.Read(renderer.Values, value);
        string text = renderer.Render(_body);
        return (text, renderer.Generation);
    }
}
