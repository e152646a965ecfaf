namespace Pure.Tuner;

/// <summary>A packed weight with an adapter added, never whole in memory: W + s B A, or DoRA's, made a few rows at a time when it is read.</summary>
/// <remarks>For files and for rounding anew; products go through the whole matrix in F32 and are slow. The adapter's parameters must outlive it.</remarks>
internal sealed class MergedWeight(Weight weight, LoraAdapter lora, DoraAdapter? dora) : Weight
{
    /// <summary>For an adapter of a linear layer.</summary>
    internal static MergedWeight Of(Weight weight, ILinearAdapter adapter) => adapter switch
    {
        LoraAdapter lora => new(weight, lora, null),
        DoraAdapter dora => new(weight, dora.Lora, dora),
        _ => throw new NotSupportedException($"merge: {adapter.GetType().Name} cannot be merged into {weight.Name}"),
    };

    /// <summary>The weight below.</summary>
    internal Weight Base => weight;

    /// <inheritdoc/>
    public override string Name => weight.Name;

    /// <inheritdoc/>
    public override Shape Shape => weight.Shape;

    /// <inheritdoc/>
    public override Backend Backend => weight.Backend;

    /// <inheritdoc/>
    public override long Bytes => weight.Bytes;

    /// <inheritdoc/>
    public override void Read(Range rows, Tensor y)
    {
        using var scope = TensorScope.Begin();
        (int first, int count) = rows.GetOffsetAndLength(Shape[0]);
        Tensor sum = Tensor.Empty(Backend, [count, Shape[1]]);
        weight.Read(rows, sum);
        Tensor a = lora.A.Value.Detach().To(DType.F32), b = lora.B.Value.Detach().To(DType.F32);
        Backend.MatMul(b.Slice(0, first, count), a, sum, lora.Scale, accumulate: true);
        if (dora is not null)
        {
            _ratio ??= Ratio();
            sum = sum * Tensor.From<float>(Backend, _ratio.AsSpan(first, count), [count, 1]);
        }
        Backend.Copy(sum, y);
    }

    /// <inheritdoc/>
    public override void MatMul(Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(Backend, Shape);
        Read(.., dense);
        Backend.MatMul(x, transposed ? dense : dense.Transpose(), y, alpha, accumulate);
    }

    /// <inheritdoc/>
    public override void Rows(Tensor ids, Tensor y)
    {
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(Backend, Shape);
        Read(.., dense);
        Backend.Gather(dense, ids, y);
    }

    /// <inheritdoc/>
    public override void Dispose() => weight.Dispose();

    private float[]? _ratio;

    /// <summary>m / ‖W + s B A‖ of every row.</summary>
    private float[] Ratio()
    {
        using var scope = TensorScope.Begin();
        return (dora!.Magnitude.Value.Detach().To(DType.F32) / dora.Norm(weight)).ToArray<float>();
    }
}
