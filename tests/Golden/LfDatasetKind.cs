using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Rows to ids and labels. Runs of later stages are counted in <see cref="LfDatasetLaterRuns"/>.</summary>
public sealed class LfDatasetKind : IGoldenKind
{
    public string Kind => "lf_dataset";

    /// <summary>The stage of a run, when it is one that is not built yet.</summary>
    internal static string? LaterStage(JsonElement run) =>
        run.TryGetProperty("stage", out JsonElement stage) && stage.GetString() is "rm" or "kto" or "ppo" or "dpo" ? stage.GetString() : null;

    public string? SkipReason(GoldenCase golden) =>
        golden.Settings.GetProperty("runs").EnumerateArray().All(r => LaterStage(r) is not null) ? "all its runs are of stages that are not built yet" : null;

    public void Run(GoldenCase golden)
    {
        JsonElement expected = golden.Json.GetProperty("expected");
        Tokenizer tokenizer = Tokenizer.Load(TokenizerFolder(golden.Settings.GetProperty("tokenizer").GetString()!));
        foreach (JsonElement run in golden.Settings.GetProperty("runs").EnumerateArray())
        {
            if (LaterStage(run) is not null) continue;
            string name = run.GetProperty("name").GetString()!;
            JsonElement e = expected.GetProperty(name);
            bool refused = e.TryGetProperty("error", out _);
            if (refused)
            {
                Assert.Throws<UsageException>(() => Encode(golden, name, e, RecipeOf(golden, run), tokenizer, run));
                continue;
            }
            Encode(golden, name, e, RecipeOf(golden, run), tokenizer, run);
        }
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

    private static void Encode(GoldenCase golden, string name, JsonElement e, Recipe recipe, Tokenizer tokenizer, JsonElement run)
    {
        ChatEncoder chat = RowEncoders.Chat(recipe, new TokenizerSource(tokenizer));
        chat.Clock = GoldenClock.Of(golden);
        IRowEncoder learned = RowEncoders.For(recipe, chat), asked = recipe.PredictWithGenerate ? RowEncoders.ForPrediction(recipe, chat) : learned;
        LoadedData loaded = DatasetLoader.Load(recipe, recipe.PredictWithGenerate);
        TemplateTokens tokens = chat.Tokens;
        Assert.Equal(e.GetProperty("eos_token_id").GetInt32(), tokens.EosId);
        Assert.Equal(e.GetProperty("pad_token_id").GetInt32(), tokens.PadId);
        Assert.Equal(e.GetProperty("stop_token_ids").EnumerateArray().Select(i => i.GetInt32()), chat.StopIds);
        Assert.Equal(e.GetProperty("new_tokens").EnumerateObject().Select(t => (t.Name, t.Value.GetInt32())).Order(), tokens.NewTokens.Select(t => (t.Key, t.Value)).Order());
        if (e.TryGetProperty("chat_template", out JsonElement jinja)) Assert.Equal(jinja.GetString(), chat.ReplacementChatTemplate(tokenizer.ChatTemplate));
        if (recipe.Dataset.Count > 0)
        {
            EncodedRow[] rows = Rows(golden, name, "", e, learned, loaded.Train, recipe);
            if (run.TryGetProperty("collate", out JsonElement collate)) Collate(golden, name, [.. collate.GetProperty("rows").EnumerateArray().Select(r => rows[r.GetInt32()])], tokens.PadId);
        }
        foreach ((_, DatasetRows held) in loaded.Evaluation) Rows(golden, name, "eval.", e, asked, held, recipe);
    }

    /// <param name="part">Empty for the rows that are learned, "eval." for the others.</param>
    private static EncodedRow[] Rows(GoldenCase golden, string name, string part, JsonElement e, IRowEncoder encoder, DatasetRows data, Recipe recipe)
    {
        EncodedRow[] rows = RowEncoding.All(recipe with { Threads = 2 }, encoder, data).Rows;
        Assert.Equal(e.GetProperty(part + "examples").GetInt32(), rows.Length);
        string prefix = $"{name}/{part}";
        for (int i = 0; i < rows.Length; i++)
        {
            Same($"{name}: {part}row {i} ids", Ragged(golden, $"{prefix}input_ids", i), rows[i].Ids);
            if (golden.Has($"{prefix}labels")) Same($"{name}: {part}row {i} labels", Ragged(golden, $"{prefix}labels", i), rows[i].Labels);
            if (golden.Has($"{prefix}position_ids")) Same($"{name}: {part}row {i} positions", Ragged(golden, $"{prefix}position_ids", i), rows[i].Positions!);
            if (golden.Has($"{prefix}attention_mask")) Same($"{name}: {part}row {i} pieces", Ragged(golden, $"{prefix}attention_mask", i), rows[i].Pieces!);
        }
        return rows;
    }

    /// <summary>The padded rectangle holds the packed rows, padding behind each.</summary>
    private static void Collate(GoldenCase golden, string name, EncodedRow[] rows, int pad)
    {
        Batch batch = Batch.Pack(rows);
        GoldenTensor ids = golden[$"{name}/batch.input_ids"], labels = golden[$"{name}/batch.labels"];
        int width = ids.Shape[1], longest = rows.Max(r => r.Ids.Length);
        Assert.Equal(batch.Rows, ids.Shape[0]);
        // The case's collator pads to a multiple of 8 in every stage; a run of stage pt does not.
        Assert.True(width == batch.PaddedElements / batch.Rows || width == (longest + 7) / 8 * 8, $"{name}: the batch is {batch.PaddedElements / batch.Rows} wide where {width} is expected");
        if (golden.Has($"{name}/batch.attention_mask") && golden[$"{name}/batch.attention_mask"] is { Shape.Length: 4 } mask) Same($"{name}: batch mask", mask.Ints(), Mask(batch, width));
        for (int r = 0; r < batch.Rows; r++)
        {
            int length = batch.Offsets[r + 1] - batch.Offsets[r];
            Same($"{name}: batch row {r} ids", ids.Ints()[(r * width)..((r + 1) * width)], [.. batch.Ids[batch.Offsets[r]..batch.Offsets[r + 1]], .. Enumerable.Repeat(pad, width - length)]);
            Same($"{name}: batch row {r} positions", golden.Has($"{name}/batch.position_ids") ? golden[$"{name}/batch.position_ids"].Ints()[(r * width)..((r + 1) * width)] : [.. Enumerable.Range(0, length), .. new int[width - length]],
                [.. batch.Positions[batch.Offsets[r]..batch.Offsets[r + 1]], .. new int[width - length]]);
            Same($"{name}: batch row {r} labels", labels.Ints()[(r * width)..((r + 1) * width)], [.. batch.Labels[batch.Offsets[r]..batch.Offsets[r + 1]], .. Enumerable.Repeat(-100, width - length)]);
        }
    }

    /// <summary>Who sees whom: 1 for each earlier or own place of the same piece, nothing for padding.</summary>
    private static int[] Mask(Batch batch, int width)
    {
        var mask = new int[batch.Rows * width * width];
        int row = 0, start = 0;
        foreach (int length in batch.PieceLengths())
        {
            while (start >= batch.Offsets[row + 1]) row++;
            int at = start - batch.Offsets[row];
            for (int q = 0; q < length; q++)
                for (int k = 0; k <= q; k++) mask[(row * width + at + q) * width + at + k] = 1;
            start += length;
        }
        return mask;
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
