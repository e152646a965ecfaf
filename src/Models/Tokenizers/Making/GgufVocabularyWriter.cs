using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A checkpoint's tokenizer as GGUF's metadata: the inverse of <see cref="GgufTokenizer"/>.</summary>
/// <remarks>Nothing is guessed: a tokenizer whose steps have no name in GGUF is refused, since other programs would cut texts otherwise.</remarks>
internal static class GgufVocabularyWriter
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;
    private const string Cure = "save the model as safetensors";

    /// <summary>Adds the keys.</summary>
    public static void Write(GgufWriter file, GgufVocabulary v)
    {
        const string Key = "tokenizer.ggml.";
        file.Key(Key + "model", v.Model);
        file.Key(Key + "pre", v.Pre);
        file.Key(Key + "tokens", v.Tokens);
        file.Key(Key + "token_type", v.TokenTypes);
        file.Key(Key + "scores", v.Scores);
        file.Key(Key + "merges", v.Merges);
        foreach ((string name, int? id) in new[] { ("bos", v.BosId), ("eos", v.EosId), ("unknown", v.UnknownId), ("padding", v.PadId) })
            file.Key($"{Key}{name}_token_id", (uint?)id);
        file.Key(Key + "add_bos_token", v.AddBos);
        file.Key(Key + "add_eos_token", v.AddEos);
        file.Key(Key + "add_space_prefix", v.AddSpacePrefix);
        file.Key("tokenizer.chat_template", v.ChatTemplate);
    }

    /// <summary>What the file has to say.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">Ids that the model has; the file must list as many tokens.</param>
    /// <param name="tell">Is told what other programs may do otherwise.</param>
    /// <exception cref="CheckpointException">The tokenizer has what GGUF has no words for.</exception>
    public static GgufVocabulary Of(Tokenizer tokenizer, int size, Action<string>? tell = null)
    {
        if (tokenizer.VocabularySize > size) throw new CheckpointException($"the tokenizer has {tokenizer.VocabularySize} ids and the model {size}: they do not belong together, or new tokens were added without resize_vocab");
        using JsonDocument document = JsonDocument.Parse(tokenizer.TokenizerJson());
        var root = new ComponentJson("tokenizer.json", "$", document.RootElement);
        ComponentJson model = root.Get("model");
        foreach (string key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.Text(key) is { Length: > 0 }) throw model.Get(key).Error($"GGUF has no word for it: {Cure}");
        (bool addBos, bool addEos) = Around(tokenizer);
        bool byBytes = !model.Bool("byte_fallback", false);
        GgufVocabulary v = new(byBytes ? "gpt2" : "llama", "default", Tokens(tokenizer, size), null, null, null, tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnknownId,
            addBos, addEos, null, tokenizer.ChatTemplate);
        v = v with { TokenTypes = Types(tokenizer, v) };
        if (tokenizer.Core.Added.Tokens.Where(t => t.Token.SingleWord || t.Token.LStrip || t.Token.RStrip).Select(t => t.Token.Content).FirstOrDefault() is { } stripping)
            tell?.Invoke($"GGUF cannot say that the token '{stripping}' takes the spaces beside it (lstrip, rstrip, single_word): other programs will leave them in the text");
        return byBytes
            ? v with { Pre = GgufTokenizer.NameOf(Cuts(tokenizer, root)) ?? throw root.Get("pre_tokenizer").Error($"llama.cpp has no name for this way to cut texts (known: {string.Join(", ", GgufTokenizer.CanonicalNames)}): {Cure}"), Merges = Merges(model) }
            : SentencePiece(v, root, model, tell);
    }

    /// <summary>Whether bos goes in front and eos behind.</summary>
    private static (bool Bos, bool Eos) Around(Tokenizer tokenizer)
    {
        int[] ids = tokenizer.Encode("");
        int at = 0;
        bool bos = ids.Length > 0 && ids[0] == tokenizer.BosId, eos = false;
        if (bos) at++;
        if (at < ids.Length && ids[at] == tokenizer.EosId) (eos, at) = (true, at + 1);
        return at == ids.Length ? (bos, eos) : throw new CheckpointException($"the tokenizer puts [{string.Join(", ", ids.Select(i => tokenizer.TokenOf(i)))}] around a text, and GGUF can only say bos in front and eos behind: {Cure}");
    }

    /// <summary>All ids; those without a token get a name that cannot be in a text by chance.</summary>
    private static string[] Tokens(Tokenizer tokenizer, int size)
    {
        var tokens = new string[size];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int id = 0; id < size; id++)
        {
            tokens[id] = tokenizer.TokenOf(id) ?? string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
            if (!seen.Add(tokens[id])) throw new CheckpointException($"the tokenizer has the token '{tokens[id]}' twice, and GGUF allows each once: {Cure}");
        }
        return tokens;
    }

    private static int[] Types(Tokenizer tokenizer, GgufVocabulary v)
    {
        var types = new int[v.Tokens.Length];
        for (int id = 0; id < types.Length; id++)
        {
            string token = v.Tokens[id];
            types[id] = tokenizer.TokenOf(id) is null ? Unused
                : v.Model == "llama" && id == v.UnknownId ? Unknown
                : tokenizer.Core.Added.Find(token) is { } added ? added.Special ? Control : UserDefined
                : v.Model == "llama" && IsByte(token) ? Byte
                : Normal;
        }
        return types;
    }

    private static bool IsByte(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && int.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);

    private static string[] Merges(ComponentJson model) => [.. Pairs(model).Select(p => p.Left.Contains(' ', StringComparison.Ordinal) || p.Right.Contains(' ', StringComparison.Ordinal)
        ? throw model.Get("merges").Error($"the merge of '{p.Left}' and '{p.Right}' holds a space, which GGUF uses between the two: {Cure}")
        : $"{p.Left} {p.Right}")];

    private static IEnumerable<(string Left, string Right)> Pairs(ComponentJson model)
    {
        foreach (ComponentJson merge in model.Items("merges"))
        {
            if (merge.Json.ValueKind != JsonValueKind.String)
            {
                yield return (merge.Item(0).String(), merge.Item(1).String());
                continue;
            }
            string line = merge.String();
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (!line.StartsWith("#version", StringComparison.Ordinal)) yield return (line[..space], line[(space + 1)..]);
        }
    }

    /// <summary>How a byte-level tokenizer cuts texts.</summary>
    private static GgufTokenizer.Pre Cuts(Tokenizer tokenizer, ComponentJson root)
    {
        bool nfc = false;
        foreach (ComponentJson step in Steps(root.Get("normalizer"), "normalizers"))
            nfc = step.Type == "NFC" ? true : throw step.Error($"GGUF has no word for the normalizer {step.Type} in a byte-level tokenizer: {Cure}");
        ComponentJson cut = root.Get("pre_tokenizer");
        var splits = new List<string>();
        bool gpt2 = false;
        ComponentJson[] steps = [.. Steps(cut, "pretokenizers")];
        for (int i = 0; i < steps.Length; i++)
        {
            ComponentJson step = steps[i];
            switch (step.Type)
            {
                case "Digits" when step.Bool("individual_digits", false): splits.Add(@"\p{N}"); break;
                case "Split" when step.Get("pattern").Text("Regex") is { } regex && IsCut(step): splits.Add(regex); break;
                case "ByteLevel" when i == steps.Length - 1:
                    if (steps.Length == 1 && cut.Type == "ByteLevel" ? tokenizer.AddPrefixSpace : step.Bool("add_prefix_space", true)) throw step.Error($"add_prefix_space: GGUF has no word for a space in front of a text in a byte-level tokenizer: {Cure}");
                    gpt2 = step.Bool("use_regex", true);
                    break;
                default: throw step.Error($"GGUF has no word for this step of a byte-level tokenizer: {Cure}");
            }
        }
        if (steps.Length == 0 || steps[^1].Type != "ByteLevel") throw cut.Error($"without ByteLevel at its end this is not a byte-level tokenizer, and without byte_fallback not one of SentencePiece's; GGUF knows no other kind: {Cure}");
        if (!gpt2 && splits.Count > 0 && GgufTokenizer.IsGpt2(splits[^1]))
        {
            splits.RemoveAt(splits.Count - 1);
            gpt2 = true;
        }
        return new GgufTokenizer.Pre([.. splits], Gpt2: gpt2, IgnoreMerges: root.Get("model").Bool("ignore_merges", false), Nfc: nfc);
    }

    /// <summary>Each match a piece, and all between too; or, which is the same where the pattern leaves nothing out, nothing kept but matches.</summary>
    private static bool IsCut(ComponentJson split) =>
        split.Choice("behavior", SplitBehavior.Isolated) == SplitBehavior.Isolated ? !split.Bool("invert", false) : split.Choice("behavior", SplitBehavior.Isolated) == SplitBehavior.Removed && split.Bool("invert", false);

    /// <summary>A component, or those that its sequence holds; none where there is none.</summary>
    private static IEnumerable<ComponentJson> Steps(ComponentJson json, string list) =>
        json.IsNull ? [] : json.Type == "Sequence" ? json.Items(list).SelectMany(j => Steps(j, list)) : [json];

    /// <summary>
    /// Scores from the order of merges: SentencePiece merges by the score of what comes out. That says the same only where the merges are
    /// all those that lead to a token, token by token.
    /// </summary>
    private static GgufVocabulary SentencePiece(GgufVocabulary v, ComponentJson root, ComponentJson model, Action<string>? tell)
    {
        bool prefix = SpacePrefix(root, tell);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < v.Tokens.Length; id++) ids[v.Tokens[id]] = id;
        var scores = new float[v.Tokens.Length];
        var scored = new bool[v.Tokens.Length];
        int rank = 0, last = -1;
        var given = new HashSet<(string, string)>();
        foreach ((string left, string right) in Pairs(model))
        {
            int id = ids[left + right];
            given.Add((left, right));
            if (id == last) continue;
            if (scored[id]) throw model.Get("merges").Error($"the ways to '{left + right}' do not follow one another, which GGUF's scores cannot say: {Cure}");
            (scored[id], scores[id], last) = (true, -rank++, id);
        }
        for (int id = 0; id < scores.Length; id++)
            if (!scored[id] && v.TokenTypes![id] == Normal) scores[id] = -rank++;
        GgufVocabulary said = v with { Scores = scores, AddSpacePrefix = prefix };
        if (!given.SetEquals(GgufTokenizer.MergesByScore(said))) throw model.Get("merges").Error($"these are not all the ways to put tokens together, so that GGUF's scores would merge otherwise: {Cure}");
        return said;
    }

    /// <summary>Whether a space is put in front of a text.</summary>
    private static bool SpacePrefix(ComponentJson root, Action<string>? tell)
    {
        bool prefix = false, marks = false;
        foreach (ComponentJson step in Steps(root.Get("normalizer"), "normalizers"))
            switch (step.Type)
            {
                case "Prepend" when step.Text("prepend") == "▁": prefix = true; break;
                case "Replace" when step.Get("pattern").Text("String") == " " && step.Text("content") == "▁": marks = true; break;
                default: throw step.Error($"GGUF has no word for this normalizer of a SentencePiece tokenizer: {Cure}");
            }
        foreach (ComponentJson step in Steps(root.Get("pre_tokenizer"), "pretokenizers"))
        {
            if (step.Type != "Metaspace" || marks || step.Character("replacement", "▁") != "▁" || step.Bool("split", true)) throw step.Error($"GGUF has no word for this step of a SentencePiece tokenizer: {Cure}");
            MetaspacePrefix scheme = PreTokenizers.Prefix(step);
            if (scheme == MetaspacePrefix.First) tell?.Invoke("the tokenizer puts a space in front of a text only; programs that read GGUF put one behind every special token too");
            (prefix, marks) = (scheme != MetaspacePrefix.Never, true);
        }
        return marks ? prefix : throw root.Get("normalizer").Error($"nothing turns spaces into '▁', as in every SentencePiece tokenizer: {Cure}");
    }
}
