using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>The curve of a logged value: as logged, pale, and smoothed on top. Written as SVG and as PNG.</summary>
internal sealed class LossPlot
{
    private const int Width = 800, Height = 480, Left = 76, Right = 24, Top = 52, Bottom = 64;
    private const int Raw = 0x1f77b4, Ink = 0x222222, Grid = 0xe4e4e4, Frame = 0x888888, LegendWidth = 132, LegendHeight = 56, FewPoints = 30;

    private readonly string _name;
    private readonly (float X, float Y)[] _raw, _smooth;
    private readonly float _legendTop;

    /// <summary>Whether the values scatter, so that a smooth curve says more; a learning rate is what it is.</summary>
    private readonly bool _scatters;
    private readonly List<(float At, string Text)> _xTicks, _yTicks;

    /// <param name="name">What the curve shows, such as "loss" or "eval_accuracy".</param>
    /// <param name="points">Steps and values; what is not finite is left out.</param>
    public LossPlot(string name, IEnumerable<(int Step, double Value)> points)
    {
        (int Step, double Value)[] p = [.. points.Where(q => double.IsFinite(q.Value))];
        (_name, _scatters) = (name, name != "learning_rate");
        double[] smooth = Smooth([.. p.Select(q => q.Value)]);
        (double x0, double x1, _xTicks) = Axis(p.Length == 0 ? 0 : p[0].Step, p.Length == 0 ? 1 : p[^1].Step, whole: true, pad: 0);
        (double y0, double y1, _yTicks) = Axis(p.Length == 0 ? 0 : p.Min(q => q.Value), p.Length == 0 ? 1 : p.Max(q => q.Value), whole: false, pad: 0.05);
        float X(double x) => (float)(Left + (x - x0) / (x1 - x0) * (Width - Left - Right));
        float Y(double y) => (float)(Height - Bottom - (y - y0) / (y1 - y0) * (Height - Top - Bottom));
        _raw = [.. p.Select(q => (X(q.Step), Y(q.Value)))];
        _smooth = [.. p.Select((q, i) => (X(q.Step), Y(smooth[i])))];
        _legendTop = FreeCorner();
        _xTicks = _xTicks.ConvertAll(t => (X(t.At), t.Text));
        _yTicks = _yTicks.ConvertAll(t => (Y(t.At), t.Text));
    }

    /// <summary>A running mean whose weight grows with the number of points: 1.8 (sigmoid(0.05 n) - 0.5).</summary>
    public static double[] Smooth(double[] values)
    {
        double weight = 1.8 * (1 / (1 + Math.Exp(-0.05 * values.Length)) - 0.5);
        var smooth = new double[values.Length];
        for (int i = 0; i < values.Length; i++) smooth[i] = i == 0 ? values[0] : weight * smooth[i - 1] + (1 - weight) * values[i];
        return smooth;
    }

    /// <summary>Draws every metric that a run logged: loss, learning rate, and what evaluations and preference stages add.</summary>
    /// <param name="folder">Where training_NAME.png and training_NAME.svg go; a slash in a name becomes an underscore.</param>
    /// <param name="state">The run.</param>
    /// <returns>The names that were drawn.</returns>
    public static IReadOnlyList<string> SaveAll(string folder, TrainerState state)
    {
        string[] names = [.. state.LogHistory.SelectMany(e => e.Keys).Distinct().Where(IsPlotted).Order(StringComparer.Ordinal)];
        foreach (string name in names) new LossPlot(name, state.Points(name)).Save(folder);
        return names;
    }

    /// <summary>Writes training_loss.svg and training_loss.png, or those of another name.</summary>
    public void Save(string folder)
    {
        string name = $"training_{_name.Replace('/', '_')}";
        AtomicFile.WriteText(Path.Combine(folder, name + ".svg"), ToSvg());
        AtomicFile.WriteBytes(Path.Combine(folder, name + ".png"), ToPng());
    }

    // With several evaluation sets their names stand in the middle: eval_NAME_loss.
    private static bool IsPlotted(string name) =>
        name is "loss" or "learning_rate" or "rewards/accuracies"
        || name.StartsWith("eval_", StringComparison.Ordinal) && (name.EndsWith("_loss", StringComparison.Ordinal) || name.EndsWith("_accuracy", StringComparison.Ordinal) || name.EndsWith("rewards/accuracies", StringComparison.Ordinal));

    private string Title => _name.Replace('_', ' ');

