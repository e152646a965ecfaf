namespace Pure.Tuner;

/// <summary>A text that knows which of its characters come from a message's content, and from where in it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Origins">For each UTF-16 unit of the text the code point of the content, or -1 for what a template adds.</param>
internal sealed record OriginText(string Text, int[] Origins)
{
    /// <summary>A whole content.</summary>
    public static OriginText Content(string text)
    {
        var origins = new int[text.Length];
        for (int i = 0, point = 0; i < text.Length; i++)
        {
            if (i > 0 && !(char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))) point++;
            origins[i] = point;
        }
        return new OriginText(text, origins);
    }

    /// <summary>A text of the template.</summary>
    public static OriginText Added(string text)
    {
        var origins = new int[text.Length];
        Array.Fill(origins, -1);
        return new OriginText(text, origins);
    }

    /// <summary>This text, then another.</summary>
    public OriginText Then(OriginText next) => new(Text + next.Text, [.. Origins, .. next.Origins]);

    /// <summary>The first occurrence of a placeholder replaced; the same text where there is none.</summary>
    public OriginText Replace(string what, OriginText by) =>
        Text.IndexOf(what, StringComparison.Ordinal) is var at and >= 0 ? Part(0, at).Then(by).Then(Part(at + what.Length, Text.Length)) : this;

    /// <summary>The units from <paramref name="from"/> up to <paramref name="to"/>.</summary>
    public OriginText Part(int from, int to) => new(Text[from..to], Origins[from..to]);

    /// <summary>For each stretch, in code points of this text, whether it holds a code point of the content that is wanted.</summary>
    public bool[] Touched((int Start, int End)[] stretches, Func<int, bool> wanted)
    {
        var origins = new List<int>(Text.Length);
        for (int i = 0; i < Text.Length; i++)
            if (i == 0 || !(char.IsLowSurrogate(Text[i]) && char.IsHighSurrogate(Text[i - 1]))) origins.Add(Origins[i]);
        return Array.ConvertAll(stretches, s =>
        {
            for (int p = Math.Max(0, s.Start); p < s.End && p < origins.Count; p++)
                if (origins[p] >= 0 && wanted(origins[p])) return true;
            return false;
        });
    }
}
