using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A function of one number, for <c>Rows.Map</c>: once for a number, once for sixteen.</summary>
/// <remarks>The vector body runs wherever there are vectors, for every element of every row, so that a result does not depend on where its element stands.</remarks>
internal interface IUnaryRowOp
{
    /// <summary>f(x)</summary>
    static abstract float Invoke(float x);

    /// <summary>f(x) in every lane.</summary>
    static abstract Vector512<float> Invoke(Vector512<float> x);
}

/// <summary>A function of two numbers, for <c>Rows.Map</c>.</summary>
/// <inheritdoc cref="IUnaryRowOp"/>
internal interface IBinaryRowOp
{
    /// <summary>f(a, b)</summary>
    static abstract float Invoke(float a, float b);

    /// <summary>f(a, b) in every lane.</summary>
    static abstract Vector512<float> Invoke(Vector512<float> a, Vector512<float> b);
}

/// <summary>A function of three numbers, for <c>Rows.Map</c>.</summary>
/// <inheritdoc cref="IUnaryRowOp"/>
internal interface IRowOp
{
    /// <summary>f(a, b, c)</summary>
    static abstract float Invoke(float a, float b, float c);

    /// <summary>f(a, b, c) in every lane.</summary>
    static abstract Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> c);
}
