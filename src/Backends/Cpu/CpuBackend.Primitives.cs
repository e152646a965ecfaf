namespace Pure.Tuner;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Fill(Tensor y, double value) => _plain.Fill(y, value);

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => _plain.Copy(x, y);

    /// <inheritdoc/>
    public override void Unary(UnaryKind kind, Tensor x, Tensor y) => _plain.Unary(kind, x, y);

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y) => _plain.Binary(kind, a, b, y);

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y) => _plain.Binary(kind, a, b, y);

    /// <inheritdoc/>
    public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y) => _plain.Select(condition, a, b, y);

    /// <inheritdoc/>
    public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false) => _plain.Reduce(kind, x, y, accumulate);

    /// <inheritdoc/>
    public override void ArgMax(Tensor x, Tensor y) => _plain.ArgMax(x, y);

    /// <inheritdoc/>
    public override void Gather(Tensor table, Tensor ids, Tensor y) => _plain.Gather(table, ids, y);

    /// <inheritdoc/>
    public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table) => _plain.ScatterAdd(dy, ids, table);
}
