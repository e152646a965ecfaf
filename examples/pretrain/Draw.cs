using Pure.Tuner.Kernels;

namespace Pure.Tuner.Pretrain;

/// <summary>Draws for one text: a function of seed, number of the text and purpose, so that any text can be written alone.</summary>
internal sealed class Draw(int seed, long number, string purpose)
{
    private readonly ulong _key = CounterRandom.Key(seed, number, 0, purpose);
    private long _next;

    /// <summary>A whole number from 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)((ulong)CounterRandom.Word(_key, _next++) * (ulong)count >> 32);

    /// <summary>A whole number from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    /// <summary>One of some things.</summary>
    public T Of<T>(params ReadOnlySpan<T> things) => things[Below(things.Length)];

    /// <summary>One of some things that is not <paramref name="other"/>.</summary>
    public T OtherThan<T>(T other, params ReadOnlySpan<T> things)
    {
        T thing;
        do thing = Of(things); while (EqualityComparer<T>.Default.Equals(thing, other));
        return thing;
    }

    /// <summary>True once in <paramref name="count"/> times.</summary>
    public bool OneIn(int count) => Below(count) == 0;

    /// <summary>The same things in another order.</summary>
    public T[] Shuffle<T>(IEnumerable<T> things)
    {
        T[] order = [.. things];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}
