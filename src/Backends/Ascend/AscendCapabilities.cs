namespace Pure.Tuner.Ascend;

/// <summary>The library's fused operators that a contract or a primitive is built on where a card has them.</summary>
internal enum AscendKernel
{
    /// <summary>Products of matrices.</summary>
    MatMul,
    /// <summary>Products of 16-bit operands whose sums come back in F32.</summary>
    WideProduct,
    /// <summary>Element by element, reductions, casts, softmax.</summary>
    Elementwise,
    /// <summary>RmsNorm and RmsNormGrad.</summary>
    RmsNorm,
    /// <summary>AddRmsNorm.</summary>
    AddRmsNorm,
    /// <summary>RotaryPositionEmbedding.</summary>
    Rope,
    /// <summary>SwiGlu and SwiGluGrad on a joint gate and up.</summary>
    SwiGlu,
    /// <summary>FlashAttentionScore and its gradient, also of packed sequences.</summary>
    FlashAttention,
    /// <summary>CrossEntropyLoss and CrossEntropyLossGrad.</summary>
    CrossEntropy,
    /// <summary>ApplyAdamWV2.</summary>
    AdamW,
    /// <summary>ForeachNorm and ForeachMulScalarV2.</summary>
    Foreach,
    /// <summary>WeightQuantBatchMatmulV2 with INT4 groups.</summary>
    WeightQuant,
    /// <summary>WeightQuantBatchMatmulV2 with INT8 rows.</summary>
    WeightQuant8,
    /// <summary>DropoutDoMask.</summary>
    Dropout,
}

/// <summary>Who does a piece of work.</summary>
internal enum AscendWay
{
    /// <summary>A fused operator of the card.</summary>
    Kernel,
    /// <summary>Several operators of the card.</summary>
    Composition,
    /// <summary>The host, counted; an error under --strict-device.</summary>
    Host,
    /// <summary>Nobody.</summary>
    Refused,
}

/// <summary>What a card's kernels package has, by dtype: CANN 8.1's lists for known cards, questions to phase one for others; and whether the symbols are there.</summary>
/// <param name="card">The card.</param>
/// <param name="isThere">Whether the toolkit exports what a kernel needs.</param>
/// <param name="probe">Plans a small call: for cards that no list is known of.</param>
internal sealed class AscendCapabilities(AscendCard card, Func<AscendKernel, bool> isThere, Func<AscendKernel, DType, bool> probe)
{
    /// <summary>y with bf16, f without, - none: cards 910, 910B, 910_93, 310P.</summary>
    private static readonly (AscendKernel Kernel, string Cards)[] s_table =
    [
        (AscendKernel.MatMul, "fyyf"),
        (AscendKernel.WideProduct, "fyyf"),
        (AscendKernel.Elementwise, "fyyf"),
        (AscendKernel.RmsNorm, "fyyf"),
        (AscendKernel.AddRmsNorm, "-yyf"),
        (AscendKernel.Rope, "-yy-"),
        (AscendKernel.SwiGlu, "-yyf"),
        (AscendKernel.FlashAttention, "-yy-"),
        (AscendKernel.CrossEntropy, "-yy-"),
        (AscendKernel.AdamW, "-yy-"),
        (AscendKernel.Foreach, "-yy-"),
        (AscendKernel.WeightQuant, "-yy-"),          // 310P takes 8-bit weights alone
        (AscendKernel.WeightQuant8, "-yyf"),
        (AscendKernel.Dropout, "fyyf"),
    ];

    private readonly Dictionary<(AscendKernel, DType), bool> _known = [];
    private readonly List<string> _refused = [];

    /// <summary>Kernels that the list promises and the card's own libraries refused to plan: for `doctor`.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>Whether the card has a kernel for a dtype: by the list, and by planning a small call of it once, since a kernels package may be older or missing.</summary>
    public bool Has(AscendKernel kernel, DType dtype)
    {
        if (_known.TryGetValue((kernel, dtype), out bool has)) return has;
        has = isThere(kernel) && (card.Series == AscendSeries.Unknown || Listed(card.Series, kernel, dtype));
        // Products and single elements have no other way; F32 products of the older cards are made of halves.
        bool isFused = kernel is not (AscendKernel.MatMul or AscendKernel.Elementwise);
        if (has && (isFused || card.Series == AscendSeries.Unknown) && !probe(kernel, dtype))
        {
            has = false;
            if (card.Series != AscendSeries.Unknown) _refused.Add($"{kernel} {dtype.Name}");
        }
        return _known[(kernel, dtype)] = has;
    }

