using Microsoft.Extensions.AI;

namespace Pure.Tuner;

public sealed partial class LanguageModel
{
    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text as it is, without a template.</param>
    /// <param name="options">How; null is greedy.</param>
    /// <param name="cancel">Asked between tokens.</param>
    public string Generate(string prompt, GenerationOptions? options = null, CancellationToken cancel = default) =>
        new TextGenerator(Decoder, Tokenizer).Generate([prompt], options ?? new GenerationOptions(), cancel: cancel)[0].Text;

    /// <summary>Continues a text piece by piece.</summary>
    /// <inheritdoc cref="Generate"/>
    public IEnumerable<string> Stream(string prompt, GenerationOptions? options = null, CancellationToken cancel = default) =>
        new TextGenerator(Decoder, Tokenizer).Stream(prompt, options ?? new GenerationOptions(), cancel);

    /// <summary>The model as a chat client of Microsoft.Extensions.AI. The model stays the caller's; disposing of the client leaves it alone.</summary>
    /// <param name="template">Name of the template that fits the model.</param>
    /// <param name="options">How to generate where a call's own options say nothing; null is greedy, at most <see cref="ModelChatClient.DefaultNewTokens"/> tokens.</param>
    /// <exception cref="UsageException">There is no such template, or the model's vocabulary lacks its tokens.</exception>
    public IChatClient AsChatClient(string template = "default", GenerationOptions? options = null) => new ModelChatClient(this, template, options);

    /// <summary>Negative log-likelihood of each learned token of a batch, F32 [targets]: what losses of one's own are made of.</summary>
    /// <param name="batch">Rows without padding.</param>
    /// <param name="context">The call; null is the one that the trainer makes, and outside of a trainer rows in training without dropout.</param>
    public Tensor NegativeLogLikelihood(Batch batch, ForwardContext? context = null)
    {
        (int[] places, int[] targets) = batch.Predictions();
        context ??= batch.Call ?? new ForwardContext { Positions = batch.Positions, Segments = Kernels.Segments.Packed(batch.Lengths()), IsTraining = true };
        return Decoder.NegativeLogLikelihood(Decoder.Hidden(batch.Ids, context), context, places, targets);
    }
}
