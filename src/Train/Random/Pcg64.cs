using System.Numerics;

namespace Pure.Tuner;

/// <summary>NumPy's default generator, <c>numpy.random.default_rng(seed)</c>: the same numbers for the same calls.</summary>
/// <remarks>PCG XSL-RR 128/64: O'Neill 2014, "PCG: a family of simple fast space-efficient statistically good algorithms". Seeded by <see cref="NumpySeed"/>.
/// Bounded numbers: Lemire 2019, arXiv:1805.10941.</remarks>
internal sealed class Pcg64
{
    private static readonly UInt128 s_multiplier = new(0x2360ED051FC65DA4, 0x4385DF649FCCF645);

    private readonly UInt128 _increment;
    private UInt128 _state;
    // A 64-bit number serves two 32-bit draws, low half first.
    private uint? _upper;

    /// <param name="seed">As given to NumPy.</param>
    public Pcg64(ulong seed)
    {
        ulong[] words = new NumpySeed(seed).Words(4);
        _increment = (new UInt128(words[2], words[3]) << 1) | UInt128.One;
        Step();
        _state += new UInt128(words[0], words[1]);
        Step();
    }

    private Pcg64(Pcg64 other) => (_increment, _state, _upper) = (other._increment, other._state, other._upper);

    /// <summary>A generator that goes on alike from here.</summary>
    public Pcg64 Clone() => new(this);

    /// <summary>The next 64 bits.</summary>
    public ulong Next64()
    {
        Step();
        return BitOperations.RotateRight((ulong)(_state >> 64) ^ (ulong)_state, (int)(_state >> 122));
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next32()
    {
        if (_upper is { } kept)
        {
            _upper = null;
            return kept;
        }
        ulong both = Next64();
        _upper = (uint)(both >> 32);
        return (uint)both;
    }

    /// <summary>The next number in [0, 1): <c>random()</c>.</summary>
    public double NextDouble() => (Next64() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number from 0 to <paramref name="most"/>, both included: <c>integers(0, most + 1)</c>.</summary>
    public ulong Bounded(ulong most)
    {
        if (most == 0) return 0;
        if (most == uint.MaxValue) return Next32();
        if (most == ulong.MaxValue) return Next64();
        if (most < uint.MaxValue)
        {
            uint range = (uint)most + 1;
            ulong product = (ulong)Next32() * range;
            if ((uint)product < range)
                for (uint least = (uint.MaxValue - (uint)most) % range; (uint)product < least;) product = (ulong)Next32() * range;
            return product >> 32;
        }
        ulong count = most + 1;
        ulong high = Math.BigMul(Next64(), count, out ulong low);
        if (low < count)
            for (ulong least = (ulong.MaxValue - most) % count; low < least;) high = Math.BigMul(Next64(), count, out low);
        return high;
    }

    /// <summary>Numbers 0 to <paramref name="count"/> - 1 in a random order: <c>permutation(count)</c>.</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Shuffle(order);
        return order;
    }

    /// <summary>Mixes a list in place: <c>shuffle(items)</c>.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            // Not Bounded: shuffling draws under the smallest mask of ones, again until it fits.
            uint mask = uint.MaxValue >> BitOperations.LeadingZeroCount((uint)i);
            int j;
            do j = (int)(Next32() & mask); while (j > i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Places drawn with given probabilities: <c>choice(n, size=count, p=probabilities)</c>.</summary>
    public int[] Choice(IReadOnlyList<double> probabilities, int count)
    {
        var sums = new double[probabilities.Count];
        double sum = 0;
        for (int i = 0; i < sums.Length; i++) sums[i] = sum += probabilities[i];
        for (int i = 0; i < sums.Length; i++) sums[i] /= sum;
        var drawn = new int[count];
        for (int k = 0; k < count; k++)
        {
            double x = NextDouble();
            int at = 0;
            while (at < sums.Length && sums[at] <= x) at++;
            drawn[k] = at;
        }
        return drawn;
    }

    private void Step() => _state = _state * s_multiplier + _increment;
}
