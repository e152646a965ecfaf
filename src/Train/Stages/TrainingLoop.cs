using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>One update that was done.</summary>
/// <param name="Done">Updates done, this one counted.</param>
/// <param name="Rows">Numbers of the rows of each micro-batch.</param>
/// <param name="Batches">The micro-batches.</param>
/// <param name="Result">Loss, norm, rate.</param>
/// <param name="Progress">Where the run is.</param>
internal sealed record Update(int Done, int[][] Rows, Batch[] Batches, StepResult Result, TrainingProgress Progress);

/// <summary>The updates of a run, one after another: choose rows, pack, step, count.</summary>
internal sealed class TrainingLoop(EncodedRow[] rows, TrainingPlan plan, ExampleOrder order, SupervisedStep step)
{
    private readonly Stopwatch _clock = new();

    /// <summary>Time since the first update began.</summary>
    internal TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Tokens gone through.</summary>
    internal long Tokens { get; private set; }

    /// <summary>Places that a padding program would have computed.</summary>
    internal long PaddedElements { get; private set; }

    /// <summary>Sum of the losses of all updates.</summary>
    internal double LossSum { get; private set; }

    /// <summary>Tokens a second so far.</summary>
    internal double TokensPerSecond => Tokens / Math.Max(1e-9, Elapsed.TotalSeconds);

    internal IEnumerable<Update> Run()
    {
        _clock.Start();
        for (int s = 0; s < plan.TotalSteps; s++)
        {
            int[][] chosen = order.Step(s);
            Batch[] batches = [.. chosen.Select(b => Batch.Pack([.. b.Select(r => rows[r])]))];
            StepResult result = step.Run(batches);
            LossSum += result.Loss;
            foreach (Batch batch in batches)
            {
                Tokens += batch.Tokens;
                PaddedElements += batch.PaddedElements;
            }
            yield return new Update(s + 1, chosen, batches, result, new TrainingProgress(s + 1, plan.TotalSteps, result.Loss, result.LearningRate, result.GradNorm,
                plan.EpochAt(s + 1), TokensPerSecond, Elapsed, TrainingProgress.Estimate(Elapsed, s + 1, plan.TotalSteps)));
        }
    }
}
