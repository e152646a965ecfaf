namespace Pure.Tuner;

/// <summary>The oracle: every primitive as a plain loop over row-major element numbers, any strides and dtypes, computed in F64. Slow and obvious.</summary>
/// <remarks>It has no fused kernels, so that operators run as the compositions that define them.</remarks>
public sealed partial class ReferenceBackend : HostBackend
{
    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override bool RunsDefinitions => true;

    /// <inheritdoc/>
    public override string Description => "plain loops in f64 on one thread: the oracle that other backends are compared with";

    /// <inheritdoc/>
    public override void Fill(Tensor y, double value)
    {
        for (long i = 0, count = y.Shape.Count; i < count; i++) Store(y, i, value);
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        PrimitiveChecks.Copy(x, y);
        bool integers = !x.DType.IsFloat && !y.DType.IsFloat;     // i64 does not fit in a double
        for (long i = 0, count = y.Shape.Count; i < count; i++)
        {
            if (integers) StoreIntegerAt(y, ElementOffset(y, i), LoadIntegerAt(x, ElementOffset(x, i)));
            else Store(y, i, Load(x, i));
        }
    }

    /// <inheritdoc/>
    public override bool Multiplies(DType type) => type.IsFloat;

    /// <inheritdoc/>
    public override void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false)
    {
        PrimitiveChecks.MatMul(a, b, y);
        using var scope = TensorScope.Begin();
        (a, b) = (Rounded(a), Rounded(b));
        long m = a.Shape[^2], k = a.Shape[^1], n = b.Shape[^1], count = y.Shape.Count;
        for (long i = 0; i < count; i++)
        {
            long batch = i / (m * n), row = i / n % m, column = i % n;
            double sum = 0;
            for (long p = 0; p < k; p++) sum += Load(a, (batch * m + row) * k + p) * Load(b, (batch * k + p) * n + column);
            Store(y, i, alpha * sum + (accumulate ? Load(y, i) : 0));
        }
    }

    /// <summary>An operand as a product takes it.</summary>
    private Tensor Rounded(Tensor x)
    {
        if (ProductType == DType.F32 || x.DType == ProductType) return x;
        Tensor y = Tensor.EmptyLike(x, ProductType);
        Copy(x, y);
        return y;
    }

    /// <inheritdoc/>
    public override void Unary(UnaryKind kind, Tensor x, Tensor y)
    {
        PrimitiveChecks.Unary(kind, x, y);
        for (long i = 0, count = y.Shape.Count; i < count; i++) Store(y, i, Scalar.Unary(kind, Load(x, i)));
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, b, y);
        for (long i = 0, count = y.Shape.Count; i < count; i++) Store(y, i, Scalar.Binary(kind, Load(a, i), Load(b, i)));
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, null, y);
        for (long i = 0, count = y.Shape.Count; i < count; i++) Store(y, i, Scalar.Binary(kind, Load(a, i), b));
    }

    /// <inheritdoc/>
    public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Select(condition, a, b, y);
        for (long i = 0, count = y.Shape.Count; i < count; i++) Store(y, i, Load(condition, i) != 0 ? Load(a, i) : Load(b, i));
    }

    /// <inheritdoc/>
    public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false)
    {
        PrimitiveChecks.Reduce(kind.ToString().ToLowerInvariant(), x, y);
        long n = x.Shape.Last;
        for (long row = 0, rows = y.Shape.Count; row < rows; row++)
        {
            double result = kind == ReduceKind.Max ? double.NegativeInfinity : 0;
            for (long i = 0; i < n; i++)
            {
                double value = Load(x, row * n + i);
                result = kind switch
                {
                    ReduceKind.Sum => result + value,
                    ReduceKind.SumSquares => result + value * value,
                    ReduceKind.Max => Math.Max(result, value),
                    _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown reduction"),
                };
            }
            Store(y, row, result + (accumulate ? Load(y, row) : 0));
        }
    }

    /// <inheritdoc/>
    public override void ArgMax(Tensor x, Tensor y)
    {
        PrimitiveChecks.ArgMax(x, y);
        long n = x.Shape.Last;
        for (long row = 0, rows = y.Shape.Count; row < rows; row++)
        {
            long best = 0;
            for (long i = 1; i < n; i++)
            {
                double value = Load(x, row * n + i), largest = Load(x, row * n + best);
                if (value > largest || (double.IsNaN(largest) && !double.IsNaN(value))) best = i;     // a NaN is no maximum
            }
            Store(y, row, best);
        }
    }

    /// <inheritdoc/>
    public override void Gather(Tensor table, Tensor ids, Tensor y)
    {
        PrimitiveChecks.Index("gather", table, ids, y);
        long d = table.Shape[1];
        for (int i = 0; i < ids.Shape[0]; i++)
        {
            int id = (int)Load(ids, i);
            if (id < 0 || id >= table.Shape[0]) throw PrimitiveChecks.IdOutside("gather", id, i, table.Shape[0]);
            for (long j = 0; j < d; j++) Store(y, i * d + j, Load(table, id * d + j));
        }
    }

    /// <inheritdoc/>
    public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table)
    {
        PrimitiveChecks.Index("scatter_add", table, ids, dy);
        long d = table.Shape[1];
        for (int i = 0; i < ids.Shape[0]; i++)
        {
            int id = (int)Load(ids, i);
            if (id >= table.Shape[0]) throw PrimitiveChecks.IdOutside("scatter_add", id, i, table.Shape[0]);
            if (id < 0) continue;
            for (long j = 0; j < d; j++) Store(table, id * d + j, Load(table, id * d + j) + Load(dy, i * d + j));
        }
    }
}
