using System.Diagnostics;
using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>What an evaluation found.</summary>
/// <param name="Loss">Mean over the batches of their mean losses: a short last batch weighs as much as a full one, as in the reference.</param>
/// <param name="Accuracy">Mean over the rows of the share of learned tokens that are the most probable ones; null when not asked for.</param>
/// <param name="Runtime">Time it took.</param>
/// <param name="Rows">Rows gone through.</param>
/// <param name="Batches">Batches gone through.</param>
internal sealed record EvaluationResult(double Loss, double? Accuracy, TimeSpan Runtime, int Rows, int Batches);

/// <summary>Loss and token accuracy of a model on rows that it does not learn.</summary>
internal sealed class EvaluationLoop(DecoderModel model, int batchSize, bool accuracy)
{
    /// <summary>Places whose logits are held at once.</summary>
    private const int Chunk = 128;

    /// <summary>Goes through all rows.</summary>
    /// <param name="rows">Encoded rows, prompts not learned.</param>
    /// <param name="progress">Told batches done and their number.</param>
    /// <param name="cancel">Asked between batches.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal EvaluationResult Run(IReadOnlyList<EncodedRow> rows, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        int batches = (rows.Count + batchSize - 1) / batchSize;
        var losses = new List<double>();
        var shares = new List<double>();
        for (int b = 0; b < batches; b++)
        {
            cancel.ThrowIfCancellationRequested();
            Batch batch = Batch.Pack([.. rows.Skip(b * batchSize).Take(batchSize)]);
            if (LossOf(batch, shares) is { } loss) losses.Add(loss);
            progress?.Invoke(b + 1, batches);
        }
        return new EvaluationResult(losses.Count == 0 ? 0 : losses.Average(), accuracy ? shares.Count == 0 ? 0 : shares.Average() : null, clock.Elapsed, rows.Count, batches);
    }

    /// <summary>Mean loss of a batch; null where it has nothing to predict.</summary>
    private double? LossOf(Batch batch, List<double> shares)
    {
        (int[] places, int[] targets) = batch.Predictions();
        if (places.Length == 0) return null;
        using var scope = TensorScope.Begin();
        var context = new ForwardContext { Positions = batch.Positions, Segments = Kernels.Segments.Packed(batch.PieceLengths()) };
        Tensor hidden = model.Hidden(batch.Ids, context);
        if (!accuracy) return model.NegativeLogLikelihood(hidden, context, places, targets).Sum().Item() / places.Length;
        double sum = 0;
        var right = new bool[places.Length];
        var logits = new float[Chunk * model.Vocab];
        for (int from = 0; from < places.Length; from += Chunk)
        {
            int n = Math.Min(Chunk, places.Length - from);
            using var part = TensorScope.Begin();
            Tensor of = model.Logits(hidden, context, places[from..(from + n)]);
            if (!model.Backend.IsMeasuring) of.CopyTo(logits.AsSpan(0, n * model.Vocab));
            sum += model.NegativeLogLikelihood(hidden, context, places[from..(from + n)], targets[from..(from + n)]).Sum().Item();
            for (int i = 0; i < n; i++) right[from + i] = TensorPrimitives.IndexOfMax(logits.AsSpan(i * model.Vocab, model.Vocab)) == targets[from + i];
        }
        for (int row = 0, i = 0; row < batch.Rows; row++)
        {
            int first = i, count = 0;
            for (; i < places.Length && places[i] < batch.Offsets[row + 1]; i++) count += right[i] ? 1 : 0;
            if (i > first) shares.Add((double)count / (i - first));
        }
        return sum / places.Length;
    }
}
