using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A step that puts special tokens around one or two sequences.</summary>
internal delegate List<TokenSegment> PostProcessor(List<TokenSegment> sequences, bool addSpecialTokens);

/// <summary>The post-processors of tokenizer.json.</summary>
internal static class PostProcessors
{
    private const string Known = "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing";

    public static PostProcessor Read(ComponentJson json)
    {
        switch (json.Type)
        {
            case "Sequence":
                PostProcessor[] steps = [.. json.Items("processors").Select(Read)];
                return (sequences, add) => steps.Aggregate(sequences, (s, step) => step(s, add));
            case "ByteLevel":
                (bool trim, bool prefix) = (json.Bool("trim_offsets", true), json.Bool("add_prefix_space", true));
                return (sequences, _) =>
                {
                    if (trim) sequences.ForEach(s => TrimSpans(s, prefix));
                    return sequences;
                };
            case "RobertaProcessing":
                (bool trimSpans, bool prefixSpace) = (json.Bool("trim_offsets", true), json.Bool("add_prefix_space", true));
                PostProcessor roberta = Around(json, cls: TokenId(json.Get("cls")), sep: TokenId(json.Get("sep")), secondCls: TokenId(json.Get("sep")), secondType: 0);
                return (sequences, add) =>
                {
                    if (trimSpans) sequences.ForEach(s => TrimSpans(s, prefixSpace));
                    return roberta(sequences, add);
                };
            case "BertProcessing":
                return Around(json, cls: TokenId(json.Get("cls")), sep: TokenId(json.Get("sep")), secondCls: null, secondType: 1);
            case "TemplateProcessing":
                return Template(json);
            default:
                throw json.Unknown(Known);
        }
    }

    /// <summary>["token", id]</summary>
    private static int TokenId(ComponentJson json) =>
        json.Json.ValueKind == JsonValueKind.Array && json.Json.GetArrayLength() == 2 ? json.Item(1).Whole() : throw json.Error("a token and its id are needed");

    private static PostProcessor Around(ComponentJson json, int cls, int sep, int? secondCls, int secondType) => (sequences, add) =>
    {
        if (sequences.Count > 2) throw json.Error("takes one or two sequences");
        for (int i = 0; i < sequences.Count; i++) sequences[i].TypeId = i == 0 ? 0 : secondType;
        if (!add) return sequences;
        var output = new List<TokenSegment> { Special([cls], 0), sequences[0], Special([sep], 0) };
        if (sequences.Count == 1) return output;
        if (secondCls is { } second) output.Add(Special([second], secondType));
        output.Add(sequences[1]);
        output.Add(Special([sep], secondType));
        return output;
    };

    private static TokenSegment Special(int[] ids, int typeId) => new(ids, typeId, isSpecial: true)
    {
        Spans = new (int, int)[ids.Length],
        Texts = [.. ids.Select(_ => "")],
    };

    /// <summary>A template's part: a sequence by number, or ids.</summary>
    internal readonly record struct TemplatePart(int Sequence, int[] Ids, int TypeId);

    private static PostProcessor Template(ComponentJson json)
    {
        var special = new Dictionary<string, int[]>(StringComparer.Ordinal);
        if (json.Get("special_tokens") is { IsNull: false } tokens)
            foreach ((string name, ComponentJson token) in tokens.Entries()) special[name] = [.. token.Items("ids").Select(e => e.Whole())];
        List<TemplatePart> Parts(string key)
        {
            if (json.Get(key).IsNull) return [new(0, [], 0), new(1, [], 1)];
            var parts = new List<TemplatePart>();
            foreach (ComponentJson part in json.Items(key))
            {
                ComponentJson sequence = part.Get("Sequence"), token = part.Get("SpecialToken");
                if (!sequence.IsNull) parts.Add(new(sequence.Needed("id") == "B" ? 1 : 0, [], sequence.Int("type_id", 0)));
                else parts.Add(new(-1, special.TryGetValue(token.Needed("id"), out int[]? ids) ? ids : throw token.Error($"'{token.Needed("id")}' is not in special_tokens"), token.Int("type_id", 0)));
            }
            return parts;
        }
        return Template(Parts("single"), Parts("pair"));
    }

    internal static PostProcessor Template(List<TemplatePart> single, List<TemplatePart> pair) => (sequences, add) =>
    {
        var output = new List<TokenSegment>();
        foreach (TemplatePart part in sequences.Count > 1 ? pair : single)
        {
            if (part.Sequence >= 0)
            {
                TokenSegment sequence = sequences[part.Sequence];
                sequence.TypeId = part.TypeId;
                output.Add(sequence);
            }
            else if (add)
            {
                output.Add(Special(part.Ids, part.TypeId));
            }
        }
        return output;
    };

    /// <summary>Takes leading and trailing spaces out of the spans.</summary>
    private static void TrimSpans(TokenSegment segment, bool addPrefixSpace)
    {
        if (segment.Spans is not { } spans || segment.Texts is not { } texts) return;
        for (int i = 0; i < spans.Length; i++)
        {
            int leading = 0, trailing = 0;
            int[] characters = [.. CodePoints.Of(texts[i])];
            while (leading < characters.Length && IsSpace(characters[leading])) leading++;
            while (trailing < characters.Length && IsSpace(characters[^(trailing + 1)])) trailing++;
            (int start, int end) = spans[i];
            if (leading > 0)
            {
                // One space in front of everything was put there, it has no place in the text; several were not.
                if ((i == 0 || start == 0) && addPrefixSpace && leading == 1) leading = 0;
                start = Math.Min(start + leading, end);
            }
            if (trailing > 0 && end >= trailing) end = Math.Max(end - trailing, start);
            spans[i] = (start, end);
        }
    }

    private static bool IsSpace(int c) => c == ByteAlphabet.Char((byte)' ') || UnicodeSets.WhiteSpace.Contains(c);
}
