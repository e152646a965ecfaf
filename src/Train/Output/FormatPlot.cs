using System.Globalization;

namespace Pure.Tuner;

/// <summary>A format in the picture.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Family">Points of a family have one colour.</param>
/// <param name="Bits">Bits per weight.</param>
/// <param name="Error">‖W - Q‖ / ‖W‖, above 0.</param>
internal sealed record FormatPoint(string Name, string Family, double Bits, double Error);

/// <summary>Error against bits per weight, both on scales of equal factors, with a label at every point.</summary>
internal sealed class FormatPlot
{
    private const int Width = 960, Height = 620, Left = 76, Right = 24, Top = 84, Bottom = 60;
    private const double Radius = 4, TextSize = 11.5, TextHeight = 14, LetterWidth = 6.9;

    private static readonly double[] s_bitTicks = [1, 1.5, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32];

    private readonly IReadOnlyList<FormatPoint> _points;
    private readonly (double From, double To) _bits, _error;

    internal FormatPlot(IReadOnlyList<FormatPoint> points)
    {
        _points = points;
        _bits = Range(points.Select(p => p.Bits), 1.12);
        _error = Range(points.Select(p => p.Error), 1.4);
    }

    internal void Save(string path) => AtomicFile.WriteText(path, ToSvg());

    internal string ToSvg()
    {
        var svg = new SvgDrawing(Width, Height);
        svg.Text("Relative error of rounding against bits per weight (normal numbers)", Width / 2.0, 28, 16, "middle");
        foreach (double bits in s_bitTicks.Where(b => b >= _bits.From && b <= _bits.To))
        {
            svg.Line(X(bits), Top, X(bits), Height - Bottom, "grid");
            svg.Text(bits.ToString("0.#", CultureInfo.InvariantCulture), X(bits), Height - Bottom + 20, 12, "middle");
        }
        for (int power = (int)Math.Floor(Math.Log10(_error.From)); power <= Math.Log10(_error.To); power++)
            foreach (int digit in (int[])[1, 2, 5])
            {
                double error = digit * Math.Pow(10, power);
                if (error < _error.From || error > _error.To) continue;
                svg.Line(Left, Y(error), Width - Right, Y(error), "grid");
                svg.Text((100 * error).ToString("0.####", CultureInfo.InvariantCulture) + " %", Left - 8, Y(error) + 4, 12, "end");
            }
        svg.Line(Left, Top, Left, Height - Bottom, "pale");
        svg.Line(Left, Height - Bottom, Width - Right, Height - Bottom, "pale");
        svg.Text("bits per weight, scales counted", (Left + Width - Right) / 2.0, Height - 16, 13, "middle");
        svg.Text("‖W − Q‖ / ‖W‖", 20, (Top + Height - Bottom) / 2.0, 13, "middle", up: true);
        string[] families = [.. _points.Select(p => p.Family).Distinct()];
        double at = Left;
        foreach (string family in families)
        {
            svg.Circle(at + 6, 56, 5, Color(family));
            svg.Text(family, at + 16, 60, 12.5);
            at += 16 + family.Length * 7.2 + 22;
        }
        Label[] labels = Labels();
        foreach ((Label label, int i) in labels.Select((l, i) => (l, i)))
            if (label.Leads) svg.Line(X(_points[i].Bits), Y(_points[i].Error), label.NearX, label.NearY, "pale", 0.8);
        foreach (FormatPoint p in _points) svg.Circle(X(p.Bits), Y(p.Error), Radius, Color(p.Family));
        foreach ((Label label, int i) in labels.Select((l, i) => (l, i))) svg.Text(_points[i].Name, label.X, label.Y + TextHeight - 3.5, TextSize, color: Color(_points[i].Family));
        return svg.ToString();

        string Color(string family) => $"c{Array.IndexOf(families, family) % SvgDrawing.Colors}";
    }

