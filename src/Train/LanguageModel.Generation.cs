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

    /// <summary>Negative log-likelihood of each learned token of a batch, F32 [targets]: what losses of one's own are made of.</summary>
    /// <param name="batch">Rows without padding.</param>
    /// <param name="context">The call; null for rows in training without dropout.</param>
    public Tensor NegativeLogLikelihood(Batch batch, ForwardContext? context = null)
    {
        (int[] places, int[] targets) = batch.Predictions();
        context ??= new ForwardContext { Positions = batch.Positions, Segments = Kernels.Segments.Packed(batch.Lengths()), IsTraining = true };
        return Decoder.NegativeLogLikelihood(Decoder.Hidden(batch.Ids, context), context, places, targets);
    }
}
