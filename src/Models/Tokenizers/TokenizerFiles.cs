using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>The files of a checkpoint's tokenizer, as bytes.</summary>
/// <param name="source">Folder or file they come from, for errors.</param>
/// <param name="tokenizer">Gives tokenizer.json; asked once, when it is needed.</param>
/// <param name="config">tokenizer_config.json, or null.</param>
/// <param name="specialTokensMap">special_tokens_map.json, or null.</param>
/// <param name="chatTemplate">chat_template.jinja, or null.</param>
internal sealed class TokenizerFiles(string source, Func<byte[]> tokenizer, byte[]? config, byte[]? specialTokensMap, string? chatTemplate)
{
    private readonly Lazy<byte[]> _tokenizer = new(tokenizer);

    public TokenizerFiles(string source, byte[] tokenizer, byte[]? config, byte[]? specialTokensMap, string? chatTemplate) : this(source, () => tokenizer, config, specialTokensMap, chatTemplate) { }

    /// <summary>Folder or file they come from, for errors.</summary>
    public string Source { get; } = source;

    /// <summary>tokenizer.json</summary>
    public byte[] Tokenizer => _tokenizer.Value;

    /// <summary>tokenizer.json without vocabulary and merges, where these are <see cref="Entries"/>; else null.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>Vocabulary and merges that need not be read from <see cref="Tokenizer"/>, or null.</summary>
    public BpeEntries? Entries { get; init; }

    public byte[]? Config { get; } = config;
    public byte[]? SpecialTokensMap { get; } = specialTokensMap;
    public string? ChatTemplate { get; } = chatTemplate;

    public const string TokenizerName = "tokenizer.json", ConfigName = "tokenizer_config.json", MapName = "special_tokens_map.json", TemplateName = "chat_template.jinja";

    /// <summary>As transformers writes: two spaces, nothing escaped that need not be.</summary>
    public static JsonWriterOptions Writing { get; } = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TokenizerFiles Read(string folder)
    {
        string At(string name) => Path.Combine(folder, name);
        byte[]? Optional(string name) => File.Exists(At(name)) ? File.ReadAllBytes(At(name)) : null;
        if (!Directory.Exists(folder)) throw new CheckpointException($"{folder}: there is no such folder: give a checkpoint's folder, which holds {TokenizerName}");
        byte[] tokenizer = Optional(TokenizerName) ?? throw new CheckpointException($"{folder}: no {TokenizerName}: {(File.Exists(At("tokenizer.model")) ? "tokenizer.model alone is not read; save the tokenizer in the fast format" : "put the model's tokenizer.json there")}");
        return new TokenizerFiles(folder, tokenizer, Optional(ConfigName), Optional(MapName), File.Exists(At(TemplateName)) ? File.ReadAllText(At(TemplateName)) : null);
    }

    public JsonObject Object(byte[]? utf8, string name)
    {
        if (utf8 is null) return [];
        try
        {
            return JsonText.Nodes(utf8) as JsonObject ?? throw new CheckpointException($"{Path.Combine(Source, name)}: not a JSON object: fetch the file again");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{Path.Combine(Source, name)}: not JSON: {e.Message.TrimEnd('.')}: fetch the file again", e);
        }
    }

    public static byte[] Bytes(JsonNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Writing)) node.WriteTo(writer);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
