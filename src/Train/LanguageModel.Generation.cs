using Microsoft.Extensions.AI;

namespace Pure.Tuner;

public sealed partial class LanguageModel
{
    /// <summary>Tokens that prompt and answer can have together: what the model was made for, further where its rope is scaled to reach further.</summary>
    public int ContextLength => Decoder.Config.Rope is { Kind: "yarn" or "dynamic" } rope
        ? (int)Math.Max(Decoder.MaxPositions, (rope.OriginalMaxPositions > 0 ? rope.OriginalMaxPositions : rope.MaxPositions) * rope.Factor)
        : Decoder.MaxPositions;

    /// <summary>Whether the last answer ended only because <see cref="ContextLength"/> was reached.</summary>
    public bool ReachedContextLength { get; private set; }

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text as it is, without a template.</param>
    /// <param name="options">How; null is greedy.</param>
    /// <param name="cancel">Asked between tokens.</param>
    /// <exception cref="UsageException">The prompt is empty or leaves no room in the model's context.</exception>
    public string Generate(string prompt, GenerationOptions? options = null, CancellationToken cancel = default) =>
        string.Concat(Stream(prompt, options, cancel));

    /// <summary>Continues a text piece by piece.</summary>
    /// <inheritdoc cref="Generate"/>
    public IEnumerable<string> Stream(string prompt, GenerationOptions? options = null, CancellationToken cancel = default) =>
        Stream(Tokenizer.Encode(prompt), options ?? new GenerationOptions(), new TextGenerator(Decoder, Tokenizer), cancel);

    /// <summary>The same for ids; the best of beams or of several draws comes in one piece.</summary>
    internal IEnumerable<string> Stream(int[] prompt, GenerationOptions options, TextGenerator generator, CancellationToken cancel)
    {
        if (prompt.Length == 0) throw new UsageException("prompt: it is empty; give at least one word");
        int room = ContextLength - prompt.Length;
        if (room < 1) throw new UsageException($"prompt: {prompt.Length} tokens leave no room in the {ContextLength} that the model was made for; shorten it");
        int limit = options.LengthLimit(prompt.Length, ContextLength);
        if (limit <= prompt.Length) throw new UsageException($"max_length: {limit} leaves no room after a prompt of {prompt.Length} tokens; raise it or give max_new_tokens");
        bool cut = limit > ContextLength;
        return Pieces(cut ? options with { MaxNewTokens = room } : options);

        IEnumerable<string> Pieces(GenerationOptions fitting)
        {
            ReachedContextLength = false;
            FinishReason? finish;
            if (fitting.NumBeams > 1 || fitting.NumReturnSequences > 1)
            {
                TextResult best = generator.Generate([prompt], fitting, cancel: cancel)[0];
                yield return best.Text;
                finish = best.Finish;
            }
            else
            {
                foreach (string piece in generator.Stream(prompt, fitting, cancel)) yield return piece;
                finish = generator.Finish;
            }
            ReachedContextLength = cut && finish == FinishReason.Length;
        }
    }

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
        context ??= batch.Call ?? new ForwardContext { Positions = batch.Positions, Segments = Kernels.Segments.Packed(batch.PieceLengths()), IsTraining = true };
        return Decoder.NegativeLogLikelihood(Decoder.Hidden(batch.Ids, context), context, places, targets);
    }
}
