namespace Pure.Tuner;

/// <summary>Where a run is, after an update.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="TotalSteps">Updates of the whole run.</param>
/// <param name="Loss">Loss of this update: the mean over its learned tokens; NaN where a first update with fp16 was left out for it.</param>
/// <param name="LearningRate">The rate that this update used.</param>
/// <param name="GradNorm">Length of the gradient before clipping.</param>
/// <param name="Epoch">Epochs done, as a fraction.</param>
/// <param name="TokensPerSecond">Tokens of all rows of the last updates over their time.</param>
/// <param name="Elapsed">Time since the first update began.</param>
/// <param name="Remaining">Time left at this speed.</param>
public sealed record TrainingProgress(int Step, int TotalSteps, double Loss, double LearningRate, double GradNorm, double Epoch, double TokensPerSecond, TimeSpan Elapsed, TimeSpan Remaining)
{
    /// <summary>Time left when all steps take as long as those done.</summary>
    public static TimeSpan Estimate(TimeSpan elapsed, int step, int totalSteps) => step == 0 ? TimeSpan.Zero : elapsed / step * (totalSteps - step);
}
