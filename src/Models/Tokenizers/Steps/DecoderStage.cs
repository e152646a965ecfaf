using System.Text;

namespace Pure.Tuner;

/// <summary>One step from tokens back to text. Text is handed on as soon as nothing that follows can change it, so that decoding at once and decoding as tokens come are the same code.</summary>
internal abstract class DecoderStage(DecoderStage? next)
{
    protected DecoderStage Next => next!;

    /// <summary>A token, or a part of one.</summary>
    /// <param name="text">Text.</param>
    /// <param name="ends">Whether the token ends here.</param>
    public abstract void Push(string text, bool ends);

    /// <summary>No more tokens.</summary>
    public virtual void Flush() => Next.Flush();
}

/// <summary>Where text comes out.</summary>
internal sealed class TextSink() : DecoderStage(null)
{
    public StringBuilder Text { get; } = new();
    public override void Push(string text, bool ends) => Text.Append(text);
    public override void Flush() { }
}

/// <summary>A step that needs whole tokens.</summary>
internal abstract class WholeTokenStage(DecoderStage next) : DecoderStage(next)
{
    private readonly StringBuilder _begun = new();

    protected abstract void Token(string token);

    public sealed override void Push(string text, bool ends)
    {
        if (!ends)
        {
            _begun.Append(text);
            return;
        }
        if (_begun.Length > 0)
        {
            text = _begun.Append(text).ToString();
            _begun.Clear();
        }
        Token(text);
    }
}
