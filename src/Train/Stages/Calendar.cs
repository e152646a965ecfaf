namespace Pure.Tuner;

/// <summary>After which updates (counted from 1) a run evaluates and saves.</summary>
internal sealed class Calendar(Recipe recipe, TrainingPlan plan)
{
    internal bool Evaluates(int step) => step > 0 && recipe.EvalStrategy switch
    {
        "steps" => step % plan.EvalSteps == 0 && step >= recipe.EvalDelay,
        "epoch" => EndsEpoch(step) && plan.EpochAt(step) >= recipe.EvalDelay,
        _ => false,
    };

    internal bool Saves(int step) => recipe.SaveStrategy switch
    {
        "steps" => step % plan.SaveSteps == 0 || step == plan.TotalSteps,
        "epoch" => EndsEpoch(step),
        _ => false,
    };

    // A run that stops inside an epoch ends it there, as the reference does.
    private bool EndsEpoch(int step) => step % plan.UpdatesPerEpoch == 0 || step == plan.TotalSteps;
}
