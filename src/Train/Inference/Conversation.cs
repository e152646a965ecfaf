namespace Pure.Tuner;

/// <summary>A talk with a model by a template: remembers what was said, answers piece by piece.</summary>
public sealed class Conversation
{
    private readonly LanguageModel _model;
    private readonly IPromptEncoder _encoder;
    private readonly List<TrainingMessage> _messages = [];

    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="template">Name of the template that fits the model; null takes the checkpoint's own chat template.</param>
    /// <param name="system">System text; null takes the template's own.</param>
    /// <exception cref="UsageException">There is no such template, or the model's vocabulary lacks its tokens.</exception>
    public Conversation(LanguageModel model, string? template, string? system = null)
        : this(model, IPromptEncoder.For(template, model, system))
    {
    }

    internal Conversation(LanguageModel model, IPromptEncoder encoder)
    {
        (_model, _encoder) = (model, encoder);
        encoder.RequireVocabulary();
    }

    /// <summary>Whether special tokens are left out of the answers.</summary>
    public bool SkipSpecialTokens { get; init; } = true;

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> StopIds => _encoder.StopIds;

    /// <summary>What was said so far.</summary>
    public IReadOnlyList<TrainingMessage> Messages => _messages;

    /// <summary>Forgets what was said.</summary>
    public void Clear() => _messages.Clear();

    /// <summary>The answer to a question, piece by piece. A question whose answer was cancelled is forgotten.</summary>
    /// <param name="question">What the user says.</param>
    /// <param name="options">How to generate; stop ids are added.</param>
    /// <param name="cancel">Asked between tokens.</param>
    /// <exception cref="UsageException">The talk has outgrown the model's context; the question is forgotten.</exception>
    public IEnumerable<string> Ask(string question, GenerationOptions options, CancellationToken cancel = default)
    {
        _messages.Add(new TrainingMessage(MessageRole.User, question));
        int[] prompt = _encoder.EncodePrompt(_messages, null);
        var answer = new System.Text.StringBuilder();
        bool done = false;
        try
        {
            var generator = new TextGenerator(_model.Decoder, _model.Tokenizer) { SkipSpecialTokens = SkipSpecialTokens };
            foreach (string piece in _model.Stream(prompt, options with { EosTokenIds = [.. options.EosTokenIds.Union(_encoder.StopIds)] }, generator, cancel))
            {
                answer.Append(piece);
                yield return piece;
            }
            _messages.Add(new TrainingMessage(MessageRole.Assistant, answer.ToString()));
            done = true;
        }
        finally
        {
            if (!done) _messages.RemoveAt(_messages.Count - 1);
        }
    }
}
