namespace Pure.Tuner;

/// <summary>Spreads a seed over many bits as NumPy's <c>SeedSequence</c> does.</summary>
/// <remarks>O'Neill 2015, "Developing a seed_seq alternative", with NumPy's constants.</remarks>
internal sealed class NumpySeed
{
    private readonly uint[] _pool = new uint[4];

    public NumpySeed(ulong seed)
    {
        uint[] entropy = [(uint)seed, (uint)(seed >> 32)];
        uint factor = 0x43b0d7e5;
        for (int i = 0; i < _pool.Length; i++) _pool[i] = Hash(i < entropy.Length ? entropy[i] : 0, ref factor);
        for (int from = 0; from < _pool.Length; from++)
            for (int to = 0; to < _pool.Length; to++)
                if (from != to) _pool[to] = Mix(_pool[to], Hash(_pool[from], ref factor));
    }

    /// <summary>Words to start a generator with: <c>generate_state(count, uint64)</c>.</summary>
    public ulong[] Words(int count)
    {
        var words = new ulong[count];
        uint factor = 0x8b51f9dd;
        for (int i = 0; i < 2 * count; i++)
        {
            uint data = _pool[i % _pool.Length] ^ factor;
            factor *= 0x58f38ded;
            data *= factor;
            data ^= data >> 16;
            words[i / 2] |= (ulong)data << (32 * (i % 2));
        }
        return words;
    }

    private static uint Hash(uint value, ref uint factor)
    {
        value ^= factor;
        factor *= 0x931e8875;
        value *= factor;
        return value ^ (value >> 16);
    }

    private static uint Mix(uint x, uint y)
    {
        uint mixed = 0xca01f9dd * x - 0x4973f715 * y;
        return mixed ^ (mixed >> 16);
    }
}
