namespace Pure.Tuner;

/// <summary>Beam search over a batch of prompts; each prompt's search stops by itself and then leaves the batch.</summary>
internal sealed class BeamSearch : IDisposable
{
    private readonly GenerationOptions _options;
    private readonly GenerationInput _input;
    private readonly LogitPipeline _pipeline;
    private readonly DecodeSession _session;
    private readonly BeamGroup[] _groups;
    private readonly float[] _logits;
    private readonly int _vocab, _beams;
    private int _step;

    internal BeamSearch(DecoderModel model, GenerationInput input, GenerationOptions options)
    {
        (_input, _options, _pipeline, _vocab, _beams) = (input, options, new LogitPipeline(options), model.Vocab, options.NumBeams);
        GenerationRow[] rows = input.Rows(options, model.MaxPositions, _beams);
        _groups = [.. Enumerable.Range(0, input.Prompts.Count).Select(p => new BeamGroup(rows[p * _beams], options))];
        _logits = new float[rows.Length * (long)_vocab];
        _session = input.Open(model, options, rows);
    }

    /// <summary>One step; false when every search has stopped.</summary>
    internal bool Step(CancellationToken cancel)
    {
        int[] open = [.. Enumerable.Range(0, _groups.Length).Where(g => !_groups[g].IsDone)];
        if (open.Length == 0) return false;
        cancel.ThrowIfCancellationRequested();
        using ProfileSpan span = Profile.Phase(_step == 0 ? "prompt" : "token");
        int[] rows = [.. open.SelectMany(g => Enumerable.Range(g * _beams, _beams))];
        Span<float> all = _logits.AsSpan(0, rows.Length * _vocab);
        if (_step == 0) _session.Start(_beams, all, cancel);
        else _session.Run(rows, all, cancel);
        using ProfileSpan sampling = Profile.Work("sampling");
        int[] sources = [.. Enumerable.Range(0, _groups.Length * _beams)];
        for (int i = 0; i < open.Length; i++)
        {
            int first = open[i] * _beams;
            BeamGroup group = _groups[open[i]];
            Span<float> logits = all.Slice(i * _beams * _vocab, _beams * _vocab);
            for (int b = 0; b < _beams; b++) Score(group, b, first + b, logits.Slice(b * _vocab, _vocab));
            int[] beams = group.Advance(logits, _step);
            for (int b = 0; b < _beams; b++) sources[first + b] = first + beams[b];
        }
        _session.Reorder(sources);
        foreach (int g in open)
            if (!_groups[g].IsDone)
                for (int b = 0; b < _beams; b++) _session.Append(g * _beams + b, _groups[g].LastOf(b));
        _step++;
        return true;
    }

    /// <summary>The best of each prompt, best first.</summary>
    internal IReadOnlyList<GenerationResult> Results() => [.. _groups.SelectMany(g => g.Best(_options.NumReturnSequences))];

    public void Dispose() => _session.Dispose();

    /// <summary>Processors act on log-probabilities, before the beam's running sum is added.</summary>
    private void Score(BeamGroup group, int beam, int row, Span<float> logits)
    {
        Probabilities.LogSoftmaxInPlace(logits);
        _pipeline.Process(logits, group.HistoryOf(beam), group.PromptLength, group.LengthLimit);
        if (_options.Samples) _pipeline.Filter(logits, keep: _options.EosTokenIds.Count + 1);
        _input.OnLogits?.Invoke(_step, row, logits);
        float sum = group.SumOf(beam);
        for (int i = 0; i < logits.Length; i++) logits[i] += sum;
    }
}
