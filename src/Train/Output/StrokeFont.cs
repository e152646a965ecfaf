using System.Globalization;

namespace Pure.Tuner;

/// <summary>A small font of lines and arcs: the letters and digits that a plot needs, drawn with the same pen as its curves.</summary>
/// <remarks>Digits are 10 units high, small letters 7, and 3 go below the line. "L x,y x,y" is a line, "A cx cy rx ry from to" an arc in degrees.</remarks>
internal static class StrokeFont
{
    private const float Gap = 2.6f, Space = 4f;

    private static readonly Dictionary<char, (float Width, List<(float X, float Y)[]> Strokes)> s_glyphs = new Dictionary<char, string>
    {
        ['0'] = "A 3 5 3 5 0 360",
        ['1'] = "L 1.2,8 3.6,10 3.6,0",
        ['2'] = "A 3 7.1 2.9 2.9 -35 165|L 5.38,5.44 0.2,0 6,0",
        ['3'] = "A 2.9 7.5 2.5 2.5 -90 155|A 2.9 2.5 2.9 2.5 -155 90",
        ['4'] = "L 4.6,0 4.6,10 0,3 6.4,3",
        ['5'] = "L 5.6,10 1.1,10 0.7,5.5|A 2.9 3.2 3.1 3.2 -150 135",
        ['6'] = "A 3 3.1 3 3.1 0 360|L 0,3.4 0.6,6.4 2.2,8.8 4.6,10",
        ['7'] = "L 0.2,10 6,10 2.2,0",
        ['8'] = "A 3 7.5 2.5 2.5 0 360|A 3 2.5 3 2.5 0 360",
        ['9'] = "A 3 6.9 3 3.1 0 360|L 6,6.6 5.4,3.6 3.8,1.2 1.4,0",
        ['.'] = "L 0.4,0 0.4,0.4",
        ['-'] = "L 0,4 4,4",
        ['+'] = "L 0,4 5,4|L 2.5,1.5 2.5,6.5",
        ['/'] = "L 0,-1 4.4,10",
        ['_'] = "L 0,-2 5,-2",
        ['a'] = "A 2.8 3.5 2.8 3.5 0 360|L 5.6,7 5.6,0",
        ['b'] = "L 0,10 0,0|A 2.8 3.5 2.8 3.5 0 360",
        ['c'] = "A 2.9 3.5 2.9 3.5 45 315",
        ['d'] = "A 2.8 3.5 2.8 3.5 0 360|L 5.6,10 5.6,0",
        ['e'] = "L 0.1,3.7 5.6,3.7|A 2.8 3.5 2.8 3.5 0 315",
        ['f'] = "A 3.6 8 1.8 2 80 180|L 1.8,8 1.8,0|L 0,6.6 3.8,6.6",
        ['g'] = "A 2.8 3.5 2.8 3.5 0 360|L 5.6,7 5.6,-0.4|A 2.8 -0.4 2.8 2.6 190 360",
        ['h'] = "L 0,10 0,0|A 2.6 4.4 2.6 2.6 0 180|L 5.2,4.4 5.2,0",
        ['i'] = "L 0.4,7 0.4,0|L 0.4,9.5 0.4,9.9",
        ['j'] = "L 1.6,7 1.6,-1.2 1,-2.6 0,-3|L 1.6,9.5 1.6,9.9",
        ['k'] = "L 0,10 0,0|L 4.8,7 0,2.8|L 1.8,4.4 5,0",
        ['l'] = "L 0.4,10 0.4,0",
        ['m'] = "L 0,7 0,0|A 2.1 4.9 2.1 2.1 0 180|L 4.2,4.9 4.2,0|A 6.3 4.9 2.1 2.1 0 180|L 8.4,4.9 8.4,0",
        ['n'] = "L 0,7 0,0|A 2.6 4.4 2.6 2.6 0 180|L 5.2,4.4 5.2,0",
        ['o'] = "A 2.9 3.5 2.9 3.5 0 360",
        ['p'] = "L 0,7 0,-3|A 2.8 3.5 2.8 3.5 0 360",
        ['q'] = "A 2.8 3.5 2.8 3.5 0 360|L 5.6,7 5.6,-3",
        ['r'] = "L 0,7 0,0|A 2.6 4.4 2.6 2.6 60 180",
        ['s'] = "L 4.8,5.8 4,6.8 2.5,7.05 1.1,6.75 0.4,5.6 0.8,4.4 2.4,3.7 4.2,3 5,1.8 4.5,0.6 3,0 1.5,0.1 0.5,0.8 0.1,1.6",
        ['t'] = "L 1.7,9.4 1.7,1.8 2.2,0.5 3.9,0.1|L 0,7 3.8,7",
        ['u'] = "L 0,7 0,2.6|A 2.6 2.6 2.6 2.6 180 360|L 5.2,7 5.2,0",
        ['v'] = "L 0,7 2.7,0 5.4,7",
        ['w'] = "L 0,7 2,0 4,7 6,0 8,7",
        ['x'] = "L 0,7 5,0|L 5,7 0,0",
        ['y'] = "L 0,7 2.8,0|L 5.6,7 2.8,0 1.9,-2.2 0.3,-3",
        ['z'] = "L 0,7 5,7 0,0 5,0",
    }.ToDictionary(g => g.Key, g => Parse(g.Value));

    /// <summary>Width of a text in units.</summary>
    public static float Width(string text) => text.Sum(c => c == ' ' ? Space : Glyph(c).Width + Gap) - Gap;

    /// <summary>The strokes of a text that begins at the origin.</summary>
    public static IEnumerable<(float X, float Y)[]> Strokes(string text)
    {
        float at = 0;
        foreach (char c in text)
        {
            if (c == ' ')
            {
                at += Space;
                continue;
            }
            (float width, List<(float X, float Y)[]> strokes) = Glyph(c);
            float left = at;
            foreach ((float X, float Y)[] stroke in strokes) yield return Array.ConvertAll(stroke, p => (p.X + left, p.Y));
            at += width + Gap;
        }
    }

    private static (float Width, List<(float X, float Y)[]> Strokes) Glyph(char c) => s_glyphs.TryGetValue(char.ToLowerInvariant(c), out var glyph) ? glyph : s_glyphs['-'];

    private static (float, List<(float X, float Y)[]>) Parse(string text)
    {
        var strokes = new List<(float X, float Y)[]>();
        foreach (string stroke in text.Split('|'))
        {
            string[] words = stroke.Split(' ')[1..];
            float Number(string w) => float.Parse(w, CultureInfo.InvariantCulture);
            if (stroke[0] == 'L')
            {
                strokes.Add(Array.ConvertAll(words, w => (Number(w.Split(',')[0]), Number(w.Split(',')[1]))));
                continue;
            }
            float[] a = Array.ConvertAll(words, Number);
            strokes.Add([.. Enumerable.Range(0, 25).Select(i => (a[4] + (a[5] - a[4]) * i / 24) * MathF.PI / 180).Select(t => (a[0] + a[2] * MathF.Cos(t), a[1] + a[3] * MathF.Sin(t)))]);
        }
        return (strokes.Max(s => s.Max(p => p.X)), strokes);
    }
}
