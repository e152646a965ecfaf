using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Text to token ids and back, as the checkpoint's own tokenizer.json says.</summary>
/// <remarks>The ids are those of transformers' AutoTokenizer on the same folder, which for some classes differ from the bare file's: special tokens and bos/eos of tokenizer_config.json count. Encoding and decoding may run on any number of threads; the setters may not run beside them.</remarks>
public sealed partial class Tokenizer
{
    private readonly TokenizerFiles _files;
    private readonly JsonObject _config;
    private readonly JsonObject _specialTokensMap;
    private readonly SpecialTokens _special;
    private readonly bool _cleanUp;
    private readonly List<string> _addedLater = [];
    private TokenizerCore _core;
    private bool _configChanged;
    private string? _chatTemplate;

    internal Tokenizer(TokenizerFiles files)
    {
        _files = files;
        _config = files.Object(files.Config, TokenizerFiles.ConfigName);
        _specialTokensMap = files.Object(files.SpecialTokensMap, TokenizerFiles.MapName);
        _special = SpecialTokens.Read(_config, _specialTokensMap, files.Source);
        _cleanUp = _config["clean_up_tokenization_spaces"] is JsonValue clean && clean.TryGetValue(out bool cleanUp) && cleanUp;
        _chatTemplate = files.ChatTemplate ?? TemplateOf(_config["chat_template"]);
        _core = TokenizerCore.Read(files.Frame ?? files.Tokenizer, Path.Combine(files.Source, TokenizerFiles.TokenizerName), _special.AddPrefixSpace, files.Entries);
        try { _core = _special.Complete(_core); }
        catch (FormatException e) { throw _core.Fault(e); }
    }

    /// <summary>Reads tokenizer.json, and tokenizer_config.json, special_tokens_map.json and chat_template.jinja where they are, from a checkpoint's folder.</summary>
    /// <exception cref="CheckpointException">There is no tokenizer.json, a file is malformed, or asks for a component that is not built; the message names file and key.</exception>
    public static Tokenizer Load(string folder) => new(TokenizerFiles.Read(folder));

    /// <summary>The tokenizer of a GGUF file; <see cref="Save"/> writes it in the form of a checkpoint's folder.</summary>
    /// <param name="vocabulary">The file's metadata.</param>
    /// <param name="source">The file, for errors.</param>
    /// <exception cref="CheckpointException">The model or the split pattern is not known, or lengths differ.</exception>
    internal static Tokenizer FromGguf(GgufVocabulary vocabulary, string source = "GGUF") => new(GgufTokenizer.Files(vocabulary, source));

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">Any text; special tokens written in it are found.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor puts around a text (bos, eos).</param>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        using ProfileSpan span = Profile.Work("tokenizing");
        return _core.EncodeIds(text, addSpecialTokens);
    }

    /// <summary>The text of token ids; ids outside the vocabulary count for nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => _core.Decode(ids, skipSpecialTokens, _cleanUp);

    /// <summary>A decoder that takes one id at a time.</summary>
    public StreamingDecoder StartDecoding(bool skipSpecialTokens = false) => new(_core, skipSpecialTokens, _cleanUp);

    /// <summary>The id of a vocabulary entry or added token, or null.</summary>
    public int? IdOf(string token) => _core.Added.IdOf(token);

    /// <summary>The vocabulary entry of an id, or null.</summary>
    public string? TokenOf(int id) => _core.Added.TokenOf(id);

    /// <summary>Whether an id is a special token, which <see cref="Decode"/> can leave out.</summary>
    public bool IsSpecial(int id) => _core.Added.IsSpecial(id);

    /// <summary>Number of ids, added tokens included: one more than the largest id.</summary>
    public int VocabularySize => _core.Added.IdLimit;

    /// <summary>Ids of the special tokens that the configuration names, or null.</summary>
    public int? BosId => SpecialId("bos_token");
    /// <inheritdoc cref="BosId"/>
    public int? EosId => SpecialId("eos_token");
    /// <inheritdoc cref="BosId"/>
    public int? PadId => SpecialId("pad_token");
    /// <inheritdoc cref="BosId"/>
    public int? UnknownId => SpecialId("unk_token");

    /// <summary>The content of a special token by its role (bos_token, eos_token, pad_token, unk_token, sep_token, cls_token, mask_token), or null.</summary>
    public string? SpecialToken(string role) => _special[role];

    /// <summary>Whether the configuration asks for a bos token in front (add_bos_token, or a post-processor that adds it).</summary>
    public bool AddsBos => BosId is { } bos && _core.EncodeIds("", true) is [var first, ..] && first == bos;

    /// <summary>Whether add_bos_token is set; unlike <see cref="AddsBos"/> whatever the post-processor does.</summary>
    internal bool AddBosToken => _special.AddBosToken;

    /// <summary>add_prefix_space of the configuration, which overrides that of a pre-tokeniser at the top.</summary>
    internal bool AddPrefixSpace => _special.AddPrefixSpace;

    /// <summary>The checkpoint's Jinja chat template, or null.</summary>
    public string? ChatTemplate
    {
        get => _chatTemplate;
        set
        {
            _chatTemplate = value;
            _configChanged |= _config.Remove("chat_template");
        }
    }

    /// <summary>"left" or "right": the side that batches are filled up on, kept for other programs in tokenizer_config.json.</summary>
    public string PaddingSide
    {
        get => (_config["padding_side"] is JsonValue side && side.TryGetValue(out string? text) ? text : null) ?? (_special.IsLlama ? "left" : "right");
        set => SetConfig("padding_side", value);
    }

    /// <summary>Sets a key of tokenizer_config.json as it will be saved; null removes it.</summary>
    internal void SetConfig(string key, JsonNode? value)
    {
        if (value is null) _config.Remove(key);
        else _config[key] = value;
        _configChanged = true;
    }

    internal TokenizerCore Core => _core;

    private int? SpecialId(string role) => _special[role] is { } token ? _core.Added.IdOf(token) : null;

    /// <summary>One template, or the one named "default" of several.</summary>
    private static string? TemplateOf(JsonNode? node) => node switch
    {
        JsonValue value => value.TryGetValue(out string? text) ? text : null,
        JsonArray list => list.OfType<JsonObject>().OrderBy(t => TemplateOf(t["name"]) != "default").Select(t => TemplateOf(t["template"])).FirstOrDefault(),
        _ => null,
    };
}
