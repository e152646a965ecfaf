namespace Pure.Tuner;

/// <summary>The ways of rounding that a recipe can name.</summary>
internal static class Quantizers
{
    /// <summary>For quantization_bit and the keys beside it.</summary>
    internal static IQuantizer Of(Recipe recipe, int bits) => throw new UsageException($"{recipe.Where("quantization_bit")}: {bits} bits are not there yet");
}
