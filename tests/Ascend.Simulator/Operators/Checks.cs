namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Sets of element types.</summary>
internal static class Types
{
    public static readonly AclType[] Floats = [AclType.Float, AclType.Float16, AclType.BFloat16];
    public static readonly AclType[] Integers = [AclType.Int32, AclType.Int64, AclType.Int16, AclType.Int8, AclType.UInt8];
    public static readonly AclType[] Numbers = [.. Floats, .. Integers];
    public static readonly AclType[] NumbersAndBool = [.. Numbers, AclType.Bool];
    public static readonly AclType[] All = [.. NumbersAndBool, AclType.Double, AclType.UInt16, AclType.UInt32, AclType.UInt64];
    public static readonly AclType[] Indices = [AclType.Int32, AclType.Int64];
    public static readonly AclType[] Bool = [AclType.Bool];

    public static bool IsFloat(AclType type) => type is AclType.Float or AclType.Float16 or AclType.BFloat16;

    public static string Text(IEnumerable<AclType> types) => string.Join(", ", types);
}

/// <summary>What phase one of many operators checks alike. Messages name the argument, what it has and what is allowed.</summary>
internal static class Checks
{
    public const int NullPointer = 161001, InvalidParameter = 161002, KernelNotFound = 561003;

    private static readonly int[] s_plainFormats = [0, 1, 2, 27, 30, 35, 47]; // all are taken as ND

    /// <summary>161002 with a sentence that begins with the operator.</summary>
    public static Exception Invalid(this ICall call, string rule, string message) => call.Refuse(InvalidParameter, rule, $"aclnn{call.Operator}: {message}");

    public static void Require(this ICall call, bool holds, string rule, string message)
    {
        if (!holds) throw call.Invalid(rule, message);
    }

    /// <summary>A tensor of one of the types.</summary>
    public static SimTensor Tensor(this ICall call, string name, AclType[] types, string rule = "8.dtypes") => call.Checked(name, call.Tensor(name), types, rule);

    /// <inheritdoc cref="Tensor"/>
    public static SimTensor? Optional(this ICall call, string name, AclType[] types, string rule = "8.dtypes") =>
        call.OptionalTensor(name) is { } t ? call.Checked(name, t, types, rule) : null;

    public static SimTensor Checked(this ICall call, string name, SimTensor t, AclType[] types, string rule = "8.dtypes")
    {
        if (!s_plainFormats.Contains(t.Format)) throw call.Invalid("6.tensor-format", $"{name} has format {t.Format}; this operator takes ND");
        if (Array.IndexOf(types, t.Type) < 0) throw call.Invalid(rule, $"{name} is {t.Type}; allowed: {Types.Text(types)}");
        if (t.Type == AclType.BFloat16 && !CardSupport.HasBFloat16(call)) throw call.Invalid(CardSupport.BFloat16Rule(call.Operator), $"{name} is BFloat16, which this operator has not on {call.Card.Soc}; allowed: {Types.Text(types.Where(x => x != AclType.BFloat16))}");
        return t;
    }

    /// <summary>An output, or a second input, of the same type as another argument.</summary>
    public static SimTensor Like(this ICall call, string name, SimTensor other, string otherName, string rule = "8.dtypes")
    {
        SimTensor t = call.Checked(name, call.Tensor(name), Types.All, rule);
        call.Require(t.Type == other.Type, rule, $"{name} is {t.Type}, but {otherName} is {other.Type}; they must be the same");
        return t;
    }

    public static void Shape(this ICall call, string name, SimTensor t, ReadOnlySpan<long> expected, string rule = "8.broadcast")
    {
        if (!Shapes.Same(t.Shape, expected)) throw call.Invalid(rule, $"{name} has shape {Shapes.Text(t.Shape)}; expected {Shapes.Text(expected)}");
    }

    public static void Rank(this ICall call, string name, SimTensor t, int least, int most, string rule)
    {
        if (t.Rank < least || t.Rank > most) throw call.Invalid(rule, $"{name} has {t.Rank} dimensions {Shapes.Text(t.Shape)}; expected {(least == most ? least : $"{least} to {most}")}");
    }

