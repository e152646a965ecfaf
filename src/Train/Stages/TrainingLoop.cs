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
internal sealed class TrainingLoop(IExampleSource source, TrainingPlan plan, SupervisedStep step)
{
    private readonly Stopwatch _clock = new();
    private TimeSpan _before;
    private long _tokensBefore;

    /// <summary>Time of training, that of a stopped run before counted.</summary>
    internal TimeSpan Elapsed => _before + _clock.Elapsed;

    /// <summary>Updates done.</summary>
    internal int Done { get; private set; }

    /// <summary>Tokens gone through.</summary>
    internal long Tokens { get; private set; }

    /// <summary>Places that a padding program would have computed.</summary>
    internal long PaddedElements { get; private set; }

    /// <summary>Sum of the losses of all updates.</summary>
    internal double LossSum { get; private set; }

    /// <summary>Updates whose loss nobody knows: they are no part of the sum, nor of what divides it.</summary>
    internal int WithoutLoss { get; private set; }

    /// <summary>Mean loss of the updates that have one.</summary>
    internal double MeanLoss => LossSum / Math.Max(1, Done - WithoutLoss);

    /// <summary>Tokens a second so far.</summary>
    internal double TokensPerSecond => (Tokens - _tokensBefore) / Math.Max(1e-9, _clock.Elapsed.TotalSeconds);

    /// <summary>Goes on where a stopped run was.</summary>
    internal void Resume(RunSnapshot snapshot)
    {
        (Done, LossSum, Tokens, PaddedElements) = (snapshot.GlobalStep, snapshot.LossSum, snapshot.Tokens, snapshot.PaddedElements);
        WithoutLoss = snapshot.UpdatesWithoutLoss;
        (_before, _tokensBefore) = (TimeSpan.FromSeconds(snapshot.Seconds), Tokens);
        (step.Steps, step.Skipped) = (snapshot.GlobalStep, snapshot.UpdatesLeftOut);
    }

    private (int[][] Chosen, Batch[] Batches) Rows(int step)
    {
        using ProfileSpan span = Profile.Work("data");
        return source.Step(step);
    }

    internal IEnumerable<Update> Run()
    {
        _clock.Start();
        int first = Done;
        for (int s = first; s < plan.TotalSteps; s++)
        {
            (int[][] chosen, Batch[] batches) = Rows(s);
            StepResult result = step.Run(batches);
            if (result.HasLoss) LossSum += result.Loss;
            else WithoutLoss++;
            foreach (Batch batch in batches)
            {
                Tokens += batch.Tokens;
                PaddedElements += batch.PaddedElements;
            }
            Done = s + 1;
            yield return new Update(s + 1, chosen, batches, result, new TrainingProgress(s + 1, plan.TotalSteps, result.Loss, result.LearningRate, result.GradNorm,
                plan.EpochAt(s + 1), TokensPerSecond, Elapsed, TrainingProgress.Estimate(_clock.Elapsed, s + 1 - first, plan.TotalSteps - first)));
        }
    }
}
