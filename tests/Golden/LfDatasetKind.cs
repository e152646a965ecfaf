using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Rows to ids and labels. Runs of what is not built yet make the case skipped, after all others passed.</summary>
public sealed class LfDatasetKind : IGoldenKind
{
    public string Kind => "lf_dataset";

    public void Run(GoldenCase golden)
    {
        JsonElement expected = golden.Json.GetProperty("expected");
        Tokenizer tokenizer = Tokenizer.Load(TokenizerFolder(golden.Settings.GetProperty("tokenizer").GetString()!));
        var missing = new SortedSet<string>();
        foreach (JsonElement run in golden.Settings.GetProperty("runs").EnumerateArray())
        {
            string name = run.GetProperty("name").GetString()!;
            JsonElement e = expected.GetProperty(name);
            bool refused = e.TryGetProperty("error", out _);
            Recipe recipe;
            try
            {
                recipe = RecipeOf(golden, run);
            }
            catch (UsageException fault)
            {
                if (!refused) missing.Add(fault.Message.Split('\n')[0].Split(':')[2].Trim());
                continue;
            }
            if (refused) Assert.Throws<UsageException>(() => Encode(golden, name, e, recipe, tokenizer, run, missing));
            else
            {
                try
                {
                    Encode(golden, name, e, recipe, tokenizer, run, missing);
                }
                catch (UsageException fault) when (fault.Message.Contains("not supported yet", StringComparison.Ordinal))
                {
                    missing.Add(fault.Message.Split(';')[0]);
                }
            }
        }
        Skip.If(missing.Count > 0, $"all that is supported passed; not built yet: {string.Join(", ", missing)}");
    }

    private static string TokenizerFolder(string name)
    {
        string folder = Path.Combine(Repository.GoldenRoot, "text", "tokenizers", name);
        return Directory.Exists(folder) ? folder : Path.Combine(Repository.Root, "..", "shared", "golden", "text", "tokenizers", name);
    }

    private static Recipe RecipeOf(GoldenCase golden, JsonElement run)
    {
        // The run's keys are a recipe's; JSON is a recipe's format too.
        IEnumerable<string> keys = run.EnumerateObject().Where(p => p.Name is not ("name" or "collate" or "dataset_dir")).Select(p => $"{JsonSerializer.Serialize(p.Name)}: {p.Value.GetRawText()}");
        string folder = golden.Path(golden.Settings.GetProperty("dataset_dir").GetString()!);
        return RecipeReader.Parse("{" + string.Join(", ", keys.Append($"\"dataset_dir\": {JsonSerializer.Serialize(folder)}")) + "}", "run");
    }

    private static void Encode(GoldenCase golden, string name, JsonElement e, Recipe recipe, Tokenizer tokenizer, JsonElement run, SortedSet<string> missing)
    {
        SupervisedEncoder encoder = SupervisedEncoder.For(recipe, tokenizer);
        DatasetRows data = DatasetReader.Read(recipe);
        TemplateTokens tokens = encoder.Chat.Tokens;
        Assert.Equal(e.GetProperty("eos_token_id").GetInt32(), tokens.EosId);
        Assert.Equal(e.GetProperty("pad_token_id").GetInt32(), tokens.PadId);
        Assert.Equal(e.GetProperty("stop_token_ids").EnumerateArray().Select(i => i.GetInt32()), encoder.Chat.StopIds);
        Assert.Equal(e.GetProperty("new_tokens").EnumerateObject().Select(t => (t.Name, t.Value.GetInt32())).Order(), tokens.NewTokens.Select(t => (t.Key, t.Value)).Order());
        if (e.TryGetProperty("chat_template", out JsonElement jinja)) Assert.Equal(jinja.GetString(), encoder.Chat.ReplacementChatTemplate(tokenizer.ChatTemplate));
        Assert.Equal(e.GetProperty("examples").GetInt32(), data.Rows.Count);
        var rows = new EncodedRow[data.Rows.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            TrainingRow row = data.Rows[i];
            if (row.Tools.Length > 0 || row.Messages.Any(m => m.Role == MessageRole.Function))
            {
                missing.Add("rows with tools");
                continue;
            }
            rows[i] = encoder.Encode(row);
            Same($"{name}: row {i} ids", Ragged(golden, $"{name}/input_ids", i), rows[i].Ids);
            Same($"{name}: row {i} labels", Ragged(golden, $"{name}/labels", i), rows[i].Labels);
        }
        if (run.TryGetProperty("collate", out JsonElement collate)) Collate(golden, name, [.. collate.GetProperty("rows").EnumerateArray().Select(r => rows[r.GetInt32()])], tokens.PadId);
    }

    /// <summary>The padded rectangle holds the packed rows, padding behind each.</summary>
    private static void Collate(GoldenCase golden, string name, EncodedRow[] rows, int pad)
    {
        Batch batch = Batch.Pack(rows);
        GoldenTensor ids = golden[$"{name}/batch.input_ids"], labels = golden[$"{name}/batch.labels"];
        Assert.Equal(ids.Count, batch.PaddedElements);
        int width = ids.Shape[1];
        for (int r = 0; r < batch.Rows; r++)
        {
            int length = batch.Offsets[r + 1] - batch.Offsets[r];
            Same($"{name}: batch row {r} ids", ids.Ints()[(r * width)..((r + 1) * width)], [.. batch.Ids[batch.Offsets[r]..batch.Offsets[r + 1]], .. Enumerable.Repeat(pad, width - length)]);
            Same($"{name}: batch row {r} labels", labels.Ints()[(r * width)..((r + 1) * width)], [.. batch.Labels[batch.Offsets[r]..batch.Offsets[r + 1]], .. Enumerable.Repeat(-100, width - length)]);
        }
    }

    private static int[] Ragged(GoldenCase golden, string tensor, int row)
    {
        long[] offsets = golden[tensor + ".offsets"].Longs();
        return golden[tensor].Ints()[(int)offsets[row]..(int)offsets[row + 1]];
    }

    private static void Same(string what, int[] expected, int[] actual)
    {
        int at = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(at == expected.Length && at == actual.Length, $"{what}: differs at {at} of {expected.Length}: {string.Join(' ', actual.Skip(Math.Max(0, at - 2)).Take(8))} where {string.Join(' ', expected.Skip(Math.Max(0, at - 2)).Take(8))} is expected ({actual.Length} against {expected.Length})");
    }
}
