using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Turns a GGUF file's vocabulary into the files of a checkpoint's tokenizer, which are then read like any other and can be saved.</summary>
internal static class GgufTokenizer
{
    private const int Unknown = 2, Control = 3, UserDefined = 4;

    // Split patterns by the names that llama.cpp gives them (llama-vocab.cpp); the patterns themselves are those of the published tokenizer.json files.
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt4o = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Tekken = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string DeepSeekPunctuation = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>How a text is cut: regexes one after another, each match a piece, and perhaps GPT-2's own at the end.</summary>
    internal sealed record Pre(string[] Splits, bool Gpt2 = false, bool IgnoreMerges = false, bool AddsBos = false, bool Nfc = false);

    private static Pre? PreOf(string? name) => name switch
    {
        null or "default" or "gpt-2" or "phi-2" or "jina-es" or "jina-de" or "mpt" or "olmo" or "jais" or "trillion" or "granite-docling" => new([], Gpt2: true),
        "smollm" or "starcoder" or "refact" or "command-r" or "codeshell" or "exaone" or "minerva-7b" => new([@"\p{N}"], Gpt2: true),
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" => new([Llama3], IgnoreMerges: true, AddsBos: true),
        "dbrx" or "smaug-bpe" or "chatglm-bpe" or "glm4" => new([Llama3]),
        "qwen2" or "deepseek-r1-qwen" or "megrez" or "hunyuan" or "stablelm2" => new([Qwen2], Nfc: name is not "stablelm2"),
        "gpt-4o" or "llama4" => new([Gpt4o]),
        "tekken" => new([Tekken], IgnoreMerges: true),
        "deepseek-v3" or "hunyuan-dense" => new([@"\p{N}{1,3}", @"[一-龥぀-ゟ゠-ヿ]+", DeepSeekPunctuation]),
        _ => null,
    };

    /// <summary>One name for each way to cut texts that has one.</summary>
    internal static IReadOnlyList<string> CanonicalNames { get; } = ["gpt-2", "smollm", "llama-bpe", "smaug-bpe", "qwen2", "stablelm2", "gpt-4o", "tekken", "deepseek-v3"];

    /// <summary>The name of a way to cut texts, or null.</summary>
    internal static string? NameOf(Pre pre) => CanonicalNames.FirstOrDefault(name =>
        PreOf(name) is { } known && known.Splits.SequenceEqual(pre.Splits) && known.Gpt2 == pre.Gpt2 && known.IgnoreMerges == pre.IgnoreMerges && known.Nfc == pre.Nfc);

    /// <summary>Whether a pattern is GPT-2's own, in one of the two ways in which it is written.</summary>
    internal static bool IsGpt2(string pattern) => pattern is PreTokenizers.Gpt2Split or @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public static TokenizerFiles Files(GgufVocabulary v, string source)
    {
        if (v.TokenTypes is { } types && types.Length != v.Tokens.Length) throw new CheckpointException($"{source}: tokenizer.ggml.token_type has {types.Length} entries for {v.Tokens.Length} tokens");
        (Func<BpeEntries, byte[]> write, BpeEntries entries) = v.Model switch
        {
            "gpt2" => ByteLevel(v, source),
            "llama" => SentencePiece(v, source),
            _ => throw new CheckpointException($"{source}: tokenizer.ggml.model '{v.Model}' is not built yet (known: gpt2, llama)"),
        };
        var config = new JsonObject();
        var map = new JsonObject();
        foreach ((string role, int? id) in new[] { ("bos_token", v.BosId), ("eos_token", v.EosId), ("pad_token", v.PadId), ("unk_token", UnknownId(v)) })
        {
            // Named as null too: the class's own default must not come in its place.
            config[role] = Token(v, id, source);
            if (config[role] is { } token) map[role] = token.DeepClone();
        }
        config["add_bos_token"] = AddsBos(v);
        config["add_eos_token"] = v.AddEos ?? false;
        config["clean_up_tokenization_spaces"] = false;
        config["tokenizer_class"] = v.Model == "llama" ? "LlamaTokenizer" : "PreTrainedTokenizerFast";
        // Reading what was just written would cost more than all else: vocabulary and merges go to the tokenizer as they are, the file is
        // written when somebody asks for it, and only what is around them is read.
        return new TokenizerFiles(source, () => write(entries), TokenizerFiles.Bytes(config), TokenizerFiles.Bytes(map), v.ChatTemplate) { Frame = write(BpeEntries.None), Entries = entries };
    }

    private static string? Token(GgufVocabulary v, int? id, string source) =>
        id is not { } i ? null : i >= 0 && i < v.Tokens.Length ? v.Tokens[i] : throw new CheckpointException($"{source}: a special token's id {i} is outside the vocabulary of {v.Tokens.Length}");

    private static int? UnknownId(GgufVocabulary v) => v.UnknownId ?? (v.TokenTypes is { } types && Array.IndexOf(types, Unknown) is >= 0 and int i ? i : null);

    private static bool AddsBos(GgufVocabulary v) => v.BosId is not null && (v.AddBos ?? (v.Model == "llama" || PreOf(v.Pre)?.AddsBos == true));

    private static void BosEos(Utf8JsonWriter w, GgufVocabulary v, string source) => TokenizerJsonWriter.BosEos(w,
        AddsBos(v) ? (Token(v, v.BosId, source)!, v.BosId!.Value) : null,
        v.AddEos == true && v.EosId is { } eos ? (Token(v, eos, source)!, eos) : null);

