using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A tiny checkpoint and a left-padded batch: greedy and beam continuations.</summary>
public sealed class GenerationKind : IGoldenKind
{
    public string Kind => "generation";

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
        if (golden.Has("sequences_scores")) golden.Check("sequences_scores", [.. results.Select(r => r.Score!.Value)]);
        if (golden.Has("scores")) CheckScores(golden, steps);
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
