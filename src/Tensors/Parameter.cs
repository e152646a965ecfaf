namespace Pure.Tuner;

/// <summary>A named tensor of a model, trained or frozen, in the dtype it is stored in.</summary>
public sealed class Parameter : Weight
{
    /// <summary>Takes over the tensor: it leaves its scope and is disposed with the parameter.</summary>
    public Parameter(string name, Tensor value)
    {
        Name = name;
        Value = value.Hold();
        value.Dispose();
        Value.Node = this;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The elements. The tape knows this tensor as a leaf.</summary>
    public Tensor Value { get; private set; }

    /// <summary>Whether a gradient is wanted.</summary>
    public bool RequiresGrad
    {
        get;
        set
        {
            field = value;
            if (value && !Value.IsDisposed) Value.Storage.Written();         // an optimizer writes it
        }
    }

    /// <summary>The gradient, F32 in the shape of <see cref="Value"/>: a view of a flat bucket. Null until a bucket is made.</summary>
    public Tensor? Grad { get; internal set; }

    /// <summary>Whether <see cref="Grad"/> holds a sum already; if not, its elements are undefined and mean zero.</summary>
    internal bool GradBegun { get; set; }

    /// <inheritdoc/>
    public override Shape Shape => Value.Shape;

    /// <inheritdoc/>
    public override Backend Backend => Value.Backend;

    /// <inheritdoc/>
    public override long Bytes => Shape.Count * Value.DType.Size;

    /// <inheritdoc/>
    public override void MatMul(Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        using Tensor w = transposed ? Value.Hold() : Transposed();
        x.Backend.MatMul(x, w, y, alpha, accumulate);
    }

    /// <inheritdoc/>
    public override void Rows(Tensor ids, Tensor y) => y.Backend.Gather(Value, ids, y);

    /// <inheritdoc/>
    public override void Read(Range rows, Tensor y)
    {
        (int start, int length) = rows.GetOffsetAndLength(Shape[0]);
        int[] lengths = [.. Shape.Lengths];
        lengths[0] = length;
        using Tensor part = Value.View(new Shape(lengths), [.. Value.Strides], Value.Offset + (long)start * Value.Strides[0]);
        y.Backend.Copy(part, y);
    }

    /// <inheritdoc/>
    /// <remarks>A parameter that is trained is left as it is.</remarks>
    public override void Prepare(Backend backend, bool backward = false)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (!RequiresGrad && Shape.Rank == 2 && backend == Value.Backend) backend.Prepare(Value, backward);
    }

    /// <summary>Puts other elements of the same shape in place; takes the tensor over.</summary>
    internal void Replace(Tensor value)
    {
        if (value.Shape != Shape) throw new ArgumentException($"{Name}: {value.Shape} cannot take the place of {Shape}");
        Tensor before = Value;
        Value = value.Hold();
        Value.Node = this;
        value.Dispose();
        before.Dispose();
    }

    /// <summary>Gives the elements and the gradient back.</summary>
    public override void Dispose()
    {
        Value.Dispose();
        Grad?.Dispose();
        Grad = null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Value}";

    private Tensor Transposed()
    {
        if (Shape.Rank != 2) throw new ArgumentException($"matmul: weight {Name} is {Shape}, not a matrix");
        using (TensorScope.Suspend())
            return Value.View([Shape[1], Shape[0]], [Value.Strides[1], Value.Strides[0]], Value.Offset);
    }
}
