namespace Pure.Tuner;

/// <summary>A linear layer that gets an adapter.</summary>
/// <param name="In">Columns of its weight.</param>
/// <param name="Rank">Rank of the adapter.</param>
/// <param name="Out">Rows of its weight.</param>
internal readonly record struct LoraShape(int In, int Rank, int Out);

/// <summary>Where LoRA starts: B is zero, A uniform in ±1/sqrt(in), the same numbers as PEFT draws with that seed.</summary>
/// <remarks>Kaiming initialisation with a = sqrt(5): He et al. 2015, arXiv:1502.01852. Hu et al. 2021, arXiv:2106.09685.</remarks>
internal static class LoraStart
{
    /// <summary>A [rank, in] of each module, in the order of the modules in the model: layer by layer q, k, v, o, gate, up, down.</summary>
    public static IEnumerable<float[]> Draw(long seed, IEnumerable<LoraShape> modules)
    {
        var random = new Mt19937(seed);
        foreach (LoraShape m in modules)
        {
            // Making the two layers already draws a start for each, which is thrown away.
            random.Skip((long)m.Rank * m.In + (long)m.Out * m.Rank);
            var a = new float[m.Rank * m.In];
            float bound = Bound(m.In);
            random.Uniform(a, -bound, bound);
            yield return a;
        }
    }

    // The detour over gain and deviation is PyTorch's: its last bit may differ from that of 1/sqrt(in).
    private static float Bound(int fanIn)
    {
        double a = Math.Sqrt(5.0), gain = Math.Sqrt(2.0 / (1 + a * a));
        return (float)(Math.Sqrt(3.0) * (gain / Math.Sqrt(fanIn)));
    }
}