    public string ToSvg()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        foreach ((IReadOnlyList<(float X, float Y)> line, float thickness, int color, float opacity) in Lines())
        {
            if (line.Count == 1)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{line[0].X:0.##}\" cy=\"{line[0].Y:0.##}\" r=\"{thickness / 2:0.##}\" fill=\"#{color:x6}\"/>\n");
                continue;
            }
            svg.Append("<polyline fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" points=\"");
            svg.AppendJoin(' ', line.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.##},{p.Y:0.##}")));
            svg.Append(CultureInfo.InvariantCulture, $"\" stroke=\"#{color:x6}\" stroke-width=\"{thickness:0.##}\"{(opacity < 1 ? string.Create(CultureInfo.InvariantCulture, $" stroke-opacity=\"{opacity:0.##}\"") : "")}/>\n");
        }
        foreach ((string text, float x, float y, float size, float anchor, bool up) in Texts())
        {
            string align = anchor switch { 0 => "start", 1 => "end", _ => "middle" };
            string turn = up ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:0.##} {y:0.##})\"") : "";
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size * 1.25:0.##}\" text-anchor=\"{align}\" fill=\"#{Ink:x6}\"{turn}>{System.Security.SecurityElement.Escape(text)}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The picture at twice the size, for sharp screens.</summary>
    public byte[] ToPng()
    {
        const int zoom = 2;
        var raster = new Raster(Width * zoom, Height * zoom);
        foreach ((IReadOnlyList<(float X, float Y)> line, float thickness, int color, float opacity) in Lines())
            raster.Draw([[.. line.Select(p => (p.X * zoom, p.Y * zoom))]], thickness * zoom, color, opacity);
        foreach ((string text, float x, float y, float size, float anchor, bool up) in Texts())
        {
            float unit = size / 10 * zoom, shift = StrokeFont.Width(text) * anchor;
            raster.Draw(StrokeFont.Strokes(text).Select(s => Array.ConvertAll(s, p =>
            {
                float along = (p.X - shift) * unit, above = p.Y * unit;
                return up ? (x * zoom - above, y * zoom - along) : (x * zoom + along, y * zoom - above);
            })), 1.15f * zoom, Ink);
        }
        return raster.ToPng();
    }

    private IEnumerable<(IReadOnlyList<(float X, float Y)> Line, float Thickness, int Color, float Opacity)> Lines()
    {
        const float bottom = Height - Bottom, right = Width - Right;
        foreach ((float x, _) in _xTicks) yield return ([(x, Top), (x, bottom)], 1, Grid, 1);
        foreach ((float y, _) in _yTicks) yield return ([(Left, y), (right, y)], 1, Grid, 1);
        foreach ((float x, _) in _xTicks) yield return ([(x, bottom), (x, bottom + 5)], 1, Frame, 1);
        foreach ((float y, _) in _yTicks) yield return ([(Left - 5, y), (Left, y)], 1, Frame, 1);
        yield return ([(Left, Top), (right, Top), (right, bottom), (Left, bottom), (Left, Top)], 1, Frame, 1);
        if (_raw.Length > 1)
        {
            if (_scatters) yield return (_raw, 1.8f, Raw, 0.4f);
            yield return (_scatters ? _smooth : _raw, 2.2f, Raw, 1);
        }
        // Where there are few, such as evaluations, the eye wants to see each.
        if (_raw.Length <= FewPoints)
            foreach ((float X, float Y) point in _raw) yield return ([point], 6, Raw, 1);
        if (!_scatters) yield break;
        float y0 = _legendTop;
        yield return ([(right - LegendWidth + 30, y0 + LegendHeight / 2), (right - 28, y0 + LegendHeight / 2)], LegendHeight - 12, 0xffffff, 0.85f);
        yield return ([(right - 112, y0 + 18), (right - 84, y0 + 18)], 1.8f, Raw, 0.4f);
        yield return ([(right - 112, y0 + 38), (right - 84, y0 + 38)], 2.2f, Raw, 1);
    }

    /// <summary>Where the legend covers least of the curves: at the right, above or below.</summary>
    private float FreeCorner()
    {
        const float above = Top, below = Height - Bottom - LegendHeight;
        float Covered(float top) => _raw.Concat(_smooth).Count(p => p.X > Width - Right - LegendWidth && p.Y > top && p.Y < top + LegendHeight);
        return Covered(below) < Covered(above) ? below : above;
    }

    private IEnumerable<(string Text, float X, float Y, float Size, float Anchor, bool Up)> Texts()
    {
        yield return ($"training {Title}", (Left + Width - Right) / 2f, Top - 20, 13, 0.5f, false);
        yield return ("step", (Left + Width - Right) / 2f, Height - 16, 11, 0.5f, false);
        yield return (Title, 18, (Top + Height - Bottom) / 2f, 11, 0.5f, true);
        foreach ((float x, string text) in _xTicks) yield return (text, x, Height - Bottom + 22, 9.5f, 0.5f, false);
        foreach ((float y, string text) in _yTicks) yield return (text, Left - 10, y + 4.75f, 9.5f, 1, false);
        if (!_scatters) yield break;
        yield return ("original", Width - Right - 76, _legendTop + 22, 9.5f, 0, false);
        yield return ("smoothed", Width - Right - 76, _legendTop + 42, 9.5f, 0, false);
    }

    /// <summary>The range of an axis, and round numbers on it.</summary>
    private static (double From, double To, List<(float At, string Text)> Ticks) Axis(double low, double high, bool whole, double pad)
    {
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)))
        {
            double half = whole ? 1 : Math.Max(Math.Abs(high) * 0.05, 1e-6);
            (low, high) = (low - half, high + half);
        }
        double margin = (high - low) * pad;
        (low, high) = (low - margin, high + margin);
        double rough = (high - low) / 6, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        if (whole) step = Math.Max(1, Math.Round(step));
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 12);
        bool exponent = !whole && (decimals > 4 || high >= 1e6);
        var ticks = new List<(float, string)>();
        for (double i = Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
            ticks.Add(((float)(i * step), (i * step + 0.0).ToString(!exponent ? "F" + decimals : i == 0 ? "0" : "0.##e+0", CultureInfo.InvariantCulture)));
        return (low, high, ticks);
    }
}
