namespace Pure.Tuner;

/// <summary>Greedy decoding and sampling: each step makes one token of every row that has not ended.</summary>
internal sealed class SamplingLoop : IDisposable
{
    private readonly GenerationOptions _options;
    private readonly GenerationInput _input;
    private readonly LogitPipeline _pipeline;
    private readonly DecodeSession _session;
    private readonly float[] _logits;
    private readonly int _vocab;
    private int[] _active;
    private int _step;

    internal SamplingLoop(DecoderModel model, GenerationInput input, GenerationOptions options)
    {
        (_input, _options, _pipeline, _vocab) = (input, options, new LogitPipeline(options), model.Vocab);
        Rows = input.Rows(options, model.MaxPositions, options.NumReturnSequences);
        _active = [.. Enumerable.Range(0, Rows.Length)];
        _logits = new float[Rows.Length * (long)_vocab];
        _session = input.Open(model, options, Rows);
        if (input.OnLogits is null) _session.Candidates = Candidates.Of(options);
    }

    internal GenerationRow[] Rows { get; }

    /// <summary>Rows that got a token in the last step.</summary>
    internal IReadOnlyList<int> Fresh => _active;

    /// <summary>One step; false when every row has ended.</summary>
    internal bool Step(CancellationToken cancel)
    {
        _active = Array.FindAll(_active, row => Rows[row].Finish is null);
        if (_active.Length == 0) return false;
        cancel.ThrowIfCancellationRequested();
        using ProfileSpan span = Profile.Phase(_step == 0 ? "prompt" : "token");
        Span<float> all = _logits.AsSpan(0, _active.Length * _vocab);
        if (_step == 0)
        {
            _session.Start(_options.NumReturnSequences, all, cancel);
        }
        else
        {
            foreach (int row in _active) _session.Append(row, Rows[row].Last);
            _session.Run(_active, all, cancel);
        }
        using ProfileSpan sampling = Profile.Work("sampling");
        for (int i = 0; i < _active.Length; i++)
        {
            GenerationRow row = Rows[_active[i]];
            row.Add(Choose(row, _active[i], all.Slice(i * _vocab, _vocab)), _options.EosTokenIds);
        }
        _step++;
        return true;
    }

    public void Dispose() => _session.Dispose();

    private int Choose(GenerationRow row, int number, Span<float> logits)
    {
        _pipeline.Process(logits, row.History, row.PromptLength, row.LengthLimit);
        if (_options.Samples) _pipeline.Filter(logits);
        _input.OnLogits?.Invoke(_step, number, logits);
        return _options.Samples ? LogitPipeline.Draw(logits, LogitPipeline.Uniform(row.RandomKey, _step)) : LogitPipeline.Best(logits);
    }
}
