using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>The same elements in row-major order under another shape. Shares memory when x is contiguous.</summary>
public sealed class ReshapeOp(Shape shape) : Op
{
    /// <exception cref="ArgumentException">The shapes hold different numbers of elements.</exception>
    public static Tensor Apply(Tensor x, Shape shape)
    {
        if (shape.Count != x.Shape.Count) throw new ArgumentException($"reshape: {x.Shape} cannot become {shape} ({x.Shape.Count} elements against {shape.Count})");
        return x.Shape == shape && x.IsContiguous ? x : new ReshapeOp(shape).Run(x);
    }

    private Shape _before;

    /// <summary>Nothing moves.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => default;

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        _before = x[0].Shape;
        y[0] = x[0].Packed().View(shape);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => dx.Pass(0, dy[0]!.View(_before));
}

/// <summary>Dimension i of y is dimension order[i] of x. Shares memory.</summary>
public sealed class PermuteOp(int[] order) : Op
{
    /// <exception cref="ArgumentException">order is not a permutation of the dimensions.</exception>
    public static Tensor Apply(Tensor x, params int[] order)
    {
        if (order.Length != x.Shape.Rank || !order.Order().SequenceEqual(Enumerable.Range(0, order.Length)))
            throw new ArgumentException($"permute: [{string.Join(", ", order)}] is no order of the {x.Shape.Rank} dimensions of {x.Shape}");
        return new PermuteOp(order).Run(x);
    }

    /// <summary>Nothing moves.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => default;

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y) => y[0] = View(x[0], order);

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        var back = new int[order.Length];
        for (int i = 0; i < order.Length; i++) back[order[i]] = i;
        dx.Pass(0, View(dy[0]!, back));
    }

    private static Tensor View(Tensor x, int[] order) =>
        x.View(new Shape(Array.ConvertAll(order, d => x.Shape[d])), Array.ConvertAll(order, d => x.Strides[d]), x.Offset);
}

/// <summary>Part of x along one dimension: y = x[..., start : start + length, ...]. Shares memory.</summary>
public sealed class SliceOp(int dimension, int start, int length) : Op
{
    /// <exception cref="ArgumentException">The part is not inside the dimension.</exception>
    public static Tensor Apply(Tensor x, int dimension, int start, int length)
    {
        if (dimension < 0) dimension += x.Shape.Rank;
        if (dimension < 0 || dimension >= x.Shape.Rank || start < 0 || length < 0 || start + length > x.Shape[dimension])
            throw new ArgumentException($"slice: {start}..{start + length} is not inside dimension {dimension} of {x.Shape}");
        return new SliceOp(dimension, start, length).Run(x);
    }

    private Shape _before;

    /// <summary>Nothing moves forward; backward the part goes into a whole of zeros.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => new(0, 0, y[0].Shape.Count, OpCost.BytesOf(x[0]) + 2 * OpCost.BytesOf(y[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        _before = x[0].Shape;
        y[0] = View(x[0], dimension, start, length);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Into into = dx.Into(0);
        if (into.IsEmpty) return;
        if (!into.Accumulate) into.Target.Backend.Fill(into.Target, 0);
        Gradients.AddTo(new Into(View(into.Target, dimension, start, length), into.Accumulate), dy[0]!);
    }

    internal static Tensor View(Tensor x, int dimension, int start, int length)
    {
        int[] lengths = [.. x.Shape.Lengths];
        lengths[dimension] = length;
        return x.View(new Shape(lengths), [.. x.Strides], x.Offset + (long)start * x.Strides[dimension]);
    }
}

/// <summary>x stretched to a larger shape: lengths of 1 and missing leading dimensions repeat. Shares memory.</summary>
public sealed class ExpandOp(Shape shape) : Op
{
    /// <exception cref="ArgumentException">x cannot be stretched to the shape.</exception>
    public static Tensor Apply(Tensor x, Shape shape) => x.Shape == shape ? x : new ExpandOp(shape).Run(x);

    private Shape _before;