    /// <summary>One element, of any rank.</summary>
    public static void One(this ICall call, string name, SimTensor t, string rule) => call.Require(t.Count == 1, rule, $"{name} has shape {Shapes.Text(t.Shape)}; expected one element");

    /// <summary>No hidden copy is made of it: the kernel gets the address where the view begins.</summary>
    public static void Contiguous(this ICall call, string name, SimTensor? t, string? rule = null)
    {
        if (t is { IsContiguous: false }) throw call.Invalid(rule ?? ContiguousRule(call.Operator), $"{name} is {t}; this operator takes it contiguous only");
        if (t is { IsDirect: false, Count: > 0 }) throw call.Invalid("6.view-align", $"{name} begins at 0x{t.Start:x}, {t.Offset} elements into its storage; this operator takes it from a multiple of {SimTensor.Alignment} bytes on only");
    }

    private static string ContiguousRule(string name) => name switch
    {
        "SwiGlu" => "6.contiguous-swiglu",
        "SwiGluGrad" => "6.contiguous-swiglu-grad",
        "RotaryPositionEmbedding" => "6.contiguous-rope",
        "RotaryPositionEmbeddingGrad" => "6.contiguous-rope-grad",
        "PromptFlashAttention" => "6.contiguous-prompt",
        "IncreFlashAttention" => "6.contiguous-incre",
        "FusedInferAttentionScore" => "6.contiguous-fused",
        "ForeachMulScalarV2" => "6.contiguous-foreach-mul",
        "ForeachNonFiniteCheckAndUnscale" => "6.contiguous-unscale",
        "ForeachNorm" or "ApplyAdamWV2" => "6.view-align",      // one element has no strides, but a place
        _ => throw new InvalidOperationException($"{name} has no rule that its tensors are contiguous"),
    };

    /// <summary>A dimension, where negative ones count from the end.</summary>
    public static int Dim(this ICall call, string name, int rank, string rule = "8.dtypes") => call.Dim(name, call.Integer(name), rank, rule);

    public static int Dim(this ICall call, string name, long dim, int rank, string rule)
    {
        long most = Math.Max(1, rank);
        if (dim < -most || dim >= most) throw call.Invalid(rule, $"{name} is {dim}; allowed: {-most} to {most - 1}");
        return (int)(dim < 0 ? dim + most : dim);
    }

    /// <summary>The dimensions of a reduction; none given are all.</summary>
    public static int[] Dims(this ICall call, string name, int rank)
    {
        long[] given = call.Integers(name) ?? throw call.Refuse(NullPointer, "6.plan-null", $"aclnn{call.Operator}: {name} is null; it is not optional, an empty array reduces all");
        if (given.Length == 0) return [.. Enumerable.Range(0, rank)];
        int[] dims = [.. given.Select(d => call.Dim(name, d, rank, "8.dtypes")).Order()];
        call.Require(dims.Distinct().Count() == dims.Length, "8.dtypes", $"{name} is {Shapes.Text(given)}; a dimension appears twice");
        return rank == 0 ? [] : dims;
    }

    /// <summary>An argument that the signature has and this operator does not use.</summary>
    public static void MustBeNull(this ICall call, string name, string rule)
    {
        if (call.OptionalTensor(name) is { Count: > 0 } t) throw call.Invalid(rule, $"{name} is {t}; expected null");
    }

    /// <summary>Room for the hidden copies of strided tensors and for temporaries of some bytes each.</summary>
    public static long Workspace(IEnumerable<SimTensor?> tensors, params long[] temporaries)
    {
        long bytes = temporaries.Where(n => n > 0).Sum(Rounded);
        foreach (SimTensor? t in tensors) if (t is { IsDirect: false, Count: > 0 }) bytes += Rounded(t.Count * t.ElementBytes);
        return bytes;
    }

    private static long Rounded(long bytes) => (bytes + 32 + 511) / 512 * 512;
}
