namespace Pure.Tuner;

/// <summary>A step that rewrites text before it is cut.</summary>
internal delegate void Normalizer(AlignedText text);

/// <summary>The normalisers of tokenizer.json.</summary>
internal static class Normalizers
{
    private const string Known = "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Prepend, Replace, Sequence, Strip, StripAccents";

    public static Normalizer Read(ComponentJson json)
    {
        switch (json.Type)
        {
            case "Sequence":
                Normalizer[] steps = [.. json.Items("normalizers").Select(Read)];
                return text => { foreach (Normalizer step in steps) step(text); };
            case "NFC": return text => Normalize(text, NormalForm.C);
            case "NFD": return text => Normalize(text, NormalForm.D);
            case "NFKC": return text => Normalize(text, NormalForm.KC);
            case "NFKD": return text => Normalize(text, NormalForm.KD);
            case "Lowercase": return Lowercase;
            case "Prepend":
                string prefix = json.Needed("prepend");
                return text => text.Prepend(prefix);
            case "Replace":
                (IPattern pattern, string content) = (json.Pattern("pattern"), json.Needed("content"));
                return text => text.Replace(pattern, content);
            case "Strip":
                (bool left, bool right) = (json.Bool("strip_left", true), json.Bool("strip_right", true));
                return text => Strip(text, left, right);
            case "StripAccents":
                CharSet marks = UnicodeSets.Find("M")!;
                return text => text.Filter(c => !marks.Contains(c));
            case "Nmt": return Nmt;
            case "ByteLevel": return text => text.Transform(ByteAlphabet.Map(text.Text));
            case "BertNormalizer": return Bert(json);
            default: throw json.Unknown(Known);
        }
    }

    private static void Normalize(AlignedText text, NormalForm form)
    {
        if (!Normalization.IsSurely(form, text.Text)) text.Transform(Normalization.Apply(form, text.Text));
    }

    private static void Lowercase(AlignedText text)
    {
        // The one letter whose lower case is two characters.
        const int dottedI = 0x130;
        if (!text.IsAligned && !text.Text.Contains((char)dottedI))
        {
            text.Set(text.Text.ToLowerInvariant());
            return;
        }
        var lower = new List<(int, int)>(text.Text.Length);
        foreach (int c in CodePoints.Of(text.Text))
        {
            lower.Add((c == dottedI ? 'i' : System.Text.Rune.IsValid(c) ? System.Text.Rune.ToLowerInvariant(new System.Text.Rune(c)).Value : c, 0));
            if (c == dottedI) lower.Add((0x307, 1));
        }
        text.Transform(lower);
    }

    private static void Strip(AlignedText text, bool left, bool right)
    {
        int start = 0, end = text.Text.Length;
        while (left && start < end)
        {
            int next = start;
            if (!UnicodeSets.WhiteSpace.Contains(CodePoints.At(text.Text, ref next))) break;
            start = next;
        }
        while (right && end > start)
        {
            int next = end;
            if (!UnicodeSets.WhiteSpace.Contains(CodePoints.Before(text.Text, ref next))) break;
            end = next;
        }
        if (start == 0 && end == text.Text.Length) return;
        int at = 0, index = 0;
        var kept = new HashSet<int>();
        foreach (int c in CodePoints.Of(text.Text))
        {
            if (at >= start && at < end) kept.Add(index);
            at += c < 0x10000 ? 1 : 2;
            index++;
        }
        index = 0;
        text.Filter(_ => kept.Contains(index++));
    }

    private static void Nmt(AlignedText text)
    {
        text.Filter(c => c is not (>= 1 and <= 8 or 0xB or >= 0xE and <= 0x1F or 0x7F or 0x8F or 0x9F));
        text.Transform([.. CodePoints.Of(text.Text).Select(c => (c is 9 or 10 or 12 or 13 or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD ? ' ' : c, 0))]);
    }

    private static Normalizer Bert(ComponentJson json)
    {
        bool clean = json.Bool("clean_text", true), chinese = json.Bool("handle_chinese_chars", true), lower = json.Bool("lowercase", true);
        bool strip = json.Bool("strip_accents", lower);
        CharSet dropped = UnicodeSets.Find("C")!.And(CharSet.Of('\t', '\n', '\r').Not()).Or(CharSet.Of(0, 0xFFFD));
        CharSet accents = UnicodeSets.Find("Mn")!;
        return text =>
        {
            if (clean)
            {
                text.Filter(c => !dropped.Contains(c));
                text.Transform([.. CodePoints.Of(text.Text).Select(c => (UnicodeSets.WhiteSpace.Contains(c) ? ' ' : c, 0))]);
            }
            if (chinese) text.Transform([.. CodePoints.Of(text.Text).SelectMany(c => IsChinese(c) ? [(' ', 0), (c, 1), (' ', 1)] : new[] { (c, 0) })]);
            if (strip)
            {
                Normalize(text, NormalForm.D);
                text.Filter(c => !accents.Contains(c));
            }
            if (lower) Lowercase(text);
        };
    }

    private static bool IsChinese(int c) => c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
