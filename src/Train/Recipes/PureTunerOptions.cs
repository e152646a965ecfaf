namespace Pure.Tuner;

/// <summary>Settings that only this program knows: the mapping <c>pure_tuner:</c> of a recipe.</summary>
public sealed record PureTunerOptions
{
    /// <summary>The same as the recipe's own <c>device</c>.</summary>
    public string? Device { get; init; }

    /// <summary>The same as the recipe's own <c>threads</c>.</summary>
    [Number(Min = 1)]
    public int? Threads { get; init; }

    /// <summary>Rows of the data that are answered before and after training; 0 for none.</summary>
    [Number(Min = 0)]
    public int Answers { get; init; } = 5;

    /// <summary>Most tokens of such an answer.</summary>
    [Number(Min = 1)]
    public int AnswerTokens { get; init; } = 48;

    /// <summary>Begin even when the memory plan says that the machine has too little.</summary>
    public bool IgnoreMemoryPlan { get; init; }

    /// <summary>Chat and generate: a token's activations are rounded to 16 bits before they meet packed weights (Q4_0, Q4_1, Q8_0). Faster, with numbers that are no longer those of F32; training is not touched.</summary>
    public bool Int16Activations { get; init; }

    /// <summary>
    /// Rows of prompts and batches are rounded to 8 bits before they meet packed weights (Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, IQ4_NL), by an integer unit of the processor (AMX-INT8,
    /// AVX512-VNNI, AVX-VNNI): <c>auto</c> in chat and generate where there is one, as llama.cpp does; <c>true</c> there or not at all, and in training too (the frozen weights' products forward);
    /// <c>false</c> computes in F32.
    /// </summary>
    [OneOf("auto", "true", "false")]
    public string Int8Activations { get; init; } = "auto";

    /// <summary>Chat and generate: products of matrices take BF16 operands, where the device multiplies them, and add up in F32. Prompts go faster, with numbers that are no longer those of F32. Training asks by <c>bf16</c>.</summary>
    public bool Bf16Products { get; init; }

    /// <summary>Matrix units of the processor: those that multiply BF16 (AMX, AVX512-BF16) for <c>bf16: true</c>, and integers for <see cref="Int8Activations"/>. <c>auto</c> uses what there is, <c>off</c> computes in F32.</summary>
    [OneOf("auto", "off")]
    public string MatrixUnits { get; init; } = "auto";

    /// <summary>With <c>bf16</c> and a matrix unit: <c>auto</c> keeps frozen weights in the unit's layout where the memory plan has room, <c>off</c> packs them for each product. Changes no bit.</summary>
    [OneOf("auto", "off")]
    public string WeightPanels { get; init; } = "auto";

    /// <summary>With quantization_bit: round the embedding table too.</summary>
    public bool QuantizeEmbedding { get; init; }

    /// <summary>With quantization_bit: round the output head too, where it is a matrix of its own.</summary>
    public bool QuantizeHead { get; init; }

    /// <summary>With quantization_bit: a fresh adapter starts as the best low-rank part of what rounding took away (LoftQ).</summary>
    public bool LoftqInit { get; init; }

    /// <summary>What <c>export</c> writes: null for safetensors in full numbers; <c>nf4</c>, <c>fp4</c> or <c>int8</c> for bitsandbytes' layout; <c>packed</c> for the packed base's own format; a GGUF type (<c>f16</c>, <c>q8_0</c>, <c>q4_k_m</c>) for a .gguf file.</summary>
    public string? ExportFormat { get; init; }

    /// <summary>After <c>export</c>, ask the written model the same questions as the one it was made from and compare the answers.</summary>
    public bool VerifyExport { get; init; }
}
