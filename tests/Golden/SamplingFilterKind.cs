using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Logits before and after what sampling does to them.</summary>
public sealed class SamplingFilterKind : IGoldenKind
{
    public string Kind => "sampling_filter";

    public void Run(GoldenCase golden)
    {
        var settings = (JsonObject)JsonNode.Parse(golden.Settings.GetRawText())!;
        GenerationOptions options = GenerationOptions.From(settings, golden.Name, new GenerationOptions { TopK = 0 });
        var pipeline = new LogitPipeline(options);
        int rows = golden["in.logits"].Shape[0], vocab = golden["in.logits"].Shape[1];
        int[] ids = golden["in.input_ids"].Ints();
        int length = ids.Length / rows, promptLength = (int?)settings["prompt_length"] ?? length;
        float[] logits = golden["in.logits"].Floats(), probs = new float[logits.Length];
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = logits.AsSpan(r * vocab, vocab);
            pipeline.Process(row, ids.AsSpan(r * length, length), promptLength, int.MaxValue);
            pipeline.Filter(row);
            var p = new double[vocab];
            Probabilities.Into(row, p);
            for (int i = 0; i < vocab; i++) probs[r * vocab + i] = (float)p[i];
        }
        golden.Check("kept", Array.ConvertAll(logits, x => float.IsNegativeInfinity(x) ? 0 : 1));
        golden.Check("logits", logits);
        golden.Check("probs", probs);
    }
}
