namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Matrix products. Transposes are strided views; cubeMathType says how exact a float32 product must be.</summary>
internal static class MatrixProducts
{
    private const int Nz = 29;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("Mm", call => Plain(call, 2, 2));
        all.Define("BatchMatMul", call => Plain(call, 3, 3));
        all.Define("Matmul", call => Plain(call, 1, 8));
        all.Define("Addmm", call => Added(call, "mat1", "mat2", 2));
        all.Define("Baddbmm", call => Added(call, "batch1", "batch2", 3));
        all.Define("TransMatmulWeight", TransposeWeight);
    }

    private static Plan Plain(ICall call, int least, int most)
    {
        SimTensor a = call.Tensor("self", Types.Floats), b = Second(call, "mat2", a, "self"), c = Result(call, a);
        call.Rank("self", a, least, most, "8.matmul-rank");
        call.Rank("mat2", b, least, most, "8.matmul-rank");
        Func<float, float>? see = MathType(call, a.Type);
        long[] left = a.Rank == 1 ? [1, a.Shape[0]] : a.Shape, right = b.Rank == 1 ? [b.Shape[0], 1] : b.Shape;
        long[] batch = Batch(call, "self", left, "mat2", right, broadcast: least != most);
        long[] full = [.. batch, left[^2], right[^1]];
        long[] expected = [.. batch, .. a.Rank == 1 ? Array.Empty<long>() : [left[^2]], .. b.Rank == 1 ? Array.Empty<long>() : [right[^1]]];
        call.Shape("out", c, expected, "8.matmul-shape");
        bool saturates = call.Card.Saturates, rounds = c.Type != a.Type && !call.Card.IsCann9 || c.Type == AclType.Float16 && saturates;
        return new Plan(Room(a, b, c), memory =>
        {
            View result = View.Write(memory, c);
            float[] product = Product(View.Read(memory, a), Right(memory, b), left, right, batch, see);
            if (rounds) for (int i = 0; i < product.Length; i++) product[i] = saturates && a.Type == AclType.Float16 ? Elements.Saturated(product[i]) : Elements.Round(product[i], a.Type);
            Store(product, result.As(full, Padded(result, full)), null, 0, 1);
        });
    }

    /// <summary>The result has the dtype of the matrices, or is Float: what they come to together must be convertible to it. Before CANN 9 nothing says that the sum is not rounded to their dtype in between, so it is.</summary>
    private static SimTensor Result(ICall call, SimTensor a)
    {
        SimTensor c = call.Tensor("out", Types.Floats);
        call.Require(c.Type == a.Type || c.Type == AclType.Float, "8.matmul-dtype", $"out is {c.Type}, but self is {a.Type}; expected that or Float");
        return c;
    }

    /// <summary>out = beta · self + alpha · (mat1 · mat2)</summary>
    private static Plan Added(ICall call, string first, string second, int rank)
    {
        SimTensor add = call.Tensor("self", Types.Floats), a = call.Like(first, add, "self", "8.matmul-dtype"), b = Second(call, second, add, "self"), c = call.Like("out", add, "self", "8.matmul-dtype");
        call.Rank(first, a, rank, rank, "8.matmul-rank");
        call.Rank(second, b, rank, rank, "8.matmul-rank");
        Func<float, float>? see = MathType(call, a.Type);
        long[] batch = Batch(call, first, a.Shape, second, b.Shape, broadcast: false), full = [.. batch, a.Shape[^2], b.Shape[^1]];
        call.Shape("out", c, full, "8.matmul-shape");
        call.Require(Shapes.CanExpand(add.Shape, full), "8.matmul-shape", $"self {Shapes.Text(add.Shape)} cannot be repeated to the product {Shapes.Text(full)}");
        double beta = call.Scalar("beta"), alpha = call.Scalar("alpha");
        return new Plan(Room(a, b, c), memory =>
        {
            float[] product = Product(View.Read(memory, a), Right(memory, b), a.Shape, b.Shape, batch, see);
            float[]? added = beta == 0 ? null : Elements.All<float>(View.Read(memory, add).Expand(full));
            Store(product, View.Write(memory, c), added, (float)beta, (float)alpha);
        });
    }

    /// <summary>The second matrix: ND, or a weight that TransMatmulWeight has laid out.</summary>
    private static SimTensor Second(ICall call, string name, SimTensor first, string firstName)
    {
        SimTensor b = call.Tensor(name);
        if (b.Format != Nz) return call.Like(name, first, firstName, "8.matmul-dtype");
        call.Require(b.Type == first.Type, "8.matmul-dtype", $"{name} is {b.Type}, but {firstName} is {first.Type}; they must be the same");
        call.Require(b.Rank == 2 && b.Storage.Length == 4 && b.Storage[2] == 16 && b.Storage[3] == 16 && b.Type != AclType.Float, "6.nz-blocks", $"{name} is {b} in FRACTAL_NZ with storage {Shapes.Text(b.Storage)}; expected a matrix of 16-bit floats in blocks of 16 by 16");
        call.Require(b.Storage[0] * b.Storage[1] == Round.Up(b.Shape[0], 16) / 16 * (Round.Up(b.Shape[1], 16) / 16), "6.nz-blocks", $"{name} is {Shapes.Text(b.Shape)} in FRACTAL_NZ with storage {Shapes.Text(b.Storage)}; its blocks are not those of the matrix");
        return b;
    }

    private static long[] Batch(ICall call, string first, long[] a, string second, long[] b, bool broadcast)
    {
        call.Require(a[^1] == b[^2], "8.matmul-shape", $"inner sizes differ: {first} {Shapes.Text(a)} x {second} {Shapes.Text(b)} ({a[^1]} against {b[^2]})");
        long[] x = a[..^2], y = b[..^2];
        long[]? batch = broadcast ? Shapes.Broadcast(x, y) : Shapes.Same(x, y) ? x : null;
        return batch ?? throw call.Invalid("8.matmul-shape", $"batch dimensions differ: {first} {Shapes.Text(a)} x {second} {Shapes.Text(b)}");
    }

    /// <summary>Checks cubeMathType and says what the matrix unit makes of an element; null: it takes it as it is.</summary>
    private static Func<float, float>? MathType(ICall call, AclType type)
    {
        long mathType = call.Integer("cubeMathType");
        bool a2 = call.Card.IsA2OrLater;
        call.Require(mathType is >= 0 and <= 3 || (mathType == 4 && call.Card.IsCann9 && type == AclType.Float), "8.cube-type", $"cubeMathType is {mathType}; allowed: 0 (keep), 1 (may lower float32), 2 (float16), 3 (HF32), from CANN 9 on 4 (float32 in groups)");
        call.Require(mathType != 2 || type != AclType.BFloat16, "8.cube-bf16", "cubeMathType is 2 and the matrices are BFloat16; allowed: 0 or 1");
        call.Require(mathType != 3 || (a2 && type == AclType.Float), "8.cube-hf32", $"cubeMathType is 3 with {type} on {call.Card.Soc}; HF32 is for Float on 910B and 910_93");
        call.Require(a2 || mathType != 0 || type != AclType.Float, "8.cube-fp32", $"the matrices are Float and cubeMathType is 0; {call.Card.Soc} computes float32 products only lowered to float16 (cubeMathType 1)");
        if (type != AclType.Float || mathType is 0 or 4) return null;
        return a2 && mathType != 2 ? Elements.ToHf32 : call.Card.Saturates ? Elements.Saturated : x => (float)(Half)x;
    }

    /// <summary>One product for each batch, one after the other.</summary>
    private static float[] Product(View a, View b, long[] left, long[] right, long[] batch, Func<float, float>? see)
    {
        View x = a.As(left, Padded(a, left)), y = b.As(right, Padded(b, right));
        if (batch.Length == 0) return MatrixEngine.Multiply(x, y, see);
        // A matrix that all batches share multiplies all rows at once.
        if (right[..^2].All(d => d == 1) && Shapes.Same(left[..^2], batch) && left[^2] > 0)
        {
            float[] rows = Elements.All<float>(x);
            if (see is not null) for (int i = 0; i < rows.Length; i++) rows[i] = see(rows[i]);
            return MatrixEngine.Multiply(rows, (int)(rows.Length / Math.Max(1, left[^1])), y.Matrix(0), see);
        }
        View wideX = x.Expand([.. batch, left[^2], left[^1]]), wideY = y.Expand([.. batch, right[^2], right[^1]]);
        long count = Shapes.Count(batch), size = left[^2] * right[^1];
        var c = new float[count * size];
        Loops.For(count, 1, (from, to) =>
        {
            for (long i = from; i < to; i++) MatrixEngine.Multiply(wideX.Matrix(i), wideY.Matrix(i), see).CopyTo(c.AsSpan((int)(i * size)));
        });
        return c;
    }

    private static View Right(IDeviceMemory memory, SimTensor b)
    {
        if (b.Format != Nz) return View.Read(memory, b);
        bool transposed = b.Strides[^2] == 1 && b.Shape[^2] != 1;
        long rows = transposed ? b.Shape[1] : b.Shape[0], columns = transposed ? b.Shape[0] : b.Shape[1];
        View dense = NzLayout.Read(memory, b, rows, columns);
        return transposed ? dense.Permute([1, 0]) : dense;
    }

    /// <summary>Strides for a shape that differs from the view's by dimensions of one element.</summary>
    private static long[] Padded(View view, long[] shape)
    {
        if (shape.Length == view.Shape.Length) return view.Strides;
        var strides = new long[shape.Length];
        for (int d = 0, from = 0; d < shape.Length; d++) if (from < view.Shape.Length && shape[d] == view.Shape[from]) strides[d] = view.Strides[from++];
        return strides;
    }

    private static void Store(float[] product, View c, float[]? add, float beta, float alpha) => Loops.For(c.Count, 1 << 15, (from, to) =>
    {
        Span<float> piece = product.AsSpan((int)from, (int)(to - from));
        if (alpha != 1) for (int i = 0; i < piece.Length; i++) piece[i] *= alpha;
        if (add is not null) for (int i = 0; i < piece.Length; i++) piece[i] += beta * add[from + i];
        c.Store<float>(from, piece);
    });

    private static Plan TransposeWeight(ICall call)
    {
        SimTensor w = call.Tensor("mmWeightRef", [AclType.Float16, AclType.BFloat16, AclType.Int8], "8.trans-weight");
        call.Rank("mmWeightRef", w, 2, 6, "8.trans-weight");
        call.Contiguous("mmWeightRef", w, "8.trans-weight");
        return new Plan(Checks.Workspace([], w.Count * w.ElementBytes), memory => NzLayout.Rewrite(memory, w));
    }

    /// <summary>Room for copies of what is neither plain nor plainly transposed, or begins at an odd place.</summary>
    private static long Room(params SimTensor[] tensors) => Checks.Workspace(tensors.Where(t => !IsPlain(t) || t.Start % SimTensor.Alignment != 0));

    public static bool IsPlain(SimTensor t)
    {
        if (t.IsContiguous) return true;
        if (t.Rank < 2) return false;
        long[] shape = [.. t.Shape], strides = [.. t.Strides];
        (shape[^1], shape[^2], strides[^1], strides[^2]) = (shape[^2], shape[^1], strides[^2], strides[^1]);
        long expected = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] != 1 && strides[d] != expected) return false;
            expected *= shape[d];
        }
        return true;
    }
}
