namespace Pure.Tuner.Kernels;

/// <summary>Functions of one element.</summary>
public enum UnaryKind
{
    /// <summary>-x</summary>
    Neg,
    /// <summary>|x|</summary>
    Abs,
    /// <summary>-1, 0 or 1</summary>
    Sign,
    /// <summary>x²</summary>
    Square,
    /// <summary>√x</summary>
    Sqrt,
    /// <summary>1/√x</summary>
    Rsqrt,
    /// <summary>1/x</summary>
    Reciprocal,
    /// <summary>eˣ</summary>
    Exp,
    /// <summary>Natural logarithm.</summary>
    Log,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>1/(1 + e⁻ˣ)</summary>
    Sigmoid,
    /// <summary>2/√π · ∫₀ˣ e^(-t²) dt</summary>
    Erf,
    /// <summary>Sine, radians.</summary>
    Sin,
    /// <summary>Cosine, radians.</summary>
    Cos,
}

/// <summary>Functions of two elements. Comparisons write Bool.</summary>
public enum BinaryKind
{
    /// <summary>a + b</summary>
    Add,
    /// <summary>a - b</summary>
    Sub,
    /// <summary>a · b</summary>
    Mul,
    /// <summary>a / b</summary>
    Div,
    /// <summary>The larger; NaN if either is.</summary>
    Max,
    /// <summary>The smaller; NaN if either is.</summary>
    Min,
    /// <summary>aᵇ</summary>
    Pow,
    /// <summary>a = b</summary>
    Equal,
    /// <summary>a &lt; b</summary>
    Less,
    /// <summary>a &gt; b</summary>
    Greater,
}

/// <summary>Reductions over the last dimension.</summary>
public enum ReduceKind
{
    /// <summary>Σ x; 0 for no elements.</summary>
    Sum,
    /// <summary>The largest; -∞ for no elements, NaN if any is.</summary>
    Max,
    /// <summary>Σ x²</summary>
    SumSquares,
}

/// <summary>Facts about primitive functions.</summary>
public static class PrimitiveKinds
{
    extension(BinaryKind kind)
    {
        /// <summary>Whether the result is Bool.</summary>
        public bool IsComparison => kind is BinaryKind.Equal or BinaryKind.Less or BinaryKind.Greater;
    }
}
