namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Bits that the base's linear layers are rounded to while they are loaded: 4 or 8; null keeps them as stored. A base that is quantised already stays as it is.</summary>
    [Number(Min = 1, Max = 8)]
    public int? QuantizationBit { get; init; }

    /// <summary>Whose way of rounding: <c>bnb</c> is bitsandbytes'.</summary>
    [OneOf("bnb", Later = "hqq,eetq,gptq,awq,aqlm,quanto,mxfp4,fp8", Cure = "a base is rounded while it is loaded by 'bnb' only; checkpoints quantised by gptq, awq or bitsandbytes are loaded as they are, without this key")]
    public string QuantizationMethod { get; init; } = "bnb";

    /// <summary>The sixteen values of 4 bits: <c>nf4</c>, near the quantiles of a bell curve, or <c>fp4</c>, a float with two bits of exponent.</summary>
    [OneOf("nf4", "fp4")]
    public string QuantizationType { get; init; } = "nf4";

    /// <summary>Whether the scales of 4 bits are rounded to 8 bits themselves.</summary>
    public bool DoubleQuantization { get; init; } = true;
}
