using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Operators refuse what does not fit, naming themselves, the shapes and the two numbers that differ.</summary>
[Trait("Category", "Unit")]
public sealed class MessageTests : IDisposable
{
    private readonly Backend _backend = Devices.Open("reference");
    private readonly List<Parameter> _parameters = [];

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters) parameter.Dispose();
        Assert.Equal(0, _backend.LiveBlocks);
        _backend.Dispose();
    }

    private Tensor T(Shape shape, DType dtype = DType.F32) => Tensor.Zeros(_backend, shape, dtype);

    private Parameter P(Shape shape)
    {
        var parameter = new Parameter("w", T(shape));
        _parameters.Add(parameter);
        return parameter;
    }

    private static void Refuses(string message, Func<Tensor> apply)
    {
        using var scope = TensorScope.Begin();
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => apply()).Message);
    }

    [Fact] public void MatMul_inner() => Refuses("matmul: inner sizes differ: [3, 37] x [1, 37] (37 against 1)", () => T([3, 37]).MatMul(T([1, 37])));
    [Fact] public void MatMul_leading() => Refuses("matmul: needs matrices with equal leading lengths: [2, 3, 4] x [3, 4, 5]", () => T([2, 3, 4]).MatMul(T([3, 4, 5])));
    [Fact] public void MatMul_dtypes() => Refuses("matmul: dtypes differ or are no floats: f32 [2, 3] x bf16 [3, 2]", () => T([2, 3]).MatMul(T([3, 2], DType.BF16)));
    [Fact] public void Add_shapes() => Refuses("add: shapes do not fit: [2, 3] and [4] (3 against 4)", () => T([2, 3]) + T([4]));
    [Fact] public void Mul_dtypes() => Refuses("mul: dtypes differ: f32 [2] and bf16 [2]; convert one with To", () => T([2]) * T([2], DType.BF16));
    [Fact] public void Exp_of_integers() => Refuses("exp: needs a float tensor, not i32 [2]", () => T([2], DType.I32).Exp());
    [Fact] public void RmsNorm_scale() => Refuses("rms_norm: the scale does not fit the rows: [3, 37] by [36] (37 against 36)", () => T([3, 37]).RmsNorm(P([36]), 1e-5f));
    [Fact] public void Linear_weight() => Refuses("linear: the weight does not fit the rows: [3, 37] by [5, 36] (37 against 36)", () => T([3, 37]).Linear(P([5, 36])));
    [Fact] public void Linear_bias() => Refuses("linear: the bias does not fit the weight: [4] for [5, 37] (4 against 5)", () => T([3, 37]).Linear(P([5, 37]), P([4])));
    [Fact] public void Lora_shapes() => Refuses("lora_linear: shapes do not fit: x [3, 8], W [5, 8], A [2, 7], B [5, 2]", () => T([3, 8]).LoraLinear(P([5, 8]), P([2, 7]), P([5, 2]), 1));
    [Fact] public void Rope_rank() => Refuses("rope: x must be [tokens, heads, head_dim], not [3, 8]", () => T([3, 8]).Rope(T([3, 4]), T([3, 4])));
    [Fact] public void Rope_angles() => Refuses("rope: the angles do not fit: x [3, 2, 8], cos [3, 5], sin [3, 5] ([3, at most 4] expected)", () => T([3, 2, 8]).Rope(T([3, 5]), T([3, 5])));
    [Fact] public void Rope_dtype() => Refuses("rope: cos and sin must be f32, not bf16 and bf16", () => T([3, 2, 8]).Rope(T([3, 4], DType.BF16), T([3, 4], DType.BF16)));
    [Fact] public void Gate_and_up() => Refuses("gated_activation: gate and up differ: f32 [3, 8] and f32 [3, 7]", () => T([3, 8]).SwiGlu(T([3, 7])));
    [Fact] public void Softmax_scalar() => Refuses("softmax: a scalar has no last dimension", () => T([]).Softmax());
    [Fact] public void Attention_heads() => Refuses("attention: 3 heads cannot share 2 key heads: [4, 3, 8] and [4, 2, 8]", () => TensorOps.Attention(T([4, 3, 8]), T([4, 2, 8]), T([4, 2, 8]), Segments.Packed(4), 1));
    [Fact] public void Attention_head_sizes() => Refuses("attention: head sizes differ: [4, 2, 8] and [4, 2, 6] (8 against 6)", () => TensorOps.Attention(T([4, 2, 8]), T([4, 2, 6]), T([4, 2, 6]), Segments.Packed(4), 1));
    [Fact] public void Attention_segments() => Refuses("attention: sequence 1 ends outside the rows: queries 3+2 of 4, keys 3+2 of 4", () => TensorOps.Attention(T([4, 2, 8]), T([4, 2, 8]), T([4, 2, 8]), Segments.Packed(3, 2), 1));
    [Fact] public void Attention_sinks() => Refuses("attention: one sink a head: [3] for 2 heads", () => TensorOps.Attention(T([4, 2, 8]), T([4, 2, 8]), T([4, 2, 8]), Segments.Packed(4), 1, sinks: T([3])));
    [Fact] public void CrossEntropy_head() => Refuses("linear_cross_entropy: the head does not fit the rows: [3, 8] by [5, 7] (8 against 7)", () => T([3, 8]).LinearCrossEntropy(P([5, 7]), T([3], DType.I32)));
    [Fact] public void CrossEntropy_targets() => Refuses("linear_cross_entropy: targets must be i32 [3], not i32 [4]", () => T([3, 8]).LinearCrossEntropy(P([5, 8]), T([4], DType.I32)));
    [Fact] public void CrossEntropy_target_outside() => Refuses("linear_cross_entropy: target 5 of row 1 is outside the vocabulary of 5", () => T([2, 8]).LinearCrossEntropy(P([5, 8]), Tensor.From<int>(_backend, [0, 5], [2])));
    [Fact] public void Embedding_ids() => Refuses("embedding: ids must be i32 [tokens], not f32 [3]", () => TensorOps.Embedding(T([3]), P([5, 8])));
    [Fact] public void GatherRows_ids() => Refuses("gather_rows: needs [rows, d] and i32 [n], not f32 [3, 8] and i64 [2]", () => T([3, 8]).GatherRows(T([2], DType.I64)));
    [Fact] public void Dropout_rate() => Refuses("dropout: the rate must be at least 0 and below 1, not 1", () => T([3]).Dropout(1, 1f));
    [Fact] public void Reshape_count() => Refuses("reshape: [3, 8] cannot become [5, 5] (24 elements against 25)", () => T([3, 8]).Reshape([5, 5]));
    [Fact] public void Permute_order() => Refuses("permute: [0, 0] is no order of the 2 dimensions of [3, 8]", () => T([3, 8]).Permute(0, 0));
    [Fact] public void Transpose_row() => Refuses("transpose: needs two dimensions, not [3]", () => T([3]).Transpose());
    [Fact] public void Slice_outside() => Refuses("slice: 6..9 is not inside dimension 1 of [3, 8]", () => T([3, 8]).Slice(1, 6, 3));
    [Fact] public void Expand_length() => Refuses("expand: [3, 8] cannot be stretched to [3, 9] (8 against 9)", () => T([3, 8]).Expand([3, 9]));
    [Fact] public void Concat_lengths() => Refuses("concat: f32 [3, 7] does not fit f32 [2, 8] along dimension 0", () => TensorOps.Concat(0, T([2, 8]), T([3, 7])));
    [Fact] public void Concat_dimension() => Refuses("concat: f32 [2, 8] has no dimension 2 (2 dimensions)", () => TensorOps.Concat(2, T([2, 8]), T([3, 8])));
    [Fact] public void Select_shapes() => Refuses("select: needs bool, x, x of one shape: bool [2], f32 [2], f32 [3]", () => TensorOps.Select(T([2], DType.Bool), T([2]), T([3])));
    [Fact] public void Cast_to_integers() => Refuses("cast: only from float to float: f32 [2] to i32", () => T([2]).To(DType.I32));
    [Fact] public void Segments_keys() => Refuses("segments: sequence 0 has 3 queries but 2 keys", () => { _ = new Segments([0], [3], [0], [2]); return T([1]); });
    [Fact] public void Unknown_operator() => Assert.StartsWith("ops: no operator 'rms' (known: abs, add, ", Assert.Throws<ArgumentException>(() => OpCases.Get("rms")).Message);
    [Fact] public void Operator_twice() => Assert.Equal("ops: linear is in the table already", Assert.Throws<ArgumentException>(() => OpCases.Add(new Again())).Message);

    private sealed class Again : IOpCaseSource
    {
        public IEnumerable<OpCase> Cases => [new("own", "", []), OpCases.Get("linear")];
    }
}
