using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>A row that is being continued.</summary>
internal sealed class GenerationRow
{
    private readonly List<int> _history;

    /// <param name="prompt">Number of its prompt.</param>
    /// <param name="history">Ids that the processors see: the prompt, and what was put before it.</param>
    /// <param name="lengthLimit">Total length at which it ends.</param>
    /// <param name="randomKey">Key of its random draws.</param>
    internal GenerationRow(int prompt, IEnumerable<int> history, int lengthLimit, ulong randomKey)
    {
        (Prompt, LengthLimit, RandomKey) = (prompt, lengthLimit, randomKey);
        _history = [.. history];
        PromptLength = _history.Count;
    }

    internal int Prompt { get; }
    internal int PromptLength { get; }
    internal int LengthLimit { get; }
    internal ulong RandomKey { get; }
    internal FinishReason? Finish { get; set; }
    internal ReadOnlySpan<int> History => CollectionsMarshal.AsSpan(_history);
    internal int Last => _history[^1];

    internal void Add(int id, IReadOnlyList<int> eos)
    {
        _history.Add(id);
        Finish = eos.Contains(id) ? FinishReason.Eos : _history.Count >= LengthLimit ? FinishReason.Length : null;
    }

    internal GenerationResult Result() => new(Prompt, History[PromptLength..].ToArray(), Finish ?? FinishReason.Stopped);
}
