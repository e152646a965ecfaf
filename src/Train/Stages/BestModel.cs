namespace Pure.Tuner;

/// <summary>Which evaluation was the best so far, and whether the run should end because none is better any more.</summary>
internal sealed class BestModel(Recipe recipe, TrainerState state)
{
    /// <summary>Evaluations in a row that were no better than the best.</summary>
    internal int WithoutGain { get; set; }

    /// <summary>Whether early_stopping_steps ends the run.</summary>
    internal bool ShouldStop => recipe.EarlyStoppingSteps is { } patience && WithoutGain >= patience;

    /// <summary>Takes an evaluation into account.</summary>
    /// <returns>Whether it is the best so far.</returns>
    /// <exception cref="UsageException">The evaluation has no value of that name.</exception>
    internal bool Take(IReadOnlyDictionary<string, double> metrics)
    {
        if (!recipe.ChoosesBest) return false;
        if (!metrics.TryGetValue(recipe.BestMetric, out double value))
            throw new UsageException($"{recipe.Where("metric_for_best_model")}: evaluations have no '{recipe.BestMetric}' (they have {string.Join(", ", metrics.Keys.Order(StringComparer.Ordinal))}); did you mean '{RecipeKeys.NearestOf(recipe.BestMetric, metrics.Keys)}'?");
        bool isBest = state.Consider(value, recipe.BestIsGreatest);
        WithoutGain = isBest ? 0 : WithoutGain + 1;
        return isBest;
    }
}
