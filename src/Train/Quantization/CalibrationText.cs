using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Text that a model reads while it is quantised, in tokens: windows to calibrate on and windows held back to measure with.</summary>
/// <remarks>
/// Texts are drawn in a seeded order and follow each other, an end of text between them, cut into windows. LLaMA-Factory draws a window from a text that is longer than one;
/// here short texts do too. Every tenth text is held back, or the last tenth of the tokens where there are few texts.
/// </remarks>
internal sealed record CalibrationText(IReadOnlyList<int[]> Windows, IReadOnlyList<int[]> Held)
{
    private const int MostRows = 20_000, MostHeld = 32, HeldEvery = 10;

    /// <summary>Tokens to calibrate on.</summary>
    internal long Tokens => Windows.Sum(w => (long)w.Length);

    /// <summary>Reads the text of a recipe: export_quantization_dataset, else the rows of dataset.</summary>
    /// <exception cref="UsageException">There is none, or a row has no text.</exception>
    internal static CalibrationText Read(Recipe recipe, Tokenizer tokenizer, int longest, Action<string> notice)
    {
        int length = Math.Min(recipe.ExportQuantizationMaxlen, longest);
        IReadOnlyList<Func<int[]>> pieces = Pieces(recipe, tokenizer, length, notice);
        if (pieces.Count == 0) throw new UsageException($"{recipe.Where(Key(recipe))}: there is no text in it; give a file with rows that have a field 'text'");
        int[] order = new Pcg64((ulong)recipe.Seed).Permutation(pieces.Count);
        bool byPiece = pieces.Count >= HeldEvery;
        int wanted = recipe.ExportQuantizationNsamples;
        List<int> used = [], held = [];
        for (int i = 0; i < order.Length && used.Count < (long)wanted * length; i++) (byPiece && i % HeldEvery == HeldEvery - 1 ? held : used).AddRange(pieces[order[i]]());
        if (held.Count < 2)
        {
            int keep = Math.Max(2, used.Count - Math.Max(2, used.Count / HeldEvery));
            if (used.Count - keep < 2) throw new UsageException($"{recipe.Where(Key(recipe))}: {used.Count} tokens of text are too few to calibrate and to measure; give more, a few thousand at least");
            held = used[keep..];
            used = used[..keep];
        }
        return new CalibrationText(Cut(used, length, wanted), Cut(held, length, MostHeld));
    }

    /// <summary>Exp of the mean negative log-likelihood of every token but each window's first.</summary>
    internal static double Perplexity(DecoderModel model, IReadOnlyList<int[]> windows, CancellationToken cancel)
    {
        double sum = 0;
        long count = 0;
        foreach (int[] ids in windows)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            ForwardContext context = ForwardContext.Packed([ids.Length]);
            Tensor losses = model.NegativeLogLikelihood(model.Hidden(ids, context), context, [.. Enumerable.Range(0, ids.Length - 1)], ids[1..]);
            foreach (float loss in losses.ToArray<float>()) sum += loss;
            count += ids.Length - 1;
        }
        return Pure.Tuner.Perplexity.Of(sum / count);
    }

    private static string Key(Recipe recipe) => recipe.ExportQuantizationDataset is not null ? "export_quantization_dataset" : "dataset";

    /// <summary>Texts of the file, or the data set's rows as the model would be trained on them, in tokens when asked.</summary>
    private static IReadOnlyList<Func<int[]>> Pieces(Recipe recipe, Tokenizer tokenizer, int length, Action<string> notice)
    {
        const string Cure = "give a .jsonl, .json, .csv or .txt file whose rows have a field 'text'";
        if (recipe.ExportQuantizationDataset is { } path)
        {
            int[] end = tokenizer.EosId is { } eos ? [eos] : [];
            return [.. SourceFiles.Find(path, recipe.Where("export_quantization_dataset"), Cure).Rows().Take(MostRows).Select(Text).Where(t => t.Length > 0).Select(t => (Func<int[]>)(() => [.. tokenizer.Encode(t), .. end]))];
        }
        if (recipe.Dataset.Count == 0) throw new UsageException($"export_quantization_dataset: not given, and there is no dataset to read in its place; {Cure}");
        Recipe rows = recipe with { Stage = "sft", ValSize = 0, EvalDataset = [], Streaming = false, MaxSamples = recipe.MaxSamples ?? MostRows, CutoffLen = length, Packing = false, NeatPacking = false, TokenizedPath = null };
        ChatEncoder chat = RowEncoders.Chat(rows, new TokenizerSource(tokenizer));
        return [.. PreparedRows.Of(rows, chat, DatasetLoader.Load(rows), notice).Train.Select(r => (Func<int[]>)(() => [.. r.Ids]))];
    }

    /// <summary>The field text or content, else all texts of the row, one a line: a conversation reads like one.</summary>
    private static string Text(SourceRow row)
    {
        if (row.Json.ValueKind == JsonValueKind.Object)
            foreach (string name in (string[])["text", "content"])
                if (row.Json.TryGetProperty(name, out JsonElement field) && field.ValueKind == JsonValueKind.String) return field.GetString()!;
        var all = new StringBuilder();
        Gather(row.Json, all);
        return all.ToString();
    }

    private static void Gather(JsonElement json, StringBuilder all)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String when json.GetString() is { Length: > 0 } text:
                if (all.Length > 0) all.Append('\n');
                all.Append(text);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in json.EnumerateArray()) Gather(item, all);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty field in json.EnumerateObject()) Gather(field.Value, all);
                break;
        }
    }

    private static List<int[]> Cut(List<int> tokens, int length, int most)
    {
        if (tokens.Count <= length) return [[.. tokens]];
        return [.. Enumerable.Range(0, Math.Min(most, tokens.Count / length)).Select(w => tokens.GetRange(w * length, length).ToArray())];
    }
}
