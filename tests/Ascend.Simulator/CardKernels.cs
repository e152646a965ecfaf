namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Which kernel is on which card: what CANN 8.1 ships for each, by the list of its kernel packages.</summary>
internal static class CardKernels
{
    /// <summary>Four marks, for 910, 910B, 910_93, 310P: y with bfloat16, f without, - no kernel, * there and no dtypes listed.</summary>
    public static IReadOnlyDictionary<string, string> Marks { get; } = Expand(
        ("****", "MatMulV2 Matmul Mm Addmm Add Adds InplaceAdd InplaceAdds Mul InplaceMul Div InplaceDiv Softmax SoftmaxBackward Sort"),
        ("-yyf", "MatMulV3 BatchMatMulV3 GroupedMatmul"),
        ("fyyf", "RmsNorm RmsNormGrad ApplyRotaryPosEmb"),
        ("-yyf", "AddRmsNorm SwiGlu SwiGluGrad AscendQuantV2 WeightQuantBatchMatmulV2"),
        ("-fff", "QuantBatchMatmulV3"),
        ("-yy-", "RotaryPositionEmbedding RotaryPositionEmbeddingGrad FlashAttentionScore FlashAttentionScoreGrad FlashAttentionVarLenScore FlashAttentionUnpaddingScoreGrad FusedInferAttentionScore"),
        ("-yyf", "PromptFlashAttention IncreFlashAttention"),
        ("-yy-", "ApplyAdamWV2 ForeachNorm ForeachMulScalarV2 ForeachNonFiniteCheckAndUnscale CrossEntropyLoss CrossEntropyLossGrad DynamicQuant NonFiniteCheck ScatterElementsV2"),
        ("fff-", "EmbeddingDenseGrad EmbeddingDenseBackward"),
        ("fyyf", "NLLLoss"),
        ("fyy-", "NLLLossGrad NLLLossBackward"),
        ("fyyf", "Cast Muls InplaceMuls LogSoftmax GatherV2 Embedding IndexSelect Gelu Swish SwishGrad Silu SiluBackward TopK Topk ArgMax Cumsum Tril Triu MaskedFill InplaceMaskedFillScalar"));

    private static Dictionary<string, string> Expand(params (string Marks, string Kernels)[] rows)
    {
        var marks = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string mark, string kernels) in rows)
            foreach (string kernel in kernels.Split(' ')) marks.Add(kernel, mark);
        return marks;
    }
}