    private static IEnumerable<(int, AddedToken)> Added(GgufVocabulary v)
    {
        for (int id = 0; id < v.Tokens.Length; id++)
        {
            int type = v.TokenTypes?[id] ?? (id == v.BosId || id == v.EosId || id == v.PadId || id == v.UnknownId ? Control : 1);
            if (type is Unknown or Control or UserDefined) yield return (id, new AddedToken(v.Tokens[id], Special: type != UserDefined));
        }
    }

    private static (Func<BpeEntries, byte[]> Write, BpeEntries Entries) ByteLevel(GgufVocabulary v, string source)
    {
        Pre pre = PreOf(v.Pre) ?? throw new CheckpointException($"{source}: tokenizer.ggml.pre '{v.Pre}' is not known (known: gpt-2, smollm, starcoder, llama-bpe, qwen2, gpt-4o, tekken, deepseek-v3, glm4 and their kin)");
        if (v.Merges is null) throw new CheckpointException($"{source}: tokenizer.ggml.merges is missing");
        BpeMerge[] merges = Array.ConvertAll(v.Merges, line =>
        {
            // A token may hold no space, but its first character may be one in odd files: the separator is looked for behind it.
            int space = line.IndexOf(' ', Math.Min(1, line.Length));
            return space > 0 ? new BpeMerge(line.AsMemory(0, space), line.AsMemory(space + 1)) : throw new CheckpointException($"{source}: tokenizer.ggml.merges: '{line}' is not two tokens with a space between");
        });
        return (entries => TokenizerJsonWriter.Write(Added(v), w =>
        {
            if (pre.Nfc) TokenizerJsonWriter.Raw(w, "normalizer", """{"type":"NFC"}""");
            else w.WriteNull("normalizer");
            w.WriteStartObject("pre_tokenizer");
            w.WriteString("type", "Sequence");
            w.WriteStartArray("pretokenizers");
            foreach (string split in pre.Splits)
            {
                w.WriteStartObject();
                w.WriteString("type", "Split");
                w.WriteStartObject("pattern");
                w.WriteString("Regex", split);
                w.WriteEndObject();
                w.WriteString("behavior", "Isolated");
                w.WriteBoolean("invert", false);
                w.WriteEndObject();
            }
            TokenizerJsonWriter.ByteLevel(w, null, useRegex: pre.Gpt2);
            w.WriteEndArray();
            w.WriteEndObject();
            BosEos(w, v, source);
            TokenizerJsonWriter.ByteLevel(w, "decoder", useRegex: true);
        }, w =>
        {
            w.WriteNull("unk_token");
            w.WriteNull("continuing_subword_prefix");
            w.WriteNull("end_of_word_suffix");
            w.WriteBoolean("fuse_unk", false);
            w.WriteBoolean("byte_fallback", false);
            w.WriteBoolean("ignore_merges", pre.IgnoreMerges);
        }, entries.Tokens, entries.Merges), new BpeEntries(v.Tokens, merges));
    }

    private static (Func<BpeEntries, byte[]> Write, BpeEntries Entries) SentencePiece(GgufVocabulary v, string source)
    {
        bool prefix = v.AddSpacePrefix ?? true;
        if (v.Scores is { } scores && scores.Length != v.Tokens.Length) throw new CheckpointException($"{source}: tokenizer.ggml.scores has {scores.Length} entries for {v.Tokens.Length} tokens");
        return (entries => TokenizerJsonWriter.Write(Added(v), w =>
        {
            const string replace = """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""";
            TokenizerJsonWriter.Raw(w, "normalizer", prefix ? $$"""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{{replace}}]}""" : replace);
            w.WriteNull("pre_tokenizer");
            BosEos(w, v, source);
            TokenizerJsonWriter.Raw(w, "decoder", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}"""
                + (prefix ? """,{"type":"Strip","content":" ","start":1,"stop":0}]}""" : "]}"));
        }, w =>
        {
            if (Token(v, UnknownId(v), source) is { } unknown) w.WriteString("unk_token", unknown);
            else w.WriteNull("unk_token");
            w.WriteNull("continuing_subword_prefix");
            w.WriteNull("end_of_word_suffix");
            w.WriteBoolean("fuse_unk", true);
            w.WriteBoolean("byte_fallback", true);
            w.WriteBoolean("ignore_merges", false);
        }, entries.Tokens, entries.Merges), new BpeEntries(v.Tokens, [.. MergesByScore(v).Select(m => new BpeMerge(m.Item1.AsMemory(), m.Item2.AsMemory()))]));
    }

    /// <summary>Every way to put a token together from two, best score first: SentencePiece merges by the score of what comes out.</summary>
    /// <remarks>Without scores the order of ids stands for them. Ways to the same token are ordered as transformers' converter does, longer left part first.</remarks>
    internal static IEnumerable<(string, string)> MergesByScore(GgufVocabulary v)
    {
        var ids = new Dictionary<string, int>(v.Tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < v.Tokens.Length; id++) ids.TryAdd(v.Tokens[id], id);
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<(float Score, string Left, string Right)>();
        foreach ((string token, int id) in ids)
        {
            if (v.TokenTypes?[id] is Unknown or Control or UserDefined) continue;
            for (int cut = 1; cut < token.Length; cut++)
            {
                if (char.IsLowSurrogate(token[cut])) continue;
                if (lookup.ContainsKey(token.AsSpan(0, cut)) && lookup.ContainsKey(token.AsSpan(cut))) merges.Add((v.Scores?[id] ?? -id, token[..cut], token[cut..]));
            }
        }
        return merges.OrderByDescending(m => m.Score).ThenByDescending(m => CodePoints.Count(m.Left)).ThenByDescending(m => CodePoints.Count(m.Right)).Select(m => (m.Left, m.Right));
    }
}
