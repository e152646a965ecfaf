namespace Pure.Tuner;

/// <summary>What makes a BPE model apart from its settings.</summary>
/// <param name="Tokens">The vocabulary in the order of ids; of equal tokens the first counts.</param>
/// <param name="Merges">Pairs, best first.</param>
internal sealed record BpeEntries(IReadOnlyList<string> Tokens, IReadOnlyList<BpeMerge> Merges)
{
    public static BpeEntries None { get; } = new([], []);
}

/// <summary>Two tokens that become one.</summary>
internal readonly record struct BpeMerge(ReadOnlyMemory<char> Left, ReadOnlyMemory<char> Right);
