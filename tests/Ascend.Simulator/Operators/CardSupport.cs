namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What operators ask of the card: whether it has the kernel, and whether the kernel takes bfloat16.</summary>
internal static class CardSupport
{
    /// <summary>Refuses an operator that the card has no kernel for.</summary>
    public static void Check(ICall call)
    {
        bool missing = !call.Card.Has(KernelOf(call.Operator)) || (call.Operator == "TransMatmulWeight" && call.Card.Family == CardFamily.Ascend910);
        if (missing) throw new TilingException(call.Refuse(CodeOf(call.Operator), RuleOf(call.Operator), $"aclnn{call.Operator}: {call.Card.Soc} has no kernel for this operator"));
    }

    /// <summary>Whether phase one throws the answer of its launcher away, so that phase two is the first to refuse.</summary>
    public static bool IsLate(string name) => name is "FlashAttentionScore" or "FlashAttentionVarLenScore" or "ApplyAdamWV2";

    /// <summary>Whether its interface is generated, or hands on to one that is. The library keeps plans only of the others, which are composed.</summary>
    public static bool IsGenerated(string name) => RuleOf(name) is "6.operator-missing-generated" or "8.fia-card" or "8.ce-card" or "8.foreach-card";

    /// <summary>Operators that are generated tell a missing kernel as such, those that are composed by the code of their own check.</summary>
    private static int CodeOf(string name) => RuleOf(name) switch
    {
        "6.operator-missing" => Code.InnerNull,
        "8.fagrad-card" => Code.NullPointer,
        "6.operator-missing-quant" or "8.foreach-mul-card" => Code.InvalidParameter,
        _ => Checks.KernelNotFound,
    };

    public static bool HasBFloat16(ICall call) => call.Card.Supports(KernelOf(call.Operator), AclType.BFloat16);

    /// <summary>The rule that a bfloat16 tensor breaks on a card without.</summary>
    public static string BFloat16Rule(string name) => name switch
    {
        "Matmul" or "Mm" or "BatchMatMul" or "Addmm" or "Baddbmm" => "8.cube-no-bf16",
        "RmsNorm" or "RmsNormGrad" => "8.rms-bf16",
        _ => "8.dtypes",
    };

    private static string RuleOf(string name) => name switch
    {
        "FlashAttentionScore" or "FlashAttentionVarLenScore" => "8.fa-card",
        "FlashAttentionScoreGrad" or "FlashAttentionUnpaddingScoreGrad" => "8.fagrad-card",
        "RmsNorm" or "RmsNormGrad" or "SwiGlu" or "SwiGluGrad" or "RotaryPositionEmbedding" or "RotaryPositionEmbeddingGrad" => "6.operator-missing-generated",
        "WeightQuantBatchMatmulV2" => "6.operator-missing-quant",
        "FusedInferAttentionScore" or "PromptFlashAttention" or "IncreFlashAttention" => "8.fia-card",
        "CrossEntropyLoss" or "CrossEntropyLossGrad" => "8.ce-card",
        "ApplyAdamWV2" => "8.adam-card",
        "ForeachMulScalarV2" => "8.foreach-mul-card",
        "ForeachNorm" or "ForeachNonFiniteCheckAndUnscale" => "8.foreach-card",
        _ => "6.operator-missing",
    };

    /// <summary>The kernel behind an operator where it has another name.</summary>
    private static string KernelOf(string name) => name == "ScatterAdd" ? "ScatterElementsV2" : name;
}
