namespace Pure.Tuner;

/// <summary>Text of tokens as they come, never half a character. The parts put together are what <see cref="Tokenizer.Decode"/> gives for all ids.</summary>
/// <remarks>Text that a later token may still change (the first bytes of a character, a space before a full stop where the checkpoint cleans up) is held until it cannot.</remarks>
public sealed class StreamingDecoder
{
    private readonly TokenizerCore _core;
    private readonly bool _skipSpecialTokens;
    private readonly bool _cleanUp;
    private readonly TextSink _sink = new();
    private DecoderStage _stage;

    internal StreamingDecoder(TokenizerCore core, bool skipSpecialTokens, bool cleanUp)
    {
        (_core, _skipSpecialTokens, _cleanUp) = (core, skipSpecialTokens, cleanUp);
        _stage = core.StartDecoding(_sink, cleanUp);
    }

    /// <summary>Takes the next token and returns the text that has become certain, often all of it, sometimes none.</summary>
    public string Push(int id)
    {
        try { if (_core.Shown(id, _skipSpecialTokens) is { } token) _stage.Push(token, true); }
        catch (FormatException e) { throw _core.Fault(e); }
        return Take();
    }

    /// <summary>Returns what was held; the next token begins a new text.</summary>
    public string Flush()
    {
        try { _stage.Flush(); }
        catch (FormatException e) { throw _core.Fault(e); }
        _stage = _core.StartDecoding(_sink, _cleanUp);
        return Take();
    }

    private string Take()
    {
        string text = _sink.Text.ToString();
        _sink.Text.Clear();
        return text;
    }
}
