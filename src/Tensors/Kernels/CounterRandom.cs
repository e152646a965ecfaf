using System.Text;

namespace Pure.Tuner.Kernels;

/// <summary>Random bits as a function of a key and a counter: Philox4x32-10. Nothing runs on, so recomputation, resumption and every device get the same.</summary>
/// <remarks>Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".</remarks>
public static class CounterRandom
{
    /// <summary>Four words of 32 bits for counter <paramref name="counter"/> under <paramref name="key"/>.</summary>
    public static (uint A, uint B, uint C, uint D) Philox(ulong key, ulong counter)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = 0, c3 = 0;
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Word <paramref name="element"/> of the stream of a key: word element mod 4 of counter element / 4.</summary>
    public static uint Word(ulong key, long element)
    {
        (uint a, uint b, uint c, uint d) = Philox(key, (ulong)element >> 2);
        return (element & 3) switch { 0 => a, 1 => b, 2 => c, _ => d };
    }

    /// <summary>An element stays when its word is at or above this.</summary>
    public static uint DropBelow(float rate) => (uint)Math.Min(uint.MaxValue, Math.Round(rate * 4294967296.0));

    /// <summary>The key of one use of randomness.</summary>
    public static ulong Key(int seed, long step, int microBatch, string modulePath)
    {
        ulong hash = 14695981039346656037;                     // FNV-1a over the parts
        void Mix(ulong value)
        {
            for (int i = 0; i < 8; i++) hash = (hash ^ (byte)(value >> (8 * i))) * 1099511628211;
        }
        Mix((ulong)seed);
        Mix((ulong)step);
        Mix((ulong)microBatch);
        foreach (byte b in Encoding.UTF8.GetBytes(modulePath)) hash = (hash ^ b) * 1099511628211;
        return hash;
    }
}
