namespace Pure.Tuner;

/// <summary>Fills sacks of one size greedily, as LLaMA-Factory packs rows: always the largest that still fits.</summary>
internal static class Knapsack
{
    /// <summary>Numbers of the items of each sack, in the order in which they were put in; among equal sizes the last item goes first.</summary>
    /// <param name="sizes">Sizes, none above the capacity.</param>
    /// <param name="capacity">Size of a sack.</param>
    /// <exception cref="ArgumentException">An item fits into no sack.</exception>
    public static List<List<int>> Fill(IReadOnlyList<int> sizes, int capacity)
    {
        List<int> left = [.. Enumerable.Range(0, sizes.Count).OrderBy(i => sizes[i])];
        if (left.Count > 0 && sizes[left[^1]] > capacity) throw new ArgumentException($"knapsack: an item of {sizes[left[^1]]} is larger than a sack of {capacity}", nameof(sizes));
        var sacks = new List<List<int>>();
        while (left.Count > 0)
        {
            var sack = new List<int>();
            for (int room = capacity, at; (at = CountUpTo(room) - 1) >= 0; left.RemoveAt(at))
            {
                room -= sizes[left[at]];
                sack.Add(left[at]);
            }
            sacks.Add(sack);
        }
        return sacks;

        int CountUpTo(int room)
        {
            int low = 0, high = left.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (sizes[left[middle]] <= room) low = middle + 1;
                else high = middle;
            }
            return low;
        }
    }
}
