using System.Globalization;

namespace Pure.Tuner;

/// <summary>One curve.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Across">What the axis across is.</param>
/// <param name="Points">Measured, from left to right; none below 0.</param>
internal sealed record LinePanel(string Title, string Across, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Panels of measured points, two a row. Both axes begin at 0, so that a straight line through the corner is growth in proportion.</summary>
internal sealed class LinePlot(string title, IReadOnlyList<LinePanel> panels)
{
    private const int Columns = 2, PanelWidth = 460, PanelHeight = 250, Left = 62, Right = 22, Top = 40, Bottom = 44, Head = 48;

    internal void Save(string path) => AtomicFile.WriteText(path, ToSvg());

    internal string ToSvg()
    {
        int rows = (panels.Count + Columns - 1) / Columns;
        var svg = new SvgDrawing(Columns * PanelWidth, Head + Math.Max(1, rows) * PanelHeight);
        svg.Text(title, Columns * PanelWidth / 2.0, 30, 16, "middle");
        for (int i = 0; i < panels.Count; i++) Draw(svg, panels[i], i % Columns * PanelWidth, Head + i / Columns * PanelHeight, $"c{1 + i % Columns}");
        return svg.ToString();
    }

    private static void Draw(SvgDrawing svg, LinePanel panel, double x0, double y0, string color)
    {
        (double stepX, double endX) = Axis(panel.Points.Select(p => p.X));
        (double stepY, double endY) = Axis(panel.Points.Select(p => p.Y));
        double X(double x) => x0 + Left + x / endX * (PanelWidth - Left - Right);
        double Y(double y) => y0 + PanelHeight - Bottom - y / endY * (PanelHeight - Top - Bottom);
        svg.Text(panel.Title, x0 + (Left + PanelWidth - Right) / 2.0, y0 + Top - 14, 13, "middle");
        for (int i = 0; i * stepX <= endX * 1.0001; i++)
        {
            svg.Line(X(i * stepX), Y(0), X(i * stepX), Y(endY), "grid");
            svg.Text(Label(i * stepX), X(i * stepX), Y(0) + 16, 11, "middle");
        }
        for (int i = 0; i * stepY <= endY * 1.0001; i++)
        {
            svg.Line(X(0), Y(i * stepY), X(endX), Y(i * stepY), "grid");
            svg.Text(Label(i * stepY), X(0) - 6, Y(i * stepY) + 4, 11, "end");
        }
        svg.Line(X(0), Y(0), X(endX), Y(0), "pale");
        svg.Line(X(0), Y(0), X(0), Y(endY), "pale");
        svg.Text(panel.Across, x0 + (Left + PanelWidth - Right) / 2.0, y0 + PanelHeight - 10, 11.5, "middle");
        for (int i = 1; i < panel.Points.Count; i++) svg.Line(X(panel.Points[i - 1].X), Y(panel.Points[i - 1].Y), X(panel.Points[i].X), Y(panel.Points[i].Y), color, 2);
        foreach ((double x, double y) in panel.Points) svg.Circle(X(x), Y(y), 3.5, color);
    }

    private static string Label(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    /// <summary>From 0 to a round number above the largest, in four to eight steps.</summary>
    private static (double Step, double End) Axis(IEnumerable<double> values)
    {
        double high = Math.Max(values.DefaultIfEmpty(1).Max(), 1e-9), rough = high / 5, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        return (step, Math.Ceiling(high / step - 1e-9) * step);
    }
}
