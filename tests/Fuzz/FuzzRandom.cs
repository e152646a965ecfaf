namespace Pure.Tuner.Tests;

/// <summary>SplitMix64: the numbers of one case, a function of target, seed and case number alone.</summary>
internal sealed class FuzzRandom(ulong state)
{
    private ulong _state = state;

    public static FuzzRandom Of(string target, long seed, long number)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in target) hash = (hash ^ c) * 1099511628211;   // FNV-1a: string.GetHashCode differs from run to run
        var mix = new FuzzRandom(hash ^ (ulong)seed * 0x9E3779B97F4A7C15);
        return new FuzzRandom(mix.Word() + (ulong)number * 0xD1342543DE82EF95);
    }

    public ulong Word()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="below"/> - 1; 0 where there is nothing to choose from.</summary>
    public int Next(int below) => below <= 1 ? 0 : (int)(Word() % (ulong)below);

    public bool One(int of) => Next(of) == 0;

    public T Of<T>(IReadOnlyList<T> list) => list[Next(list.Count)];

    /// <summary>Mostly small, sometimes up to <paramref name="most"/>.</summary>
    public int Length(int most) => Next(1 + Math.Min(most, 1 << Next(10)));
}