    /// <summary>Nothing moves.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => default;

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        _before = x[0].Shape;
        y[0] = Stretch(x[0], shape);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => dx.PassReduced(0, dy[0]!, _before);

    internal static Tensor Stretch(Tensor x, Shape shape)
    {
        if (x.Shape == shape) return x;
        var strides = new int[shape.Rank];
        for (int i = 1; i <= shape.Rank; i++)
        {
            int length = i <= x.Shape.Rank ? x.Shape[^i] : 1;
            if (i > x.Shape.Rank || length == 1 && shape[^i] != 1) strides[^i] = 0;
            else if (length == shape[^i]) strides[^i] = x.Strides[^i];
            else throw new ArgumentException($"expand: {x.Shape} cannot be stretched to {shape} ({length} against {shape[^i]})");
        }
        if (x.Shape.Rank > shape.Rank) throw new ArgumentException($"expand: {x.Shape} cannot be stretched to {shape} ({x.Shape.Rank} dimensions against {shape.Rank})");
        return x.View(shape, strides, x.Offset);
    }
}

/// <summary>Tensors one after another along one dimension.</summary>
public sealed class ConcatOp(int dimension) : Op
{
    /// <exception cref="ArgumentException">The other lengths or the dtypes differ.</exception>
    public static Tensor Apply(int dimension, params ReadOnlySpan<Tensor> parts)
    {
        if (parts.Length == 0) throw new ArgumentException("concat: no tensors");
        if (dimension < 0) dimension += parts[0].Shape.Rank;
        if (dimension < 0 || dimension >= parts[0].Shape.Rank) throw new ArgumentException($"concat: {parts[0]} has no dimension {dimension} ({parts[0].Shape.Rank} dimensions)");
        foreach (Tensor part in parts)
        {
            bool fits = part.DType == parts[0].DType && part.Shape.Rank == parts[0].Shape.Rank;
            for (int d = 0; fits && d < part.Shape.Rank; d++) fits = d == dimension || part.Shape[d] == parts[0].Shape[d];
            if (!fits) throw new ArgumentException($"concat: {part} does not fit {parts[0]} along dimension {dimension}");
        }
        return parts.Length == 1 ? parts[0] : new ConcatOp(dimension).Run(parts);
    }

    private int[] _lengths = [];

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => base.Cost(x, y) with { Flops = 0, BackwardFlops = 0 };

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        _lengths = new int[x.Length];
        for (int i = 0; i < x.Length; i++) _lengths[i] = x[i].Shape[dimension];
        int[] lengths = [.. x[0].Shape.Lengths];
        lengths[dimension] = _lengths.Sum();
        y[0] = Tensor.Empty(x[0].Backend, new Shape(lengths), x[0].DType);
        int start = 0;
        foreach (Tensor part in x)
        {
            part.Backend.Copy(part, SliceOp.View(y[0], dimension, start, part.Shape[dimension]));
            start += part.Shape[dimension];
        }
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        int start = 0;
        for (int i = 0; i < _lengths.Length; start += _lengths[i++])
            if (dx.Wants(i)) dx.Pass(i, SliceOp.View(dy[0]!, dimension, start, _lengths[i]));
    }
}

/// <summary>The same numbers in another float dtype; narrowing rounds to nearest even.</summary>
public sealed class CastOp(DType dtype) : Op
{
    /// <exception cref="ArgumentException">Not from float to float.</exception>
    public static Tensor Apply(Tensor x, DType dtype)
    {
        if (x.DType == dtype) return x;
        if (!x.DType.IsFloat || !dtype.IsFloat) throw new ArgumentException($"cast: only from float to float: {x} to {dtype.Name}");
        return new CastOp(dtype).Run(x);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => base.Cost(x, y) with { Flops = 0, BackwardFlops = 0 };

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[0], dtype);
        x[0].Backend.Copy(x[0], y[0]);
    }

    /// <summary>Straight into the destination's dtype: a parameter's gradient is F32 whatever it is stored in.</summary>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => Gradients.AddTo(dx.Into(0), dy[0]!);
}
