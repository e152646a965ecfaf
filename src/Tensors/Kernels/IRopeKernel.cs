namespace Pure.Tuner.Kernels;

/// <summary>Which elements of a head turn together.</summary>
public enum RopeLayout
{
    /// <summary>x[k] with x[k + rotary/2].</summary>
    HalfSplit,
    /// <summary>x[2k] with x[2k + 1].</summary>
    Adjacent,
}

/// <summary>Rotary position embedding of the first <paramref name="Rotary"/> elements of each head; the rest passes.</summary>
/// <param name="Tokens">Rows of x.</param>
/// <param name="Heads">Heads in a row.</param>
/// <param name="HeadDim">Elements of a head.</param>
/// <param name="Rotary">Elements that turn, even, at most HeadDim.</param>
/// <param name="Layout">Which elements form a pair.</param>
/// <param name="Inverse">Turn back: the transposed rotation, which is the gradient.</param>
public readonly record struct RopeSpec(int Tokens, int Heads, int HeadDim, int Rotary, RopeLayout Layout, bool Inverse)
{
    /// <summary>The spec of an application; throws when the shapes do not fit.</summary>
    public static RopeSpec Check(string op, Tensor x, Tensor cos, Tensor sin, RopeLayout layout)
    {
        if (x.Shape.Rank != 3) throw new ArgumentException($"{op}: x must be [tokens, heads, head_dim], not {x.Shape}");
        if (cos.Shape != sin.Shape || cos.Shape.Rank != 2 || cos.Shape[0] != x.Shape[0] || cos.Shape[1] * 2 > x.Shape[2])
            throw new ArgumentException($"{op}: the angles do not fit: x {x.Shape}, cos {cos.Shape}, sin {sin.Shape} ([{x.Shape[0]}, at most {x.Shape[2] / 2}] expected)");
        if (cos.DType != DType.F32 || sin.DType != DType.F32) throw new ArgumentException($"{op}: cos and sin must be f32, not {cos.DType.Name} and {sin.DType.Name}");
        return new(x.Shape[0], x.Shape[1], x.Shape[2], cos.Shape[1] * 2, layout, false);
    }
}

/// <summary>Rotary position embedding.</summary>
public interface IRopeKernel
{
    /// <summary>What it can do; one rotation serves both directions.</summary>
    Support Supports(in RopeSpec spec);

    /// <summary>Whether y may be x itself, so that no second block is written.</summary>
    bool WorksInPlace(in RopeSpec spec) => false;

    /// <summary>y = rotation of x by the angles of each token; x [tokens, heads, head_dim] with any outer strides, cos and sin [tokens, rotary/2].</summary>
    void Rotate(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y);
}
