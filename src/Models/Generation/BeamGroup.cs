using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>The beams of one prompt: open ones, and the best that finished.</summary>
/// <remarks>Sums are F32 and a hopeless beam has -1e9, as in the reference: which beam wins may hang on either.</remarks>
internal sealed class BeamGroup
{
    private const float Hopeless = -1e9f;
    private readonly GenerationRow _row;
    private readonly GenerationOptions _options;
    private readonly List<Finished> _finished = [];
    private readonly int _width;
    private List<int>[] _open;
    private float[] _sums;
    private bool _canImprove = true;

    internal BeamGroup(GenerationRow row, GenerationOptions options)
    {
        (_row, _options, _width) = (row, options, options.NumBeams);
        _open = new List<int>[_width];
        _sums = new float[_width];
        for (int i = 0; i < _width; i++) _open[i] = [.. row.History];
        _sums.AsSpan(1).Fill(Hopeless);              // all beams are alike at first: only one may be continued
    }

    internal bool IsDone { get; private set; }
    internal int PromptLength => _row.PromptLength;
    internal int LengthLimit => _row.LengthLimit;
    internal ReadOnlySpan<int> HistoryOf(int beam) => CollectionsMarshal.AsSpan(_open[beam]);
    internal float SumOf(int beam) => _sums[beam];
    internal int LastOf(int beam) => _open[beam][^1];

    private bool IsFull => _finished.Count == _width;

    /// <summary>Takes the best continuations of all beams.</summary>
    /// <param name="sums">Running sums with the next token's, [beams, vocab].</param>
    /// <param name="step">Steps made before.</param>
    /// <returns>For each new beam, the old one that it continues.</returns>
    internal int[] Advance(Span<float> sums, int step)
    {
        int vocab = sums.Length / _width, made = _open[0].Count + 1 - PromptLength;
        // So many that enough open ones are among them, whatever number of end tokens there are.
        Span<Candidate> best = Choose(sums, Math.Min(sums.Length, Math.Max(2, 1 + _options.EosTokenIds.Count) * _width), step);
        bool atLimit = PromptLength + made >= LengthLimit, takes = _canImprove && !(IsFull && _options.EarlyStopping == EarlyStopping.True);
        float divisor = (float)Math.Pow(made, _options.LengthPenalty);
        var open = new List<Candidate>();
        for (int i = 0; i < best.Length; i++)
        {
            (int beam, int token) = (best[i].Place / vocab, best[i].Place % vocab);
            bool ends = _options.EosTokenIds.Contains(token);
            // A candidate that ends below the first num_beams is lost: it neither finishes nor goes on.
            if ((ends || atLimit) && i < _width && takes)
                Finish(new Finished(best[i].Sum / divisor, [.. HistoryOf(beam)[PromptLength..], token], ends ? FinishReason.Eos : FinishReason.Length));
            if (!(ends || atLimit)) open.Add(best[i]);
        }
        for (int i = 0; i < best.Length && open.Count < _width; i++)          // the end of the search, or a tiny vocabulary
            if (!open.Contains(best[i])) open.Add(best[i] with { Sum = best[i].Sum + Hopeless });
        open = [.. open.OrderByDescending(c => c.Sum).Take(_width)];
        int[] beams = [.. open.Select(c => c.Place / vocab)];
        List<int>[] next = [.. open.Select(c => new List<int>([.. HistoryOf(c.Place / vocab), c.Place % vocab]))];
        (_open, _sums) = (next, [.. open.Select(c => c.Sum)]);
        _canImprove &= CanImprove(made);
        IsDone = atLimit || !_canImprove || IsFull && _options.EarlyStopping == EarlyStopping.True;
        return beams;
    }

    /// <summary>The best finished ones; one that never finished is empty.</summary>
    internal IEnumerable<GenerationResult> Best(int count) => Enumerable.Range(0, count).Select(i => i < _finished.Count
        ? new GenerationResult(_row.Prompt, _finished[i].Tokens, _finished[i].Finish, _finished[i].Score)
        : new GenerationResult(_row.Prompt, [], FinishReason.Stopped, Hopeless));

    /// <summary>Whether the best open beam may yet beat the worst finished one.</summary>
    private bool CanImprove(int made)
    {
        if (!IsFull) return true;
        bool never = _options.EarlyStopping == EarlyStopping.Never && _options.LengthPenalty > 0;
        float reach = _sums[0] / (float)Math.Pow(never ? LengthLimit - PromptLength : made, _options.LengthPenalty);
        return reach > _finished[^1].Score;
    }

    /// <summary>Into the list, best first; what was there before stays ahead of an equal.</summary>
    private void Finish(Finished one)
    {
        if (!(one.Score > Hopeless)) return;
        int at = _finished.FindIndex(f => one.Score > f.Score);
        _finished.Insert(at < 0 ? _finished.Count : at, one);
        if (_finished.Count > _width) _finished.RemoveAt(_width);
    }

    /// <summary>The largest sums, or as many drawn without replacement; larger first, then by place.</summary>
    private Candidate[] Choose(Span<float> sums, int count, int step)
    {
        var heap = new PriorityQueue<Candidate, (double Key, int Place)>(count + 1);
        double worst = double.NegativeInfinity;
        for (int i = 0; i < sums.Length; i++)
        {
            double key = sums[i];
            if (_options.Samples && !float.IsNegativeInfinity(sums[i])) key += Gumbel(step, i);
            if (heap.Count == count && !(key > worst)) continue;              // an equal one with a smaller place is in already
            if (heap.Count < count) heap.Enqueue(new Candidate(sums[i], i), (key, -i));
            else heap.EnqueueDequeue(new Candidate(sums[i], i), (key, -i));
            heap.TryPeek(out _, out (double Key, int) least);
            worst = least.Key;
        }
        var best = new Candidate[heap.Count];
        for (int i = best.Length - 1; i >= 0; i--) best[i] = heap.Dequeue();
        return best;
    }

    /// <summary>The largest of ln p plus Gumbel noise are a draw without replacement.</summary>
    /// <remarks>Kool, van Hoof and Welling 2019, arXiv:1903.06059.</remarks>
    private double Gumbel(int step, int place)
    {
        double u = LogitPipeline.Uniform(_row.RandomKey, (long)step << 32 | (uint)place);
        return -Math.Log(-Math.Log(u + double.Epsilon));
    }

    private readonly record struct Candidate(float Sum, int Place);

    private sealed record Finished(float Score, int[] Tokens, FinishReason Finish);
}
