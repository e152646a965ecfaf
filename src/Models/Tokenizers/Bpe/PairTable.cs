namespace Pure.Tuner;

/// <summary>Merges by pair of ids: open addressing, because this look-up is most of the work of BPE.</summary>
internal sealed class PairTable
{
    private readonly ulong[] _keys;         // pair + 1, 0 for free
    private readonly (int Rank, int Id)[] _values;
    private readonly int _shift;

    public PairTable(int capacity)
    {
        int bits = 4;
        while (1 << bits < capacity * 2) bits++;
        (_keys, _values, _shift) = (new ulong[1 << bits], new (int, int)[1 << bits], 64 - bits);
    }

    private int Slot(ulong key)
    {
        int slot = (int)(key * 0x9E3779B97F4A7C15 >> _shift);
        while (_keys[slot] != 0 && _keys[slot] != key) slot = slot + 1 & _keys.Length - 1;
        return slot;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32 | (uint)right) + 1;

    /// <summary>A later entry for the same pair takes the place of an earlier one.</summary>
    public void Set(int left, int right, int rank, int id)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        (_keys[slot], _values[slot]) = (key, (rank, id));
    }

    public bool TryGet(int left, int right, out int rank, out int id)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        (rank, id) = _values[slot];
        return _keys[slot] == key;
    }
}
