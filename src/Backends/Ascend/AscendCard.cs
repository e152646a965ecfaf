namespace Pure.Tuner.Ascend;

/// <summary>Generations of cards that differ in what they can do.</summary>
internal enum AscendSeries
{
    /// <summary>The first 910: fp16, no fused attention.</summary>
    Ascend910,
    /// <summary>910B1 to 910B4, Atlas A2.</summary>
    Ascend910B,
    /// <summary>910_93xx, Atlas A3.</summary>
    Ascend910C,
    /// <summary>310P: made for inference, no bf16.</summary>
    Ascend310P,
    /// <summary>950 and whatever is newer or not known: asked while it runs.</summary>
    Unknown,
}

/// <summary>The card by the name that the runtime gives it.</summary>
/// <param name="SocName">Ascend910B2.</param>
/// <param name="Series">Its generation.</param>
internal sealed record AscendCard(string SocName, AscendSeries Series)
{
    /// <summary>Reads a name. 910A, 910B and 910ProB without a digit are the first generation; 910B with one is Atlas A2.</summary>
    public static AscendCard Of(string socName)
    {
        string name = socName.StartsWith("Ascend", StringComparison.OrdinalIgnoreCase) ? socName[6..] : socName;
        AscendSeries series =
            name.StartsWith("910_93", StringComparison.Ordinal) ? AscendSeries.Ascend910C :
            name.StartsWith("910B", StringComparison.Ordinal) && name.Length > 4 && char.IsAsciiDigit(name[4]) ? AscendSeries.Ascend910B :
            name.StartsWith("910", StringComparison.Ordinal) ? AscendSeries.Ascend910 :
            name.StartsWith("310P", StringComparison.Ordinal) ? AscendSeries.Ascend310P :
            AscendSeries.Unknown;
        return new(socName, series);
    }

    /// <summary>Whether training is what the card was made for; 310P has no gradient kernels of its own and no bf16.</summary>
    public bool IsForTraining => Series != AscendSeries.Ascend310P;

    /// <summary>Whether numbers beyond the range of a dtype become its largest one: the older cards have no infinities and tell nobody.</summary>
    public bool Saturates => Series is AscendSeries.Ascend910 or AscendSeries.Ascend310P;

    /// <summary>Whether AddRmsNorm tells 1/√(mean of squares), which backward needs: on 310P it has the output and puts nothing valid in it. RmsNorm does there too.</summary>
    public bool KeepsSumsOfNorms => Series != AscendSeries.Ascend310P;

    /// <summary>cubeMathType of a product. 0 keeps F32 as it is; the older cards refuse it and round the operands to fp16, which 1 allows.</summary>
    public sbyte CubeMathType(DType dtype) => dtype == DType.F32 && Series is AscendSeries.Ascend910 or AscendSeries.Ascend310P ? (sbyte)1 : (sbyte)0;
}
