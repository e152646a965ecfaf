using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>What one update was.</summary>
/// <param name="Loss">Sum of the micro-batches' losses, each divided by the labels of the whole update; NaN where nothing is known of it, see <see cref="HasLoss"/>.</param>
/// <param name="GradNorm">2-norm of all gradients before clipping.</param>
/// <param name="LearningRate">Rate of the first group.</param>
/// <param name="IsSkipped">Whether a gradient overflowed, so that nothing was moved; its norm is none.</param>
internal readonly record struct StepResult(double Loss, double GradNorm, double LearningRate, bool IsSkipped = false)
{
    /// <summary>Whether there is a loss to count: none where an update was left out for it and there was no other before.</summary>
    internal bool HasLoss => double.IsFinite(Loss);
}

/// <summary>One update of supervised training: every micro-batch forward and backward, clip, step.</summary>
internal sealed class SupervisedStep(DecoderModel model, Gradients gradients, Optimizer optimizer, LearningRateSchedule schedule, double maxGradNorm)
{
    /// <summary>Whether layers keep only their input and run again in backward.</summary>
    internal bool Checkpoints { get; init; }

    /// <summary>Seed of dropout.</summary>
    internal int Seed { get; init; }

    /// <summary>e of label smoothing. Above 0 a micro-batch's loss is the mean over its own labels, and an update adds these up, as Hugging Face's Trainer does.</summary>
    internal double LabelSmoothing { get; init; }

    /// <summary>NEFTune's alpha: noise of at most alpha / √(padded length · hidden) on the embeddings; 0 for none.</summary>
    internal double NoiseAlpha { get; init; }

    /// <summary>A rate that follows evaluations, in place of the schedule; null for none.</summary>
    internal PlateauSchedule? Plateau { get; init; }

    /// <summary>The factor of the loss for products of F16; null for none.</summary>
    internal LossScaler? Scaler { get; init; }

    /// <summary>A loss of the user's own, [1]: summed over the learned tokens; null for the negative log-likelihood.</summary>
    internal Func<Batch, Tensor>? OwnLoss { get; init; }

    /// <summary>Told at the end of each phase of an update: forward, backward, optimizer. For measurements.</summary>
    internal Action<string>? OnPhase { get; init; }

    /// <summary>Updates done, those left out counted.</summary>
    internal int Steps { get; set; }

    /// <summary>Updates left out: the schedule of the rate does not count them, whatever the products are now.</summary>
    internal int Skipped { get; set; }

    /// <summary>Runs the update.</summary>
    /// <param name="microBatches">All of them.</param>
    /// <exception cref="NonFiniteException">A loss or a gradient is not a number.</exception>
    internal StepResult Run(IReadOnlyList<Batch> microBatches)
    {
        gradients.Clear();                                       // first: a step that threw leaves nothing behind
        float scale = (float)(Scaler?.Scale ?? 1);
        if (Scaler is not null) model.Backend.WatchOverflow();
        int targets = Math.Max(1, microBatches.Sum(b => b.Targets));
        double loss = 0;
        for (int i = 0; i < microBatches.Count; i++)
        {
            using var tape = Tape.Begin();
            using var scope = TensorScope.Begin();
            if (Forward(microBatches[i], i, targets) is not { } part) continue;
            OnPhase?.Invoke("forward");
            double value = Backward(tape, part, scale);
            OnPhase?.Invoke("backward");
            if (!double.IsFinite(value) && Scaler is null) throw new NonFiniteException("loss", Steps + 1, i + 1, value);
            loss += value;
        }
        using ProfileSpan span = Profile.Work("optimizer");
        double norm = GradientClip.Norm(gradients, endsWatch: Scaler is not null) / scale;
        double factor = Plateau?.Factor ?? schedule.Factor(Steps - Skipped), rate = optimizer.Groups[0].LearningRate * factor;
        if (Scaler?.Passes(norm, ref loss) == false)
        {
            if (Scaler.IsExhausted) throw new NonFiniteException($"gradient of this and the {Scaler.Present.Bad - 1} updates before it, at loss scales down to 1,", Steps + 1, null, norm);
            Steps++;
            Skipped++;
            return new StepResult(loss, double.NaN, rate, IsSkipped: true);
        }
        if (!double.IsFinite(norm)) throw new NonFiniteException($"gradient of {FirstBroken()}", Steps + 1, null, norm);
        Move(factor, (float)((maxGradNorm > 0 ? GradientClip.Factor(norm, maxGradNorm) : 1) / scale));
        Steps++;
        OnPhase?.Invoke("optimizer");
        return new StepResult(loss, norm, rate);
    }

    /// <summary>The optimizer's step, its own products in F32 whatever those of the model are.</summary>
    private void Move(double factor, float gradScale)
    {
        DType products = model.Backend.ProductType;
        model.Backend.ProductType = DType.F32;
        try { optimizer.Step(factor, gradients.Scale(gradScale)); }
        finally { model.Backend.ProductType = products; }
    }

    /// <summary>The micro-batch's part of the update's loss, [1]; null when it has none.</summary>
    private Tensor? Forward(Batch batch, int microBatch, int targets)
    {
        using ProfileSpan span = Profile.Phase("forward");
        return LossSum(batch, microBatch) is { } sum ? sum * (1.0 / (LabelSmoothing > 0 ? batch.Predicted().Places.Length : targets)) : null;
    }

    private static double Backward(Tape tape, Tensor part, float scale)
    {
        using ProfileSpan span = Profile.Phase("backward");
        tape.Backward(part, scale);
        return part.Item();
    }

    /// <summary>Negative log-likelihood summed over the learned tokens, [1]; null when a micro-batch has none.</summary>
    private Tensor? LossSum(Batch batch, int microBatch)
    {
        (int[] rows, int[] targets) = batch.Predicted();
        if (rows.Length == 0) return null;
        var context = new ForwardContext
        {
            Positions = batch.Positions,
            Segments = Segments.Packed(batch.PieceLengths()),
            IsTraining = true,
            Checkpoints = Checkpoints,
            Randomness = (Seed, Steps, microBatch),
            EmbeddingNoise = NoiseAlpha > 0 ? NoiseAlpha / Math.Sqrt((double)batch.PaddedElements / batch.Rows * model.Config.Hidden) : 0,
        };
        if (OwnLoss is not null)
        {
            batch.Call = context;
            Tensor loss = OwnLoss(batch);
            return loss.Shape.Count == 1 ? loss : throw new UsageException($"loss: one number is needed, the sum over the learned tokens, not {loss.Shape}; end it in Sum()");
        }
        return model.NegativeLogLikelihood(model.Hidden(batch.Ids, context), context, rows, targets, (float)LabelSmoothing).Sum();
    }

    private string FirstBroken()
    {
        foreach (Parameter parameter in gradients.Parameters)
            foreach (float value in parameter.Grad!.ToArray<float>())
                if (!float.IsFinite(value)) return parameter.Name;
        return "all parameters together";
    }
}

/// <summary>Training met a number that is none.</summary>
public sealed class NonFiniteException : Exception
{
    internal NonFiniteException(string what, int step, int? microBatch, double value)
        : base($"step {step}{(microBatch is { } m ? $", micro-batch {m}" : "")}: the {what} is {(double.IsNaN(value) ? "not a number" : "infinite")}; the last saved state stays; lower learning_rate or look at the rows of this step")
    {
    }
}
