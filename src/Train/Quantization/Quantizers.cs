namespace Pure.Tuner;

/// <summary>The ways of rounding that a recipe can name.</summary>
internal static class Quantizers
{
    /// <summary>Numbers that share a scale in bitsandbytes' 4 bits.</summary>
    private const int BlockSize = 64;

    /// <summary>For quantization_bit and the keys beside it.</summary>
    internal static IQuantizer Of(Recipe recipe, int bits) =>
        bits == 8 ? new Int8RowQuantizer() : FourBits(recipe.QuantizationType, recipe.DoubleQuantization);

    /// <summary>bitsandbytes' 4 bits, blocks of 64.</summary>
    /// <param name="type">nf4 or fp4.</param>
    /// <param name="doubled">Whether the scales are rounded too.</param>
    internal static IQuantizer FourBits(string type, bool doubled) =>
        new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Find(type)!, BlockSize, doubled ? BnbFourBitFormat.UsualNested : 0));

    /// <summary>Rounds into a format without data; null where that cannot be.</summary>
    internal static IQuantizer? Of(PackedFormat format) => format switch
    {
        BnbFourBitFormat four => new BnbFourBitQuantizer(four),
        Int8RowFormat => new Int8RowQuantizer(),
        _ => GgufFormat.Find(format.Name)?.Quantizer,
    };
}
