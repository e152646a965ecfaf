namespace Pure.Tuner;

/// <summary>Rows held back for evaluation: val_size of a recipe.</summary>
/// <remarks>Hugging Face's train_test_split: one permutation of NumPy's generator, its begin is held back.</remarks>
internal static class DatasetSplit
{
    /// <summary>Below this val_size means none, as in LLaMA-Factory.</summary>
    public const double Least = 1e-6;

    /// <summary>Numbers of the rows to train on and of those held back.</summary>
    /// <param name="recipe">Its val_size and seed.</param>
    /// <param name="count">Number of rows.</param>
    /// <exception cref="UsageException">Nothing would be left to train on, or there are not as many rows.</exception>
    public static (int[] Train, int[] Held) Of(Recipe recipe, int count)
    {
        double size = recipe.ValSize;
        int held = size > 1 ? (int)size : (int)Math.Ceiling(size * count);
        if (held >= count)
            throw new UsageException(FormattableString.Invariant($"{recipe.Where("val_size")}: {size} holds back {held} of {count} rows, so that none is left to train on; make it smaller"));
        int[] order = new Pcg64((ulong)recipe.Seed).Permutation(count);
        return (order[held..], order[..held]);
    }
}
