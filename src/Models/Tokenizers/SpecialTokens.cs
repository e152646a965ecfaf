using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>What tokenizer_config.json and special_tokens_map.json say of special tokens, and what transformers' tokenizer classes make of it.</summary>
internal sealed class SpecialTokens
{
    public static IReadOnlyList<string> Roles { get; } = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, string> _byRole = new(StringComparer.Ordinal);
    private readonly List<AddedToken> _overrides = [];      // tokens written with all their properties: these win over tokenizer.json
    private readonly bool _addBos;
    private readonly bool _addEos;

    private SpecialTokens(JsonObject config, JsonObject map, string source)
    {
        string tokenizerClass = (config["tokenizer_class"] is JsonValue named && named.TryGetValue(out string? text) ? text : "").Replace("Fast", "", StringComparison.Ordinal);
        IsLlama = tokenizerClass is "LlamaTokenizer" or "CodeLlamaTokenizer";
        RebuildsPostProcessor = IsLlama || tokenizerClass is "GemmaTokenizer";
        _addBos = Flag(config, "add_bos_token", true);
        _addEos = Flag(config, "add_eos_token", false);
        AddBosToken = Flag(config, "add_bos_token", RebuildsPostProcessor);
        AddPrefixSpace = Flag(config, "add_prefix_space", false);

        foreach ((string role, string token) in Defaults(tokenizerClass)) _byRole[role] = token;
        if (config["added_tokens_decoder"] is JsonObject decoder)
            foreach ((_, JsonNode? token) in decoder.OrderBy(t => int.TryParse(t.Key, out int id) ? id : int.MaxValue))
                if (token is JsonObject) _overrides.Add(Token(token, special: false, source));
        Take(config, source);
        // Older checkpoints, without added_tokens_decoder, keep their special tokens in the map, which then wins.
        if (!config.ContainsKey("added_tokens_decoder")) Take(map, source);
    }

    public static SpecialTokens Read(JsonObject config, JsonObject map, string source) => new(config, map, source);

    public bool IsLlama { get; }
    public bool RebuildsPostProcessor { get; }
    public bool AddPrefixSpace { get; }

    /// <summary>What transformers' property add_bos_token says: the key, or where the class has a default its default.</summary>
    public bool AddBosToken { get; }
    public List<string> Additional { get; } = [];

    public string? this[string role]
    {
        get => _byRole.GetValueOrDefault(role);
        set => _byRole[role] = value!;
    }

    public bool Contains(string token) => _byRole.ContainsValue(token) || Additional.Contains(token);

    private static bool Flag(JsonObject json, string key, bool otherwise) => json[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    /// <summary>What transformers' classes name when the configuration does not.</summary>
    private static (string, string)[] Defaults(string tokenizerClass) => tokenizerClass switch
    {
        "LlamaTokenizer" or "CodeLlamaTokenizer" => [("unk_token", "<unk>"), ("bos_token", "<s>"), ("eos_token", "</s>")],
        "GemmaTokenizer" => [("unk_token", "<unk>"), ("bos_token", "<bos>"), ("eos_token", "<eos>"), ("pad_token", "<pad>")],
        "GPT2Tokenizer" => [("unk_token", "<|endoftext|>"), ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>")],
        "Qwen2Tokenizer" => [("unk_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")],
        _ => [],
    };

    private void Take(JsonObject json, string source)
    {
        foreach (string role in Roles)
        {
            if (!json.TryGetPropertyValue(role, out JsonNode? token)) continue;
            if (Name(token, source) is { } name) _byRole[role] = name;
            else _byRole.Remove(role);
        }
        IEnumerable<JsonNode?> more = json["additional_special_tokens"] as JsonArray ?? [];
        // Roles of one model only, such as image_token.
        if (json["extra_special_tokens"] is JsonObject extra) more = more.Concat(extra.Select(e => e.Value));
        foreach (JsonNode? token in more)
            if (Name(token, source) is { } name && !Additional.Contains(name)) Additional.Add(name);
    }

    private string? Name(JsonNode? token, string source)
    {
        if (token is null) return null;
        if (token is JsonObject)
        {
            AddedToken added = Token(token, special: true, source) with { Special = true };
            _overrides.Add(added);
            return added.Content;
        }
        return token is JsonValue value && value.TryGetValue(out string? text) ? text : null;
    }

    private static AddedToken Token(JsonNode node, bool special, string source)
    {
        using JsonDocument document = JsonDocument.Parse(node.ToJsonString());
        return AddedToken.Read(new ComponentJson(Path.Combine(source, TokenizerFiles.ConfigName), node.GetPath(), document.RootElement), special);
    }

    /// <summary>tokenizer.json's tokenizer with what the configuration adds.</summary>
    public TokenizerCore Complete(TokenizerCore core)
    {
        var changes = new List<AddedToken>();
        foreach (AddedToken token in _overrides)
            if (core.Added.Find(token.Content) != token) changes.Add(token);
        foreach (string token in Roles.Select(r => this[r]).OfType<string>().Concat(Additional))
            if (token.Length > 0 && core.Added.Find(token) is null && !changes.Exists(c => c.Content == token)) changes.Add(new AddedToken(token));
        if (changes.Count > 0) core = core with { Added = core.Added.With(changes) };
        return RebuildsPostProcessor ? core with { PostProcessor = BosEos(core) } : core;
    }

    private PostProcessor BosEos(TokenizerCore core)
    {
        int[] bos = _addBos && this["bos_token"] is { } b ? [core.Added.IdOf(b)!.Value] : [];
        int[] eos = _addEos && this["eos_token"] is { } e ? [core.Added.IdOf(e)!.Value] : [];
        var parts = new List<PostProcessors.TemplatePart>[2];
        for (int i = 0; i < 2; i++) parts[i] = [new(-1, bos, i), new(i, [], i), new(-1, eos, i)];
        return PostProcessors.Template(parts[0], [.. parts[0], .. parts[1]]);
    }
}
