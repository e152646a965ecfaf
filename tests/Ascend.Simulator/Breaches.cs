using System.Collections.Concurrent;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A breach of a rule that the simulator has reported.</summary>
/// <param name="Rule">Its id in rules.tsv.</param>
/// <param name="Text">What the caller did.</param>
public sealed record Breach(string Rule, string Text);

/// <summary>Every breach in the order in which it was reported. It outlives the state, so that it can be read after the end.</summary>
public static class Breaches
{
    private const int Most = 1 << 16;      // who breaks more has the first ones to look at

    private static readonly ConcurrentQueue<Breach> s_all = new();

    /// <summary>All since the last <see cref="Clear"/>.</summary>
    public static IReadOnlyList<Breach> All => [.. s_all];

    /// <summary>Forgets them.</summary>
    public static void Clear() => s_all.Clear();

    /// <summary>Keeps a breach. Those that no status tells, because a card does not notice them either, are kept here only.</summary>
    internal static void Report(string rule, string text)
    {
        if (rule.Length > 0 && s_all.Count < Most) s_all.Enqueue(new(rule, text));
    }
}
