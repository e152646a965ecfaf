using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

public sealed partial class Tokenizer
{
    /// <summary>Makes a string a special token, found in texts as one id from now on, and returns the id. A known token keeps its id.</summary>
    /// <exception cref="ArgumentException">The string is empty.</exception>
    public int AddSpecialToken(string token) => AddSpecialTokens([token])[0];

    /// <summary>Makes strings special tokens and returns their ids, in order; new ones get the ids after the last.</summary>
    /// <exception cref="ArgumentException">A string is empty.</exception>
    public int[] AddSpecialTokens(IReadOnlyList<string> tokens)
    {
        foreach (string token in tokens) ArgumentException.ThrowIfNullOrEmpty(token, nameof(tokens));
        List<string> changed = [.. tokens.Distinct(StringComparer.Ordinal).Where(t => _core.Added.Find(t) is not { Special: true })];
        if (changed.Count > 0)
        {
            _core = _core with { Added = _core.Added.With(changed.Select(t => new AddedToken(t))) };
            _addedLater.AddRange(changed);
        }
        foreach (string token in tokens) Name(token);
        return [.. tokens.Select(t => _core.Added.IdOf(t)!.Value)];

        // Other programs learn which added tokens are special from the configuration.
        void Name(string token)
        {
            if (_special.Contains(token)) return;
            _special.Additional.Add(token);
            _configChanged = true;
            foreach (JsonObject json in (JsonObject[])[_config, _specialTokensMap])
            {
                if (json["additional_special_tokens"] is not JsonArray list) json["additional_special_tokens"] = list = [];
                list.Add(token);
            }
        }
    }

    /// <summary>Names the token of a role (eos_token, pad_token, ...), adding it when it is new, and returns its id.</summary>
    /// <exception cref="ArgumentException">The role is not known, or the token is empty.</exception>
    public int SetSpecialToken(string role, string token)
    {
        if (!SpecialTokens.Roles.Contains(role)) throw new ArgumentException($"special token role '{role}' is not known (known: {string.Join(", ", SpecialTokens.Roles)})", nameof(role));
        ArgumentException.ThrowIfNullOrEmpty(token);
        _special[role] = token;
        _config[role] = token;
        _specialTokensMap[role] = token;
        _configChanged = true;
        if (_core.Added.Find(token) is not { Special: true })
        {
            _core = _core with { Added = _core.Added.With([new AddedToken(token)]) };
            _addedLater.Add(token);
        }
        if (role is "bos_token" or "eos_token") _core = _special.Complete(_core);
        return _core.Added.IdOf(token)!.Value;
    }

    /// <summary>Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and chat_template.jinja as transformers would: the files that were read, byte for byte, where nothing has changed.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes);
        Write(TokenizerFiles.TokenizerName, TokenizerJson());
        Write(TokenizerFiles.ConfigName, _configChanged || _files.Config is null ? TokenizerFiles.Bytes(ConfigToSave()) : _files.Config);
        Write(TokenizerFiles.MapName, _configChanged || _files.SpecialTokensMap is null ? TokenizerFiles.Bytes(MapToSave()) : _files.SpecialTokensMap);
        string template = Path.Combine(folder, TokenizerFiles.TemplateName);
        if (_chatTemplate is not null) File.WriteAllText(template, _chatTemplate);
        else File.Delete(template);
    }

    /// <summary>tokenizer.json as it would be saved.</summary>
    internal byte[] TokenizerJson() => _addedLater.Count == 0 ? _files.Tokenizer : WithAddedTokens();

    /// <summary>tokenizer.json with all added tokens, those that only the configuration named among them: ids are given in the order of the list.</summary>
    private byte[] WithAddedTokens()
    {
        var json = (JsonObject)JsonNode.Parse(_files.Tokenizer)!;
        json["added_tokens"] = new JsonArray([.. _core.Added.Tokens.Select(t => TokenNode(t.Token.Content, withId: true))]);
        return TokenizerFiles.Bytes(json);
    }

    private JsonNode TokenNode(string content, bool withId)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) _core.Added.Find(content)!.Write(writer, withId ? _core.Added.IdOf(content) : null);
        return JsonNode.Parse(stream.ToArray())!;
    }

    private JsonObject ConfigToSave()
    {
        if (!_config.ContainsKey("tokenizer_class")) _config["tokenizer_class"] = "PreTrainedTokenizerFast";
        if (_config["added_tokens_decoder"] is JsonObject decoder)
            foreach (string content in _addedLater) decoder[_core.Added.IdOf(content)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)] = TokenNode(content, withId: false);
        return _config;
    }

    private JsonObject MapToSave()
    {
        foreach (string role in SpecialTokens.Roles)
            if (!_specialTokensMap.ContainsKey(role) && _special[role] is { } token) _specialTokensMap[role] = token;
        return _specialTokensMap;
    }
}
