using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Writes a tokenizer.json of our own making; what is made is then read like any other, so there is one behaviour.</summary>
internal static class TokenizerJsonWriter
{
    /// <param name="added">Added tokens with their ids, in the order of ids.</param>
    /// <param name="components">Writes normalizer, pre_tokenizer, post_processor and decoder.</param>
    /// <param name="model">Writes the model's settings before vocab and merges.</param>
    /// <param name="tokens">Vocabulary in the order of ids; of equal tokens the first counts.</param>
    /// <param name="merges">Pairs, best first.</param>
    public static byte[] Write(IEnumerable<(int Id, AddedToken Token)> added, Action<Utf8JsonWriter> components, Action<Utf8JsonWriter> model, IReadOnlyList<string> tokens, IEnumerable<BpeMerge> merges)
    {
        using var stream = new MemoryStream();
        using (var w = new Utf8JsonWriter(stream, TokenizerFiles.Writing))
        {
            w.WriteStartObject();
            w.WriteString("version", "1.0");
            w.WriteNull("truncation");
            w.WriteNull("padding");
            w.WriteStartArray("added_tokens");
            foreach ((int id, AddedToken token) in added) token.Write(w, id);
            w.WriteEndArray();
            components(w);
            w.WriteStartObject("model");
            w.WriteString("type", "BPE");
            w.WriteNull("dropout");
            model(w);
            w.WriteStartObject("vocab");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (int id = 0; id < tokens.Count; id++)
                if (seen.Add(tokens[id])) w.WriteNumber(tokens[id], id);
            w.WriteEndObject();
            w.WriteStartArray("merges");
            foreach (BpeMerge merge in merges)
            {
                w.WriteStartArray();
                w.WriteStringValue(merge.Left.Span);
                w.WriteStringValue(merge.Right.Span);
                w.WriteEndArray();
            }
            w.WriteEndArray();
            w.WriteEndObject();
            w.WriteEndObject();
        }
        return stream.ToArray();
    }

    public static void ByteLevel(Utf8JsonWriter w, string? name, bool useRegex)
    {
        if (name is null) w.WriteStartObject();
        else w.WriteStartObject(name);
        w.WriteString("type", "ByteLevel");
        w.WriteBoolean("add_prefix_space", false);
        w.WriteBoolean("trim_offsets", false);
        w.WriteBoolean("use_regex", useRegex);
        w.WriteEndObject();
    }

    /// <summary>An object with one string value beside its type: Replace, Prepend, ...</summary>
    public static void Raw(Utf8JsonWriter w, string name, string json)
    {
        w.WritePropertyName(name);
        w.WriteRawValue(json);
    }

    /// <summary>The post-processor that puts bos in front and eos behind, or null.</summary>
    public static void BosEos(Utf8JsonWriter w, (string Token, int Id)? bos, (string Token, int Id)? eos)
    {
        if (bos is null && eos is null)
        {
            w.WriteNull("post_processor");
            return;
        }
        w.WriteStartObject("post_processor");
        w.WriteString("type", "TemplateProcessing");
        for (int n = 1; n <= 2; n++)
        {
            w.WriteStartArray(n == 1 ? "single" : "pair");
            for (int i = 0; i < n; i++)
            {
                Part("SpecialToken", bos?.Token, i);
                Part("Sequence", i == 0 ? "A" : "B", i);
                Part("SpecialToken", eos?.Token, i);
            }
            w.WriteEndArray();
        }
        w.WriteStartObject("special_tokens");
        foreach ((string token, int id) in new[] { bos, eos }.OfType<(string, int)>().Distinct())
        {
            w.WriteStartObject(token);
            w.WriteString("id", token);
            w.WriteStartArray("ids");
            w.WriteNumberValue(id);
            w.WriteEndArray();
            w.WriteStartArray("tokens");
            w.WriteStringValue(token);
            w.WriteEndArray();
            w.WriteEndObject();
        }
        w.WriteEndObject();
        w.WriteEndObject();

        void Part(string kind, string? id, int type)
        {
            if (id is null) return;
            w.WriteStartObject();
            w.WriteStartObject(kind);
            w.WriteString("id", id);
            w.WriteNumber("type_id", type);
            w.WriteEndObject();
            w.WriteEndObject();
        }
    }
}