    /// <summary>Where each label stands: the nearest place that covers no point, no other label and no line to one. Where there is none, lines may cross labels.</summary>
    internal Label[] Labels()
    {
        var labels = new Label[_points.Count];
        var done = new List<int>();
        // Those with the most neighbours choose first.
        foreach (int i in Enumerable.Range(0, _points.Count).OrderByDescending(Neighbours).ThenBy(i => i))
        {
            labels[i] = Places(i).Where(place => IsFree(i, place)).Concat(Places(i).Where(place => IsInside(place) && !done.Any(j => labels[j].Overlaps(place)))).Append(Places(i).First()).First();
            done.Add(i);
        }
        return labels;

        int Neighbours(int i) => _points.Count(p => Math.Abs(X(p.Bits) - X(_points[i].Bits)) < 90 && Math.Abs(Y(p.Error) - Y(_points[i].Error)) < 50);

        static bool IsInside(Label place) => place.X >= Left + 3 && place.X + place.Width <= Width - 4 && place.Y >= Top - 18 && place.Y + TextHeight <= Height - Bottom - 3;

        bool IsFree(int i, Label place)
        {
            if (!IsInside(place)) return false;
            (double x, double y) = (X(_points[i].Bits), Y(_points[i].Error));
            for (int j = 0; j < _points.Count; j++)
            {
                (double px, double py) = (X(_points[j].Bits), Y(_points[j].Error));
                if (place.Covers(px, py, Radius + 1)) return false;
                if (place.Leads && j != i && Distance(px, py, x, y, place.NearX, place.NearY) < Radius + 1.5) return false;
            }
            foreach (int j in done)
            {
                if (labels[j].Overlaps(place)) return false;
                if (place.Leads && labels[j].Meets(x, y, place.NearX, place.NearY)) return false;
                if (labels[j].Leads && place.Meets(X(_points[j].Bits), Y(_points[j].Error), labels[j].NearX, labels[j].NearY)) return false;
            }
            return true;
        }
    }

    /// <summary>Rings around the point, the narrowest first.</summary>
    private IEnumerable<Label> Places(int i)
    {
        (double x, double y, double w) = (X(_points[i].Bits), Y(_points[i].Error), _points[i].Name.Length * LetterWidth);
        yield return new Label(x + Radius + 3, y - TextHeight / 2, w, x, y);
        yield return new Label(x - Radius - 3 - w, y - TextHeight / 2, w, x, y);
        yield return new Label(x - w / 2, y - Radius - 2 - TextHeight, w, x, y);
        yield return new Label(x - w / 2, y + Radius + 2, w, x, y);
        for (double distance = 14; distance <= 400; distance += 6)
            for (int turn = 0; turn < 16; turn++)
            {
                double angle = turn * Math.PI / 8, cos = Math.Cos(angle), sin = Math.Sin(angle);
                yield return new Label(x + distance * cos + (cos - 1) * w / 2, y + distance * sin + (sin - 1) * TextHeight / 2, w, x, y);
            }
    }

    private double X(double bits) => Left + Math.Log(bits / _bits.From) / Math.Log(_bits.To / _bits.From) * (Width - Left - Right);

    private double Y(double error) => Height - Bottom - Math.Log(error / _error.From) / Math.Log(_error.To / _error.From) * (Height - Top - Bottom);

    private static (double, double) Range(IEnumerable<double> values, double margin)
    {
        double[] all = [.. values.Where(v => v > 0).DefaultIfEmpty(1)];
        return (all.Min() / margin, all.Max() * margin);
    }

    /// <summary>From a point to a line between two.</summary>
    private static double Distance(double px, double py, double x0, double y0, double x1, double y1)
    {
        double dx = x1 - x0, dy = y1 - y0, along = dx * dx + dy * dy, t = along == 0 ? 0 : Math.Clamp(((px - x0) * dx + (py - y0) * dy) / along, 0, 1);
        return Math.Sqrt((px - x0 - t * dx) * (px - x0 - t * dx) + (py - y0 - t * dy) * (py - y0 - t * dy));
    }

    /// <summary>A label's box, and the point that it is for.</summary>
    internal readonly record struct Label(double X, double Y, double Width, double PointX, double PointY)
    {
        /// <summary>Where the box is nearest to the point.</summary>
        internal double NearX => Math.Clamp(PointX, X, X + Width);
        internal double NearY => Math.Clamp(PointY, Y + 2, Y + TextHeight - 2);

        /// <summary>Whether a line must say which point it belongs to.</summary>
        internal bool Leads => Math.Abs(NearX - PointX) + Math.Abs(NearY - PointY) > Radius + 8;

        internal bool Overlaps(Label other) => X < other.X + other.Width + 2 && other.X < X + Width + 2 && Y < other.Y + TextHeight && other.Y < Y + TextHeight;

        internal bool Covers(double x, double y, double margin) => x > X - margin && x < X + Width + margin && y > Y - margin + 2 && y < Y + TextHeight + margin - 2;

        /// <summary>Whether a line goes through the box.</summary>
        internal bool Meets(double x0, double y0, double x1, double y1)
        {
            const int Steps = 40;
            for (int i = 0; i <= Steps; i++)
                if (Covers(x0 + (x1 - x0) * i / Steps, y0 + (y1 - y0) * i / Steps, 0)) return true;
            return false;
        }
    }
}
