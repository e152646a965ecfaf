using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What decides the ids and labels of rows: rows that are stored are only read by a run of the same.</summary>
/// <param name="Values">Settings by their recipe keys, in a fixed order; fingerprints for what is no key.</param>
/// <param name="VocabularySize">Ids are below it.</param>
internal sealed record TokenizedSettings(IReadOnlyList<(string Key, string Value)> Values, int VocabularySize)
{
    private const string Format = "1";

    /// <summary>The settings of a recipe.</summary>
    public static TokenizedSettings Of(Recipe r, ChatEncoder chat, bool generates)
    {
        var values = new List<(string, string)>();
        void Add(string key, object? value) => values.Add((key, JsonSerializer.Serialize(value)));
        Add("format", Format);
        Add("stage", r.Stage);
        Add("tokenizer", chat.Tokens.Fingerprint);
        Add("template", r.Template);
        Add("tool_format", r.ToolFormat);
        Add("cutoff_len", r.ResolvedCutoffLen);
        Add("packing", r.ResolvedPacking);
        Add("neat_packing", r.NeatPacking);
        Add("preprocessing_batch_size", r.ResolvedPacking ? r.PreprocessingBatchSize : null);      // otherwise it changes no row
        Add("preprocessing_num_workers", r.ResolvedPacking ? r.PreprocessingNumWorkers ?? 1 : null);
        Add("train_on_prompt", r.TrainOnPrompt);
        Add("mask_history", r.MaskHistory);
        Add("default_system", r.DefaultSystem);
        Add("enable_thinking", r.EnableThinking);
        Add("preserve_thinking", r.PreserveThinking);
        Add("predict_with_generate", generates);
        Add("the template's text", ProbeOf(chat));
        return new TokenizedSettings(values, chat.Tokens.Size);
    }

    public string ToJson() => JsonSerializer.Serialize(Values.ToDictionary(v => v.Key, v => v.Value));

    public static Dictionary<string, string> Parse(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];

    /// <summary>Refuses stored rows that were made with other settings.</summary>
    /// <exception cref="UsageException">A setting differs; it is named.</exception>
    public void Require(Dictionary<string, string> stored, string folder, string where)
    {
        foreach ((string key, string now) in Values)
        {
            string was = stored.GetValueOrDefault(key) ?? "null";
            if (was == now) continue;
            string found = key switch
            {
                "tokenizer" => "with another tokenizer than this model's",
                "the template's text" => "when the template had another text, by another version or from another chat template",
                "format" => "in another format, by another version",
                _ => $"with '{key}: {was}' and the recipe has '{key}: {now}'",
            };
            throw new UsageException($"{where}: the rows in {folder} were made {found}; change the recipe back, or name a new folder");
        }
    }

    /// <summary>A small conversation in ids: what the template is, whatever its name.</summary>
    private static string ProbeOf(ChatEncoder chat)
    {
        var row = new TrainingRow([new(MessageRole.User, "a"), new(MessageRole.Assistant, "b"), new(MessageRole.Observation, "c"), new(MessageRole.Assistant, "d")], "e");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((int[] prompt, int[] response) in chat.EncodeTurns(row))
        {
            hash.AppendData(MemoryMarshal.AsBytes(prompt.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes([-1, .. response]));
        }
        hash.AppendData(MemoryMarshal.AsBytes([-2, .. chat.StopIds]));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
