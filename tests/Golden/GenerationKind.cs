using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A tiny checkpoint and a left-padded batch: greedy and beam continuations.</summary>
public sealed class GenerationKind : IGoldenKind
{
    public string Kind => "generation";

    public string? SkipReason(GoldenCase golden) => GoldenBackend.Products == DType.F32 || golden.Has("scores") ? null : "with rounded products only scores are judged, and the case has none";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path("model"));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        GenerationOptions options = GenerationOptions.FromFolder(golden.Path("model"));
        if (!golden.Settings.TryGetProperty("from_generation_config", out JsonElement all) || !all.GetBoolean())
            options = GenerationOptions.From((JsonObject)JsonNode.Parse(golden.Settings.GetRawText())!, golden.Name, options);

        int batch = golden["in.input_ids"].Shape[0], length = golden["in.input_ids"].Shape[1];
        int[] ids = golden["in.input_ids"].Ints(), mask = golden["in.attention_mask"].Ints();
        int[][] rows = [.. Enumerable.Range(0, batch).Select(b => ids[(b * length)..((b + 1) * length)])];
        int[] padding = [.. Enumerable.Range(0, batch).Select(b => length - mask[(b * length)..((b + 1) * length)].Sum())];
        var steps = new List<float[]?[]>();
        var input = new GenerationInput([.. rows.Select((r, b) => r[padding[b]..])])
        {
            Before = [.. rows.Select((r, b) => r[..padding[b]])],
            OnLogits = (step, row, logits) =>
            {
                if (steps.Count == step) steps.Add(new float[]?[batch * options.NumBeams]);
                steps[step][row] = logits.ToArray();
            },
        };
        IReadOnlyList<GenerationResult> results = new Generator(model).Generate(input, options);

        int longest = results.Max(r => r.Tokens.Length), first = options.EosTokenIds.Count > 0 ? options.EosTokenIds[0] : -1;
        // Beam search in the reference takes a pad id of 0 for none.
        int fill = options.PadTokenId is { } pad && (pad != 0 || options.NumBeams == 1) ? pad : first;
        int[][] filled = [.. results.Select(r => (int[])[.. r.Tokens, .. Enumerable.Repeat(fill, longest - r.Tokens.Length)])];
        golden.Check("new_tokens", [.. filled.SelectMany(r => r)]);
        golden.Check("sequences", [.. filled.SelectMany((r, i) => (int[])[.. rows[results[i].Prompt], .. r])]);
        if (golden.Distances is not null)
        {
            CheckUntilTheyPart(golden, options.NumBeams, filled, steps);
            return;
        }
        if (golden.Has("sequences_scores")) golden.Check("sequences_scores", [.. results.Select(r => r.Score!.Value)]);
        if (golden.Has("scores")) CheckScores(golden, steps);
    }

    /// <summary>With rounded products a close choice may fall otherwise, and what follows is another text: scores are compared as long as the tokens before them are the same; of beams the first.</summary>
    private static void CheckUntilTheyPart(GoldenCase golden, int beams, int[][] made, List<float[]?[]> steps)
    {
        int[] shape = golden["scores"].Shape, expected = golden["new_tokens"].Ints(), finite = golden["scores_finite"].Ints();
        int rows = shape[1], vocab = shape[2], width = golden["new_tokens"].Shape[^1];
        double[] all = golden["scores"].Doubles();
        for (int step = 0; step < Math.Min(shape[0], steps.Count); step++)
            for (int row = 0; row < rows; row++)
            {
                if (steps[step][row] is not { } scores || step > 0 && (beams > 1 || !made[row].AsSpan(0, Math.Min(step, made[row].Length)).SequenceEqual(expected.AsSpan(row * width, Math.Min(step, width))))) continue;
                int first = (step * rows + row) * vocab;
                int[] kept = [.. Enumerable.Range(0, vocab).Where(i => finite[first + i] != 0)];
                golden.Distances!.Add("scores", [.. kept.Select(i => (double)scores[i])], [.. kept.Select(i => all[first + i])]);
            }
    }

    /// <summary>Rows that ended hold what the reference computed from padding: they are not compared.</summary>
    private static void CheckScores(GoldenCase golden, List<float[]?[]> steps)
    {
        int rows = golden["scores"].Shape[1], vocab = golden["scores"].Shape[2];
        Assert.Equal(golden["scores"].Shape[0], steps.Count);
        float[] actual = golden["scores"].Floats();
        int[] finite = golden["scores_finite"].Ints();
        for (int i = 0; i < actual.Length; i++)
        {
            if (steps[i / vocab / rows][i / vocab % rows] is not { } row) continue;
            float x = row[i % vocab];
            Assert.True(float.IsFinite(x) == (finite[i] != 0), $"scores[{i}] is {x}, and finite is {finite[i]}");
            if (finite[i] != 0) actual[i] = x;
        }
        golden.Check("scores", actual);
    }
}
