using System.Collections.Concurrent;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Ids, spans and decoded texts of the field's tokenizers, all equal.</summary>
public sealed class TokenizerKind : IGoldenKind
{
    public string Kind => "tokenizer";

    /// <summary>In the root being run, else among the cases beside the repository.</summary>
    internal static string Folder(string name) => new[] { Repository.GoldenRoot, Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "golden")) }
        .Select(root => Path.Combine(root, "text", "tokenizers", name))
        .FirstOrDefault(Directory.Exists) ?? throw new DirectoryNotFoundException($"no tokenizer '{name}'");

    /// <summary>As transformers loads it, and the bare file as the tokenizers library does; read once for all cases.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<(Tokenizer Tokenizer, TokenizerCore Engine)>> s_loaded = new();

    private static readonly ConcurrentDictionary<string, string> s_modelTypes = new();

    private static string Name(GoldenCase golden) => golden.Settings.GetProperty("tokenizer").GetString()!;

    private static string ModelType(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        return json.RootElement.GetProperty("model").TryGetProperty("type", out JsonElement type) ? type.GetString()! : "BPE";
    }

    public string? SkipReason(GoldenCase golden)
    {
        string type = s_modelTypes.GetOrAdd(Folder(Name(golden)), ModelType);
        return type == "BPE" ? null : $"model.type {type} is not built yet";
    }

    public void Run(GoldenCase golden)
    {
        (Tokenizer tokenizer, TokenizerCore engine) = s_loaded.GetOrAdd(Folder(Name(golden)), folder => new(() =>
            (Tokenizer.Load(folder), TokenizerCore.Read(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")), "tokenizer.json")))).Value;
        if (golden.Settings.TryGetProperty("pairs", out JsonElement pairs)) RunPairs(golden, engine, pairs);
        else RunTexts(golden, engine, tokenizer, [.. golden.Settings.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)]);
    }

    private static void RunTexts(GoldenCase golden, TokenizerCore engine, Tokenizer tokenizer, string[] texts)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i];
            TokenEncoding plain = engine.Encode(text, null, false, truncation: engine.Truncation);
            TokenEncoding special = engine.Encode(text, null, true, truncation: engine.Truncation);
            Row(golden, "ids", i, plain.Ids, text);
            Assert.Equal(plain.Ids, engine.EncodeIds(text, false));
            Row(golden, "ids_special", i, special.Ids, text);
            Row(golden, "spans", i, [.. plain.Spans!.SelectMany(s => new[] { s.Start, s.End })], text);
            int[] ids = tokenizer.Encode(text);
            Row(golden, "hf_ids", i, ids, text);
            Check(golden, "decoded", i, engine.Decode(plain.Ids, false));
            Check(golden, "decoded_skip", i, engine.Decode(special.Ids, true));
            Check(golden, "hf_decoded", i, tokenizer.Decode(ids));
            Check(golden, "hf_decoded_skip", i, tokenizer.Decode(ids, skipSpecialTokens: true));
            StreamingDecoder stream = tokenizer.StartDecoding();
            Check(golden, "hf_decoded", i, string.Concat(ids.Select(stream.Push)) + stream.Flush());
            if (Expected(golden, "tokens") is { } tokens)
                Assert.Equal(tokens[i].EnumerateArray().Select(t => t.GetString()), plain.Ids.Select(id => engine.Added.TokenOf(id)));
        }
    }

    private static void RunPairs(GoldenCase golden, TokenizerCore engine, JsonElement pairs)
    {
        var rows = new List<int[]>();
        JsonElement batch = golden.Settings.GetProperty("batch");
        // The length to cut to is the batch's; all else is as the file says.
        var truncation = new Truncation(batch.GetProperty("max_length").GetInt32());
        for (int i = 0; i < pairs.GetArrayLength(); i++)
        {
            (string a, string b) = (pairs[i][0].GetString()!, pairs[i][1].GetString()!);
            TokenEncoding pair = engine.Encode(a, b, true, truncation: engine.Truncation);
            Row(golden, "ids", i, pair.Ids, a);
            Row(golden, "type_ids", i, pair.TypeIds, a);
            Row(golden, "special_mask", i, pair.SpecialMask, a);
            rows.Add(engine.Encode(a, null, true, truncation: truncation).Ids);
        }
        var padding = new Padding(batch.GetProperty("pad_id").GetInt32(), Left: batch.GetProperty("padding_side").GetString() == "left");
        (int[][] ids, int[][] mask) = padding.Apply(rows);
        golden.Check("batch.ids", ids.SelectMany(r => r).ToArray());
        golden.Check("batch.attention_mask", mask.SelectMany(r => r).ToArray());
    }

    private static JsonElement? Expected(GoldenCase golden, string name) =>
        golden.Json.GetProperty("expected").TryGetProperty(name, out JsonElement value) ? value : null;

    private static void Check(GoldenCase golden, string name, int i, string actual)
    {
        if (Expected(golden, name) is { } expected) Assert.True(expected[i].GetString() == actual, $"{name}[{i}]: '{actual}' where '{expected[i].GetString()}' is expected");
    }

    private static void Row(GoldenCase golden, string name, int i, int[] actual, string text)
    {
        if (!golden.Has(name)) return;
        int[] offsets = golden[name + ".offsets"].Ints();
        int[] expected = golden[name].Ints()[offsets[i]..offsets[i + 1]];
        // spans: two numbers a row of the tensor.
        if (golden[name].Shape is [_, 2]) expected = golden[name].Ints()[(offsets[i] * 2)..(offsets[i + 1] * 2)];
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{name}[{i}] of '{text[..Math.Min(80, text.Length)]}': [{string.Join(" ", actual.Take(60))}] where [{string.Join(" ", expected.Take(60))}] is expected");
    }
}
