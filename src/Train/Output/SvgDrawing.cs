using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>A picture as SVG whose colours follow the reader's light or dark screen. Colours are names of classes.</summary>
/// <param name="width">Units across.</param>
/// <param name="height">Units down.</param>
internal sealed class SvgDrawing(int width, int height)
{
    /// <summary>Name, colour on light, colour on dark.</summary>
    private static readonly (string Name, string Light, string Dark)[] s_colors =
    [
        ("paper", "#ffffff", "#0d1117"), ("ink", "#222222", "#e6edf3"), ("pale", "#888888", "#8b949e"), ("grid", "#e4e4e4", "#2a313a"),
        ("c0", "#5f6b7a", "#a7b3c2"), ("c1", "#0b7285", "#3bc9db"), ("c2", "#c92a2a", "#ff8787"), ("c3", "#5f3dc4", "#b197fc"),
        ("c4", "#2b8a3e", "#69db7c"), ("c5", "#c2410c", "#ffa94d"), ("c6", "#1864ab", "#74c0fc"),
    ];

    private readonly StringBuilder _body = new();

    /// <summary>How many colours c0, c1, ... there are.</summary>
    internal const int Colors = 7;

    internal void Line(double x0, double y0, double x1, double y1, string color, double thickness = 1) =>
        Add($"<line x1=\"{x0:0.##}\" y1=\"{y0:0.##}\" x2=\"{x1:0.##}\" y2=\"{y1:0.##}\" class=\"s-{color}\" stroke-width=\"{thickness:0.##}\"/>");

    internal void Circle(double x, double y, double radius, string color) => Add($"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" class=\"{color}\"/>");

    /// <param name="text">What it says.</param>
    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="size">Height of the letters.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="up">Whether it runs upward.</param>
    internal void Text(string text, double x, double y, double size, string anchor = "start", string color = "ink", bool up = false) =>
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" text-anchor=\"{anchor}\" class=\"{color}\"{(up ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:0.##} {y:0.##})\"") : "")}>{System.Security.SecurityElement.Escape(text)}</text>");

    /// <inheritdoc/>
    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\">\n<style>\n");
        foreach ((string name, string light, _) in s_colors) svg.Append(CultureInfo.InvariantCulture, $".{name} {{ fill: {light} }} .s-{name} {{ stroke: {light} }}\n");
        svg.Append("@media (prefers-color-scheme: dark) {\n");
        foreach ((string name, _, string dark) in s_colors) svg.Append(CultureInfo.InvariantCulture, $".{name} {{ fill: {dark} }} .s-{name} {{ stroke: {dark} }}\n");
        svg.Append(CultureInfo.InvariantCulture, $"}}\n</style>\n<rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n");
        return svg.Append(_body).Append("</svg>\n").ToString();
    }

    private void Add(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