    /// <summary>Whether the card computes with a dtype at all. Integers and truth values every card has.</summary>
    public bool Computes(DType dtype) => dtype != DType.BF16 || Has(AscendKernel.Elementwise, DType.BF16);

    /// <summary>What the list says of a known card.</summary>
    public static bool Listed(AscendSeries series, AscendKernel kernel, DType dtype)
    {
        if (dtype == DType.F32 && kernel is AscendKernel.WeightQuant or AscendKernel.WeightQuant8) return false;   // activations of 16 bits only
        string cards = s_table.First(r => r.Kernel == kernel).Cards;
        char mark = cards[series switch { AscendSeries.Ascend910 => 0, AscendSeries.Ascend910B => 1, AscendSeries.Ascend910C => 2, _ => 3 }];
        return mark switch { 'y' => dtype.IsFloat, 'f' => dtype is DType.F16 or DType.F32, _ => false };
    }

    /// <summary>Who does what on a known card: one row for each operator with a contract and each dtype, for `ops cover` and the documentation.</summary>
    public static IEnumerable<(string Operator, DType DType, AscendWay Way, string By)> List(AscendSeries series)
    {
        foreach (DType dtype in (DType[])[DType.F32, DType.F16, DType.BF16])
        {
            bool computes = Listed(series, AscendKernel.Elementwise, dtype);
            AscendWay composed = computes ? AscendWay.Composition : AscendWay.Host;
            string widened = computes ? "primitives" : "widened by the host, then in f32";
            (string, DType, AscendWay, string) Row(string op, AscendKernel kernel, string by) =>
                Listed(series, kernel, dtype) ? (op, dtype, AscendWay.Kernel, by) : (op, dtype, composed, widened);
            yield return Row("matmul", AscendKernel.MatMul, dtype == DType.F32 && series is AscendSeries.Ascend910 or AscendSeries.Ascend310P ? "Matmul, three products of f16" : "Matmul");
            yield return Row("elementwise", AscendKernel.Elementwise, "one operator each");
            yield return Row("rms_norm", AscendKernel.RmsNorm, "RmsNorm, RmsNormGrad");
            yield return Listed(series, AscendKernel.AddRmsNorm, dtype) || !Listed(series, AscendKernel.RmsNorm, dtype)
                ? Row("add_rms_norm", AscendKernel.AddRmsNorm, "AddRmsNorm, RmsNormGrad")
                : ("add_rms_norm", dtype, composed, "Add, RmsNorm, RmsNormGrad");
            yield return Row("rope", AscendKernel.Rope, "RotaryPositionEmbedding");
            yield return Row("gated_activation, joint silu", AscendKernel.SwiGlu, "SwiGlu, SwiGluGrad");
            yield return computes ? ("gated_activation", dtype, AscendWay.Composition, "Silu, SiluBackward, Mul; others of primitives") : ("gated_activation", dtype, composed, widened);
            yield return Row("softmax", AscendKernel.Elementwise, "Softmax, LogSoftmax, SoftmaxBackward");
            yield return Row("attention", AscendKernel.FlashAttention, "FlashAttentionScore, FlashAttentionVarLenScore; soft cap and sinks of primitives");
            yield return ("linear_cross_entropy", dtype, composed, !computes ? widened : Listed(series, AscendKernel.CrossEntropy, dtype) ? "chunks of logits: CrossEntropyLoss, CrossEntropyLossGrad, Matmul" : "chunks of logits: LogSoftmax, Matmul");
            yield return ("lora_linear", dtype, composed, computes ? "Matmul, InplaceAdd" : widened);
            yield return Row("dropout", AscendKernel.Dropout, "DropoutDoMask with our mask, packed and sent");
            if (dtype == DType.F32) yield return Row("clipping", AscendKernel.Foreach, "ForeachNorm, ForeachMulScalarV2");
            yield return dtype == DType.F32 ? Row("adamw", AscendKernel.AdamW, "ApplyAdamWV2") : ("adamw", dtype, composed, widened);
            yield return dtype == DType.F32 ? ("linear, 4-bit groups", dtype, AscendWay.Composition, "look-up and Matmul") : Row("linear, 4-bit groups", AscendKernel.WeightQuant, "WeightQuantBatchMatmulV2");
            yield return dtype == DType.F32 ? ("linear, int8", dtype, AscendWay.Composition, "Cast and Matmul") : Row("linear, int8", AscendKernel.WeightQuant8, "WeightQuantBatchMatmulV2");
            yield return ("linear, nf4, fp4, float8", dtype, composed, computes ? "look-up and Matmul" : widened);
            yield return ("linear, ggml blocks and 3 bits", dtype, AscendWay.Host, "expanded by the host once for each use");
        }
    }
}
