using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Calls of attention with arguments that keep every rule, and the formula in doubles.</summary>
internal static class AttentionCalls
{
    /// <summary>Sequences, heads of queries and of keys, tokens of queries and of keys, head size.</summary>
    public const int B = 2, N = 4, Kv = 2, S = 5, T = 7, D = 16;

    /// <summary>Tokens before or after that means all of them.</summary>
    public const long All = int.MaxValue;
    public static readonly double ByHead = 1 / Math.Sqrt(D);
    private static readonly Lazy<SimTensor> s_causal = new(() => Triangle());

    /// <summary>The mask that sparse modes 2 to 4 share.</summary>
    public static SimTensor CausalMask => s_causal.Value;

    public static OperatorCall Forward(SimTensor q, SimTensor k, SimTensor v, SimTensor y, SimTensor? most = null, SimTensor? sum = null, string layout = "BNSD", string name = "FlashAttentionScore", string soc = "Ascend910B2") => new(name, soc)
    {
        ["query"] = q,
        ["key"] = k,
        ["value"] = v,
        ["scaleValue"] = ByHead,
        ["keepProb"] = 1.0,
        ["preTokens"] = All,
        ["nextTokens"] = All,
        ["headNum"] = N,
        ["inputLayout"] = layout,
        ["softmaxMaxOut"] = most ?? Device.Empty(AclType.Float, B, N, S, 8),
        ["softmaxSumOut"] = sum ?? Device.Empty(AclType.Float, B, N, S, 8),
        ["softmaxOutOut"] = Device.Empty(AclType.Float, 0),
        ["attentionOutOut"] = y,
    };

    public static OperatorCall Backward(SimTensor q, SimTensor k, SimTensor v, SimTensor dy, SimTensor y, SimTensor most, SimTensor sum, SimTensor dq, SimTensor dk, SimTensor dv, string layout = "BNSD", string name = "FlashAttentionScoreGrad", string soc = "Ascend910B2") => new(name, soc)
    {
        ["query"] = q,
        ["keyIn"] = k,
        ["value"] = v,
        ["dy"] = dy,
        ["softmaxMaxOptional"] = most,
        ["softmaxSumOptional"] = sum,
        ["attentionInOptional"] = y,
        ["scaleValue"] = ByHead,
        ["keepProb"] = 1.0,
        ["preTokens"] = All,
        ["nextTokens"] = All,
        ["headNum"] = N,
        ["inputLayout"] = layout,
        ["dqOut"] = dq,
        ["dkOut"] = dk,
        ["dvOut"] = dv,
    };

    public static OperatorCall Fused(SimTensor q, SimTensor[] k, SimTensor[] v, SimTensor y, string layout, string soc = "Ascend910B2") => new("FusedInferAttentionScore", soc)
    {
        ["query"] = q,
        ["key"] = k,
        ["value"] = v,
        ["numHeads"] = N,
        ["scaleValue"] = ByHead,
        ["preTokens"] = All,
        ["nextTokens"] = All,
        ["inputLayout"] = layout,
        ["numKeyValueHeads"] = Kv,
        ["attentionOut"] = y,
    };

    public static SimTensor Triangle(bool turned = false) =>
        Device.Of(AclType.Bool, [2048, 2048], [.. Enumerable.Range(0, 2048 * 2048).Select(i => (i % 2048 > i / 2048) != turned ? 1.0 : 0)]);

    public static double[] Numbers(int seed, int n)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, n).Select(_ => (random.NextDouble() * 2) - 1)];
    }

    public static long[] Shape(string layout, int heads, int rows) => layout switch { "BSH" => [B, rows, heads * D], "SBH" => [rows, B, heads * D], "BSND" => [B, rows, heads, D], _ => [B, heads, rows, D] };

    /// <summary>Numbers in the order [B, N, S, D] put into a layout.</summary>
    public static SimTensor Laid(string layout, double[] x, int heads, int rows, AclType type = AclType.Float)
    {
        var to = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int e = i % D, s = i / D % rows, n = i / D / rows % heads, b = i / D / rows / heads;
            int at = layout switch { "BSH" or "BSND" => (((b * rows) + s) * heads) + n, "SBH" => (((s * B) + b) * heads) + n, _ => (((b * heads) + n) * rows) + s };
            to[(at * D) + e] = x[i];
        }
        return Device.Of(type, Shape(layout, heads, rows), to);
    }

    /// <summary>The formula on [B, N, S, D].</summary>
    public static double[] Attention(double[] q, double[] k, double[] v, int rows, int keys, Func<int, int, int, int, bool> sees, out double[] largest, out double[] sums, Func<int, int, int, double>? shift = null, Func<int, double>? kept = null)
    {
        var y = new double[q.Length];
        largest = new double[q.Length / D];
        sums = new double[q.Length / D];
        for (int r = 0; r < q.Length / D; r++)
        {
            int i = r % rows, n = r / rows % N, b = r / rows / N, first = ((b * Kv) + (n / (N / Kv))) * keys;
            var score = new double[keys];
            for (int j = 0; j < keys; j++)
            {
                double dot = shift?.Invoke(n, i, j) ?? 0;
                for (int e = 0; e < D; e++) dot += q[(r * D) + e] * k[((first + j) * D) + e];
                score[j] = sees(b, n, i, j) ? ByHead * dot : double.NegativeInfinity;
            }
            double most = largest[r] = score.Max(), sum = sums[r] = score.Sum(a => Math.Exp(a - most));
            for (int j = 0; j < keys; j++)
            {
                double p = Math.Exp(score[j] - most) / sum * (kept?.Invoke((r * keys) + j) ?? 1);
                for (int e = 0; e < D; e++) y[(r * D) + e] += p * v[((first + j) * D) + e];
            }
        }
        return y;
    }
}
