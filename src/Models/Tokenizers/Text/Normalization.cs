using System.Globalization;
using System.IO.Compression;

namespace Pure.Tuner;

internal enum NormalForm { C, D, KC, KD }

/// <summary>The four Unicode normal forms (UAX 15), with what happened to each character.</summary>
/// <remarks>String.Normalize returns its input unchanged under InvariantGlobalization, and does not say which character became what.</remarks>
internal static class Normalization
{
    private const int HangulFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TailBase = 0x11A7, Vowels = 21, Tails = 28, Syllables = 19 * Vowels * Tails;

    private static readonly Dictionary<int, int[]> s_canonical = [];
    private static readonly Dictionary<int, int[]> s_compatible = [];
    private static readonly Dictionary<(int, int), int> s_composed = [];
    private static readonly Dictionary<int, int> s_classes = [];
    private static readonly CharSet[] s_active;

    static Normalization()
    {
        var excluded = new HashSet<int>();
        using var reader = new StreamReader(new DeflateStream(new MemoryStream(Convert.FromBase64String(NormalizationData.Packed)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = Array.ConvertAll(line[1..].Split(' '), h => int.Parse(h, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (line[0] == '#')
            {
                for (int c = numbers[0]; c <= numbers[1]; c++) s_classes[c] = numbers[2];
                continue;
            }
            (line[0] == '~' ? s_compatible : s_canonical)[numbers[0]] = numbers[1..];
            if (line[0] == '=') s_composed[(numbers[1], numbers[2])] = numbers[0];
            if (line[0] == '!') excluded.Add(numbers[0]);
        }
        CharSet marks = CharSet.Of(s_classes.Keys.Select(c => (c, c)));
        CharSet canonical = CharSet.Of([.. s_canonical.Keys.Select(c => (c, c)), (HangulFirst, HangulFirst + Syllables - 1)]);
        CharSet compatible = CharSet.Of(s_compatible.Keys.Select(c => (c, c)));
        CharSet seconds = CharSet.Of([.. s_composed.Keys.Select(p => (p.Item2, p.Item2)), (VowelFirst, VowelFirst + Vowels - 1), (TailBase + 1, TailBase + Tails - 1)]);
        CharSet composing = CharSet.Of([.. marks.Ranges, .. seconds.Ranges, .. excluded.Select(c => (c, c))]);
        s_active = [composing, marks.Or(canonical), composing.Or(compatible).Or(canonical), marks.Or(canonical).Or(compatible)];
    }

    /// <summary>Whether the text is in the form for certain, because no character could change or take part in a change.</summary>
    public static bool IsSurely(NormalForm form, ReadOnlySpan<char> text)
    {
        CharSet active = s_active[(int)form];
        for (int i = 0; i < text.Length;)
        {
            // No character below U+00A0 takes part in any form.
            if (text[i] < 0xA0) { i++; continue; }
            if (active.Contains(CodePoints.At(text, ref i))) return false;
        }
        return true;
    }

    /// <summary>Characters of the form, each with a change: 1 inserted, 0 in place of one character, -n in place of one and of the n after it.</summary>
    public static List<(int CodePoint, int Change)> Apply(NormalForm form, ReadOnlySpan<char> text)
    {
        var output = new List<(int CodePoint, int Change)>(text.Length);
        var classes = new List<int>(text.Length);
        bool compatible = form is NormalForm.KC or NormalForm.KD;
        int sorted = 0;
        for (int i = 0; i < text.Length;)
        {
            int before = output.Count;
            Decompose(CodePoints.At(text, ref i), compatible, output);
            for (int j = before; j < output.Count; j++)
            {
                if (j > before) output[j] = (output[j].CodePoint, 1);
                int combining = s_classes.GetValueOrDefault(output[j].CodePoint);
                classes.Add(combining);
                if (combining != 0) continue;
                SortMarks(output, classes, sorted, j);
                sorted = j + 1;
            }
        }
        SortMarks(output, classes, sorted, output.Count);
        return form is NormalForm.C or NormalForm.KC ? Compose(output, classes) : output;
    }

    private static void Decompose(int c, bool compatible, List<(int, int)> output)
    {
        if (c is >= HangulFirst and < HangulFirst + Syllables)
        {
            int s = c - HangulFirst;
            output.Add((LeadFirst + s / (Vowels * Tails), 0));
            output.Add((VowelFirst + s % (Vowels * Tails) / Tails, 0));
            if (s % Tails != 0) output.Add((TailBase + s % Tails, 0));
        }
        else if (c >= 0xA0 && (s_canonical.TryGetValue(c, out int[]? parts) || compatible && s_compatible.TryGetValue(c, out parts)))
        {
            foreach (int part in parts!) Decompose(part, compatible, output);
        }
        else
        {
            output.Add((c, 0));
        }
    }

    /// <summary>Puts a run of marks into the order of their classes, equal ones as they were.</summary>
    private static void SortMarks(List<(int, int)> output, List<int> classes, int start, int end)
    {
        if (end - start < 2) return;
        int[] order = [.. Enumerable.Range(start, end - start).OrderBy(i => classes[i])];
        (int, int)[] marks = Array.ConvertAll(order, i => output[i]);
        int[] sortedClasses = Array.ConvertAll(order, i => classes[i]);
        for (int i = 0; i < order.Length; i++) (output[start + i], classes[start + i]) = (marks[i], sortedClasses[i]);
    }

    private static List<(int, int)> Compose(List<(int CodePoint, int Change)> text, List<int> classes)
    {
        var output = new List<(int CodePoint, int Change)>(text.Count);
        int starter = -1;           // where the last character of class 0 stands in the output
        int lastClass = -1;         // class of what stands after it, -1 for nothing
        for (int i = 0; i < text.Count; i++)
        {
            (int c, int change) = text[i];
            if (starter >= 0 && lastClass < classes[i] && ComposePair(output[starter].CodePoint, c) is { } composed)
            {
                output[starter] = (composed, output[starter].Change + change - 1);
                continue;
            }
            if (classes[i] == 0) (starter, lastClass) = (output.Count, -1);
            else if (starter >= 0) lastClass = classes[i];
            output.Add((c, change));
        }
        return output;
    }

    private static int? ComposePair(int a, int b)
    {
        if (a is >= LeadFirst and < LeadFirst + 19 && b is >= VowelFirst and < VowelFirst + Vowels)
            return HangulFirst + ((a - LeadFirst) * Vowels + b - VowelFirst) * Tails;
        if (a is >= HangulFirst and < HangulFirst + Syllables && (a - HangulFirst) % Tails == 0 && b is > TailBase and < TailBase + Tails)
            return a + b - TailBase;
        return s_composed.TryGetValue((a, b), out int composed) ? composed : null;
    }
}
