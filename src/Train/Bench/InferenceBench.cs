using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>What was measured.</summary>
/// <param name="PromptMs">Each run: the prompt, until its first new token is there.</param>
/// <param name="DecodeMs">Each run: all further tokens.</param>
/// <param name="FirstIds">The first new ids, greedy: so that two engines can be told to say the same.</param>
internal sealed record InferenceBenchResult(double[] PromptMs, double[] DecodeMs, int[] FirstIds)
{
    internal static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}

/// <summary>Times reading a prompt and continuing it, greedy, to a fixed length.</summary>
internal static class InferenceBench
{
    /// <param name="model">The model.</param>
    /// <param name="prompt">Ids.</param>
    /// <param name="newTokens">Tokens that are timed, after the first.</param>
    /// <param name="runs">Runs that count; one goes before.</param>
    internal static InferenceBenchResult Run(DecoderModel model, int[] prompt, int newTokens, int runs)
    {
        var options = new GenerationOptions { MaxNewTokens = newTokens + 1, EosTokenIds = [] };
        var generator = new Generator(model);
        (double[] promptMs, double[] decodeMs) = (new double[runs], new double[runs]);
        int[] ids = [];
        for (int run = -1; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp(), first = 0;
            var made = new List<int>(newTokens + 1);
            foreach (int id in generator.Stream(prompt, options))
            {
                if (made.Count == 0) first = Stopwatch.GetTimestamp();
                made.Add(id);
            }
            long end = Stopwatch.GetTimestamp();
            if (run < 0) continue;
            (promptMs[run], decodeMs[run]) = (Stopwatch.GetElapsedTime(start, first).TotalMilliseconds, Stopwatch.GetElapsedTime(first, end).TotalMilliseconds);
            ids = [.. made.Take(16)];
        }
        return new InferenceBenchResult(promptMs, decodeMs, ids);
    }

    /// <summary>Bytes of weights that one new token reads: all matrices but the embedding's table, and that too where it is the head.</summary>
    internal static long BytesPerToken(DecoderModel model) => model.Weights.Sum(w => w.Bytes) - (model.IsTied ? 0 : model.Embedding.Weight.Bytes);

    /// <summary>Floating-point operations of a prompt that count: every token meets the layers, the last one the head too.</summary>
    internal static double PromptFlops(DecoderModel model, int tokens) =>
        2.0 * tokens * model.Linears.Sum(l => l.Weight.Shape.Count) + 2.0 * model.Head.Weight.Shape.Count
        + new ModelShape("", "", model.Config).AttentionFlops(tokens) * model.Config.Layers;
}
