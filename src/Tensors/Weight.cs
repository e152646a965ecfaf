namespace Pure.Tuner;

/// <summary>A parameter or a packed tensor, [out, in]; every operator that takes a weight takes this.</summary>
public abstract class Weight : IDisposable
{
    /// <summary>Path of the weight in the published checkpoint.</summary>
    public abstract string Name { get; }

    /// <summary>Lengths of the weight seen as a matrix, [out, in].</summary>
    public abstract Shape Shape { get; }

    /// <summary>The device that holds it.</summary>
    public abstract Backend Backend { get; }

    /// <summary>Bytes it takes on its device.</summary>
    public abstract long Bytes { get; }

    /// <summary>y = alpha · x Wᵀ (+ y), or with <paramref name="transposed"/> alpha · x W (+ y).</summary>
    /// <param name="x">[tokens, in]; with <paramref name="transposed"/> [tokens, out].</param>
    /// <param name="transposed">The direction of the gradient: from outputs to inputs.</param>
    /// <param name="y">[tokens, out]; with <paramref name="transposed"/> [tokens, in].</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    public abstract void MatMul(Tensor x, bool transposed, Tensor y, float alpha, bool accumulate);

    /// <summary>Embedding look-up: y[i] = W[ids[i]]; ids I32 [n], y [n, in].</summary>
    public abstract void Rows(Tensor ids, Tensor y);

    /// <summary>Rows of the weight in y's dtype, dequantised; y [rows, in].</summary>
    public abstract void Read(Range rows, Tensor y);

    /// <summary>
    /// Keeps the weight, which will stay as it is, beside itself in the form that its device multiplies fastest, where there is one. Changes no bit of a
    /// result; what writes the weight, replaces it or gives it back gives that form back too.
    /// </summary>
    /// <param name="backend">Its device.</param>
    /// <param name="backward">Whether for gradients as well: dy W beside x Wᵀ.</param>
    public virtual void Prepare(Backend backend, bool backward = false) { }

    /// <summary>Gives the memory back.</summary>
    public abstract void Dispose();
}
