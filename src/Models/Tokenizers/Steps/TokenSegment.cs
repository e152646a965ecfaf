namespace Pure.Tuner;

/// <summary>A run of tokens of one origin: a sequence's, or those that a post-processor put in.</summary>
internal sealed class TokenSegment(int[] ids, int typeId, bool isSpecial = false)
{
    public int[] Ids { get; set; } = ids;
    public int TypeId { get; set; } = typeId;
    public bool IsSpecial => isSpecial;

    /// <summary>Start and end of each token in the original text, in code points; null when not asked for.</summary>
    public (int Start, int End)[]? Spans { get; set; }

    /// <summary>The text of each token, an added token's with the spaces that it ate; there when the spans are.</summary>
    public string[]? Texts { get; set; }

    public void Truncate(int length, bool left)
    {
        if (Ids.Length <= length) return;
        Range kept = left ? (Ids.Length - length).. : ..length;
        (Ids, Spans, Texts) = (Ids[kept], Spans?[kept], Texts?[kept]);
    }
}

/// <summary>What encoding one or two texts gives.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="TypeIds">Which sequence each token counts to.</param>
/// <param name="SpecialMask">1 where a post-processor put the token in.</param>
/// <param name="Spans">Start and end in the original text, in code points, or null.</param>
internal sealed record TokenEncoding(int[] Ids, int[] TypeIds, int[] SpecialMask, (int Start, int End)[]? Spans);
