using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

public sealed partial record GenerationOptions
{
    /// <summary>Settings that would change the text, are not built, and what value means that they are off.</summary>
    private static readonly Dictionary<string, Func<JsonNode, bool>> s_notBuilt = new()
    {
        ["begin_suppress_tokens"] = Empty,
        ["constraints"] = Empty,
        ["diversity_penalty"] = v => Is(v, 0),
        ["dola_layers"] = Empty,
        ["encoder_repetition_penalty"] = v => Is(v, 1),
        ["exponential_decay_length_penalty"] = Empty,
        ["force_words_ids"] = Empty,
        ["forced_bos_token_id"] = Empty,
        ["guidance_scale"] = v => Is(v, 1),
        ["max_time"] = Empty,
        ["num_beam_groups"] = v => Is(v, 1),
        ["penalty_alpha"] = v => Is(v, 0),
        ["renormalize_logits"] = v => v.GetValueKind() == JsonValueKind.False,
        ["sequence_bias"] = Empty,
        ["top_h"] = Empty,
        ["watermarking_config"] = Empty,
    };

    /// <summary>Reads the text of a generation_config.json; keys that do not change the text are passed over.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="CheckpointException">It is no JSON object, or a value is of the wrong kind, or it asks for something that is not built.</exception>
    public static GenerationOptions FromJson(string json, string source = "generation_config.json")
    {
        JsonNode? node;
        try
        {
            node = JsonText.Nodes(System.Text.Encoding.UTF8.GetBytes(json), new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{source}: this is not JSON: {e.Message}", e);
        }
        return node is JsonObject settings ? From(settings, source) : throw new CheckpointException($"{source}: an object is expected, like {{\"max_new_tokens\": 64}}");
    }

    /// <summary>What a checkpoint's folder says: its generation_config.json, else the special ids of its config.json.</summary>
    /// <exception cref="CheckpointException">A file is damaged.</exception>
    public static GenerationOptions FromFolder(string folder)
    {
        string own = Path.Combine(folder, "generation_config.json"), model = Path.Combine(folder, "config.json");
        if (File.Exists(own)) return FromJson(File.ReadAllText(own), own);
        if (!File.Exists(model)) return new GenerationOptions();
        GenerationOptions all = FromJson(File.ReadAllText(model), model);
        return new GenerationOptions { EosTokenIds = all.EosTokenIds, PadTokenId = all.PadTokenId };
    }

    /// <summary>The settings of a JSON object over those of <paramref name="basis"/>.</summary>
    internal static GenerationOptions From(JsonObject json, string source, GenerationOptions? basis = null)
    {
        var r = new Reader(json, source);
        foreach ((string key, Func<JsonNode, bool> isOff) in s_notBuilt)
            if (json[key] is { } value && !isOff(value))
                throw new CheckpointException($"{source}: '{key}: {value.ToJsonString()}' is not supported; remove the key");
        GenerationOptions b = basis ?? new GenerationOptions();
        return b with
        {
            MaxNewTokens = r.Int("max_new_tokens") ?? b.MaxNewTokens,
            MaxLength = r.Int("max_length") ?? b.MaxLength,
            MinLength = r.Int("min_length") ?? b.MinLength,
            MinNewTokens = r.Int("min_new_tokens") ?? b.MinNewTokens,
            DoSample = r.Bool("do_sample") ?? b.DoSample,
            Temperature = r.Number("temperature") ?? b.Temperature,
            TopK = r.Int("top_k") ?? b.TopK,
            TopP = r.Number("top_p") ?? b.TopP,
            MinP = r.Number("min_p") ?? b.MinP,
            TypicalP = r.Number("typical_p") ?? b.TypicalP,
            EpsilonCutoff = r.Number("epsilon_cutoff") ?? b.EpsilonCutoff,
            EtaCutoff = r.Number("eta_cutoff") ?? b.EtaCutoff,
            RepetitionPenalty = r.Number("repetition_penalty") ?? b.RepetitionPenalty,
            PresencePenalty = r.Number("presence_penalty") ?? b.PresencePenalty,
            FrequencyPenalty = r.Number("frequency_penalty") ?? b.FrequencyPenalty,
            NoRepeatNgramSize = r.Int("no_repeat_ngram_size") ?? b.NoRepeatNgramSize,
            BadWordsIds = r.IdLists("bad_words_ids") ?? b.BadWordsIds,
            SuppressTokens = r.Ids("suppress_tokens") ?? b.SuppressTokens,
            ForcedEosTokenId = r.Ids("forced_eos_token_id") ?? b.ForcedEosTokenId,
            EosTokenIds = r.Ids("eos_token_id") ?? b.EosTokenIds,
            PadTokenId = r.Ids("pad_token_id") is { } pad ? pad.Length > 0 ? pad[0] : null : b.PadTokenId,
            NumBeams = r.Int("num_beams") ?? b.NumBeams,
            NumReturnSequences = r.Int("num_return_sequences") ?? b.NumReturnSequences,
            LengthPenalty = r.Number("length_penalty") ?? b.LengthPenalty,
            EarlyStopping = r.Early("early_stopping") ?? b.EarlyStopping,
            StopStrings = r.Texts("stop_strings") ?? b.StopStrings,
            Seed = r.Int("seed") ?? b.Seed,
            UseCache = r.Bool("use_cache") ?? b.UseCache,
        };
    }

    private static bool Empty(JsonNode value) => value is JsonArray { Count: 0 } or JsonObject { Count: 0 };

    private static bool Is(JsonNode value, double off) => value.GetValueKind() == JsonValueKind.Number && double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) == off;

