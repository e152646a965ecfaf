using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>The operators as methods of a tensor, and their signs: <c>a + b</c> is <c>a.Add(b)</c>.</summary>
public static class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x + b, stretched to fit.</summary>
        public Tensor Add(Tensor b) => BinaryOp.Apply(BinaryKind.Add, x, b);
        /// <summary>x + b.</summary>
        public Tensor Add(double b) => ScalarOp.Apply(BinaryKind.Add, x, b);
        /// <summary>x - b, stretched to fit.</summary>
        public Tensor Subtract(Tensor b) => BinaryOp.Apply(BinaryKind.Sub, x, b);
        /// <summary>x - b.</summary>
        public Tensor Subtract(double b) => ScalarOp.Apply(BinaryKind.Sub, x, b);
        /// <summary>x · b, element by element, stretched to fit.</summary>
        public Tensor Multiply(Tensor b) => BinaryOp.Apply(BinaryKind.Mul, x, b);
        /// <summary>x · b.</summary>
        public Tensor Multiply(double b) => ScalarOp.Apply(BinaryKind.Mul, x, b);
        /// <summary>x / b, element by element, stretched to fit.</summary>
        public Tensor Divide(Tensor b) => BinaryOp.Apply(BinaryKind.Div, x, b);
        /// <summary>x / b.</summary>
        public Tensor Divide(double b) => ScalarOp.Apply(BinaryKind.Div, x, b);
        /// <summary>The larger of each pair.</summary>
        public Tensor Maximum(Tensor b) => BinaryOp.Apply(BinaryKind.Max, x, b);
        /// <summary>The larger of x and b.</summary>
        public Tensor Maximum(double b) => ScalarOp.Apply(BinaryKind.Max, x, b);
        /// <summary>The smaller of each pair.</summary>
        public Tensor Minimum(Tensor b) => BinaryOp.Apply(BinaryKind.Min, x, b);
        /// <summary>The smaller of x and b.</summary>
        public Tensor Minimum(double b) => ScalarOp.Apply(BinaryKind.Min, x, b);
        /// <summary>xᵇ, element by element.</summary>
        public Tensor Pow(Tensor b) => BinaryOp.Apply(BinaryKind.Pow, x, b);
        /// <summary>xᵇ.</summary>
        public Tensor Pow(double b) => ScalarOp.Apply(BinaryKind.Pow, x, b);
        /// <summary>-x</summary>
        public Tensor Negate() => UnaryOp.Apply(UnaryKind.Neg, x);
        /// <summary>|x|</summary>
        public Tensor Abs() => UnaryOp.Apply(UnaryKind.Abs, x);
        /// <summary>x²</summary>
        public Tensor Square() => UnaryOp.Apply(UnaryKind.Square, x);
        /// <summary>√x</summary>
        public Tensor Sqrt() => UnaryOp.Apply(UnaryKind.Sqrt, x);
        /// <summary>1/√x</summary>
        public Tensor Rsqrt() => UnaryOp.Apply(UnaryKind.Rsqrt, x);
        /// <summary>1/x</summary>
        public Tensor Reciprocal() => UnaryOp.Apply(UnaryKind.Reciprocal, x);
        /// <summary>eˣ</summary>
        public Tensor Exp() => UnaryOp.Apply(UnaryKind.Exp, x);
        /// <summary>Natural logarithm.</summary>
        public Tensor Log() => UnaryOp.Apply(UnaryKind.Log, x);
        /// <summary>Hyperbolic tangent.</summary>
        public Tensor Tanh() => UnaryOp.Apply(UnaryKind.Tanh, x);
        /// <summary>1/(1 + e⁻ˣ)</summary>
        public Tensor Sigmoid() => UnaryOp.Apply(UnaryKind.Sigmoid, x);
        /// <summary>The error function.</summary>
        public Tensor Erf() => UnaryOp.Apply(UnaryKind.Erf, x);
        /// <summary>Sine, radians.</summary>
        public Tensor Sin() => UnaryOp.Apply(UnaryKind.Sin, x);
        /// <summary>Cosine, radians.</summary>
        public Tensor Cos() => UnaryOp.Apply(UnaryKind.Cos, x);

        /// <summary>Σ over the last dimension, kept with length 1.</summary>
        public Tensor SumLast() => SumLastOp.Apply(x);
        /// <summary>Mean over the last dimension, kept with length 1.</summary>
        public Tensor MeanLast() => SumLastOp.Apply(x) * (1.0 / x.Shape.Last);
        /// <summary>Largest of the last dimension, kept with length 1.</summary>
        public Tensor MaxLast() => MaxLastOp.Apply(x);
        /// <summary>Σ of all elements, [1].</summary>
        public Tensor Sum() => SumLastOp.Apply(x.Reshape([1, checked((int)x.Shape.Count)])).Reshape([1]);
        /// <summary>Mean of all elements, [1].</summary>
        public Tensor Mean() => x.Sum() * (1.0 / x.Shape.Count);

        /// <summary>The same elements under another shape.</summary>
        public Tensor Reshape(Shape shape) => ReshapeOp.Apply(x, shape);
        /// <summary>Dimension i of the result is dimension order[i] of x.</summary>
        public Tensor Permute(params int[] order) => PermuteOp.Apply(x, order);
        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor Transpose()
        {
            if (x.Shape.Rank < 2) throw new ArgumentException($"transpose: needs two dimensions, not {x.Shape}");
            int[] order = [.. Enumerable.Range(0, x.Shape.Rank)];
            (order[^1], order[^2]) = (order[^2], order[^1]);
            return PermuteOp.Apply(x, order);
        }
        /// <summary>length elements from start along one dimension; a negative dimension counts from the last.</summary>
        public Tensor Slice(int dimension, int start, int length) => SliceOp.Apply(x, dimension, start, length);
        /// <summary>Stretched to a larger shape.</summary>
        public Tensor Expand(Shape shape) => ExpandOp.Apply(x, shape);
        /// <summary>The same numbers in another float dtype.</summary>
        public Tensor To(DType dtype) => CastOp.Apply(x, dtype);
        /// <summary>The same elements, unknown to the tape: no gradient passes.</summary>
        public Tensor Detach() => x.View(x.Shape, [.. x.Strides], x.Offset);

        /// <summary>Matrix product.</summary>
        public Tensor MatMul(Tensor b) => MatMulOp.Apply(x, b);
        /// <summary>x Wᵀ + bias.</summary>
        public Tensor Linear(Weight weight, Parameter? bias = null) => LinearOp.Apply(x, weight, bias);
        /// <summary>y[i] = x[ids[i]].</summary>
        public Tensor GatherRows(Tensor ids) => GatherRowsOp.Apply(x, ids);
        /// <summary>Softmax over the last dimension.</summary>
        public Tensor Softmax() => SoftmaxOp.Apply(x);
        /// <summary>Logarithm of the softmax over the last dimension.</summary>
        public Tensor LogSoftmax() => SoftmaxOp.Apply(x, log: true);
        /// <inheritdoc cref="RmsNormOp"/>
        public Tensor RmsNorm(Parameter weight, float eps) => RmsNormOp.Apply(x, weight.Value, eps);
        /// <inheritdoc cref="AddRmsNormOp"/>
        public (Tensor Sum, Tensor Normed) AddRmsNorm(Tensor residual, Parameter weight, float eps) => AddRmsNormOp.Apply(x, residual, weight.Value, eps);
        /// <inheritdoc cref="RopeOp"/>
        public Tensor Rope(Tensor cos, Tensor sin, RopeLayout layout = RopeLayout.HalfSplit) => RopeOp.Apply(x, cos, sin, layout);
        /// <inheritdoc cref="RopeOp.ApplyInPlace"/>
        internal Tensor RopeInPlace(Tensor cos, Tensor sin, RopeLayout layout = RopeLayout.HalfSplit) => RopeOp.ApplyInPlace(x, cos, sin, layout);
        /// <summary>act(x)</summary>
        public Tensor Activate(Activation activation) => GatedActivationOp.Apply(activation, x);
        /// <summary>act(x) · up</summary>
        public Tensor ActivateGate(Activation activation, Tensor up) => GatedActivationOp.Apply(activation, x, up);
        /// <summary>silu(x) · up</summary>
        public Tensor SwiGlu(Tensor up) => GatedActivationOp.Apply(Activation.Silu, x, up);
        /// <inheritdoc cref="DropoutOp"/>
        public Tensor Dropout(ulong key, float rate) => DropoutOp.Apply(x, key, rate);
        /// <inheritdoc cref="LinearCrossEntropyOp"/>
        public Tensor LinearCrossEntropy(Weight head, Tensor targets, float logitScale = 1, float softCap = 0, float smoothing = 0) => LinearCrossEntropyOp.Apply(x, head, targets, logitScale, softCap, smoothing);
        /// <inheritdoc cref="LoraLinearOp"/>
        public Tensor LoraLinear(Weight weight, Parameter a, Parameter b, float scale) => LoraLinearOp.Apply(x, x, weight, a, b, scale);

        /// <summary>a + b</summary>
        public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);
        /// <summary>a + b</summary>
        public static Tensor operator +(Tensor a, double b) => a.Add(b);
        /// <summary>a - b</summary>
        public static Tensor operator -(Tensor a, Tensor b) => a.Subtract(b);
        /// <summary>a - b</summary>
        public static Tensor operator -(Tensor a, double b) => a.Subtract(b);
        /// <summary>a · b, element by element</summary>
        public static Tensor operator *(Tensor a, Tensor b) => a.Multiply(b);
        /// <summary>a · b</summary>
        public static Tensor operator *(Tensor a, double b) => a.Multiply(b);
        /// <summary>a / b, element by element</summary>
        public static Tensor operator /(Tensor a, Tensor b) => a.Divide(b);
        /// <summary>a / b</summary>
        public static Tensor operator /(Tensor a, double b) => a.Divide(b);
        /// <summary>-a</summary>
        public static Tensor operator -(Tensor a) => a.Negate();
    }

    /// <summary>condition ? a : b, element by element.</summary>
    public static Tensor Select(Tensor condition, Tensor a, Tensor b) => SelectOp.Apply(condition, a, b);

    /// <summary>Tensors one after another along one dimension.</summary>
    public static Tensor Concat(int dimension, params ReadOnlySpan<Tensor> parts) => ConcatOp.Apply(dimension, parts);

    /// <inheritdoc cref="EmbeddingOp"/>
    public static Tensor Embedding(Tensor ids, Weight table, Tensor? gradIds = null) => EmbeddingOp.Apply(ids, table, gradIds);

    /// <inheritdoc cref="AttentionOp"/>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Segments segments, float scale, int window = 0, float softCap = 0, Tensor? sinks = null) =>
        AttentionOp.Apply(q, k, v, segments, scale, window, softCap, sinks);
}
