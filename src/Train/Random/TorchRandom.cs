namespace Pure.Tuner;

/// <summary>What PyTorch draws from its CPU generator.</summary>
internal static class TorchRandom
{
    /// <summary>torch.randperm(n) with a fresh generator: swap each place with a random one at or after it.</summary>
    public static int[] Permutation(int n, long seed)
    {
        var random = new Mt19937(seed);
        var r = new int[n];
        for (int i = 0; i < n; i++) r[i] = i;
        for (int i = 0; i < n - 1; i++)
        {
            int j = i + (int)(random.Next() % (uint)(n - i));
            (r[i], r[j]) = (r[j], r[i]);
        }
        return r;
    }
}