    /// <summary>Values by key; null means absent, as in Python's None.</summary>
    private sealed class Reader(JsonObject json, string source)
    {
        internal double? Number(string key) => json[key] switch
        {
            null => null,
            JsonValue v when v.GetValueKind() == JsonValueKind.Number => double.Parse(v.ToJsonString(), CultureInfo.InvariantCulture),
            _ => throw Wrong(key, "a number"),
        };

        internal int? Int(string key) => json[key] is { } node ? Int(key, node, "a whole number") : null;

        internal bool? Bool(string key) => json[key] switch
        {
            null => null,
            JsonValue v when v.GetValueKind() is JsonValueKind.True or JsonValueKind.False => v.GetValueKind() == JsonValueKind.True,
            _ => throw Wrong(key, "true or false"),
        };

        internal EarlyStopping? Early(string key) => json[key] switch
        {
            null => null,
            JsonValue v when v.GetValueKind() is JsonValueKind.True => EarlyStopping.True,
            JsonValue v when v.GetValueKind() is JsonValueKind.False => EarlyStopping.False,
            JsonValue v when v.GetValueKind() == JsonValueKind.String && v.GetValue<string>() == "never" => EarlyStopping.Never,
            _ => throw Wrong(key, "true, false or \"never\""),
        };

        internal int[]? Ids(string key) => json[key] switch
        {
            null => null,
            JsonArray list => [.. list.Select(n => Int(key, n, "a list of ids"))],
            JsonNode one => [Int(key, one, "an id or a list of ids")],
        };

        internal int[][]? IdLists(string key) => json[key] switch
        {
            null => null,
            JsonArray list => [.. list.Select(word => word is JsonArray ids ? ids.Select(n => Int(key, n, "a list of lists of ids")).ToArray() : throw Wrong(key, "a list of lists of ids"))],
            _ => throw Wrong(key, "a list of lists of ids"),
        };

        internal string[]? Texts(string key) => json[key] switch
        {
            null => null,
            JsonValue v when v.GetValueKind() == JsonValueKind.String => [v.GetValue<string>()],
            JsonArray list when list.All(n => n?.GetValueKind() == JsonValueKind.String) => [.. list.Select(n => n!.GetValue<string>())],
            _ => throw Wrong(key, "a text or a list of texts"),
        };

        private int Int(string key, JsonNode? node, string expected) =>
            node?.GetValueKind() == JsonValueKind.Number && double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) is var n && n == Math.Floor(n) && Math.Abs(n) <= int.MaxValue
                ? (int)n : throw Wrong(key, expected);

        private CheckpointException Wrong(string key, string expected) => new($"{source}: '{key}' is {json[key]!.ToJsonString()} where {expected} is expected");
    }
}
