namespace Pure.Tuner.Ascend.Simulator;

/// <summary>y = x · ((q + offset) · scale) + bias, with a weight of 8 or 4 bits.</summary>
internal static class WeightQuantProduct
{
    private const int Most = 65535;
    private static int s_order;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all) => all.Define("WeightQuantBatchMatmulV2", Plan);

    private static Plan Plan(ICall call)
    {
        bool inference = call.Card.Family == CardFamily.Ascend310P;
        SimTensor x = call.Tensor("x", inference ? [AclType.Float16] : [AclType.Float16, AclType.BFloat16], inference ? "8.wq-310p" : "8.wq-dtype");
        SimTensor w = call.Tensor("weight", inference ? [AclType.Int8] : [AclType.Int8, AclType.Int4, AclType.Int32], inference ? "8.wq-310p" : "8.wq-dtype");
        SimTensor y = call.Like("y", x, "x", "8.wq-out");
        call.Rank("x", x, 2, inference ? 6 : 2, "8.wq-out");
        call.Rank("weight", w, 2, 2, "8.wq-out");
        call.Require(MatrixProducts.IsPlain(x), "6.strided-transpose", $"x is {x}; it must be contiguous or a plain transpose");
        call.Require(MatrixProducts.IsPlain(w), "6.strided-transpose", $"weight is {w}; it must be contiguous or a plain transpose");
        foreach ((string name, SimTensor t) in new[] { ("x", x), ("weight", w) })
            call.Require(t.Start % SimTensor.Alignment == 0, "6.view-align", $"{name} begins at 0x{t.Start:x}; this operator copies nothing and takes it from a multiple of {SimTensor.Alignment} bytes on only");
        bool packed = w.Type == AclType.Int32;
        call.Require(!packed || w.IsContiguous, "6.strided-transpose", $"weight is {w}; int32 that carries eight int4 must be contiguous");
        long k = w.Shape[0], n = packed ? w.Shape[1] * 8 : w.Shape[1];
        call.Require(x.Shape[^1] == k, "8.wq-out", $"inner sizes differ: x {Shapes.Text(x.Shape)} x weight [{k}, {n}] ({x.Shape[^1]} against {k})");
        call.Require(k <= Most && n <= Most, "8.wq-size", $"weight is [{k}, {n}]; k and n are at most {Most}, larger ones are split");
        call.Shape("y", y, [.. x.Shape[..^1], n], "8.wq-out");

        long group = call.Integer("antiquantGroupSize");
        call.Require(group == 0 || (group % 32 == 0 && group >= 32 && group <= k - 1), "8.wq-group", $"antiquantGroupSize is {group} with k {k}; allowed: 0, or a multiple of 32 from 32 to {k - 1}");
        SimTensor scale = call.Tensor("antiquantScale");
        call.Require(scale.Type == x.Type, "8.wq-scale-dtype", $"antiquantScale is {scale.Type}, but x is {x.Type}; they must be the same");
        SimTensor? offset = call.OptionalTensor("antiquantOffsetOptional");
        call.Require(offset is null || offset.Type == x.Type, "8.wq-scale-dtype", $"antiquantOffsetOptional is {offset?.Type}, but x is {x.Type}; they must be the same");
        long[][] allowed = group > 0 ? [[(k + group - 1) / group, n]] : [[1], [n], [1, n]];
        call.Require(allowed.Any(s => Shapes.Same(s, scale.Shape)), "8.wq-scale-shape", $"antiquantScale has shape {Shapes.Text(scale.Shape)}; allowed: {string.Join(", ", allowed.Select(s => Shapes.Text(s)))}");
        call.Require(offset is null || Shapes.Same(offset.Shape, scale.Shape), "8.wq-scale-shape", $"antiquantOffsetOptional has shape {Shapes.Text(offset?.Shape)}; expected antiquantScale's, {Shapes.Text(scale.Shape)}");
        // Two dimensions are taken beside a transposed weight for the transposed matrix, by a new shape alone: other strides would be other numbers.
        foreach ((string name, SimTensor? t) in new[] { ("antiquantScale", scale), ("antiquantOffsetOptional", offset) })
            call.Require(t is null || (w.IsContiguous ? t.IsContiguous : t.Rank < 2 || t.Shape[0] == 1 || IsTransposed(t)), "8.wq-scale-order", $"{name} is {t} and weight is {w}: beside a transposed weight it is [n, groups], handed over as its transpose, else contiguous");
        call.MustBeNull("quantScaleOptional", "8.wq-out");
        call.MustBeNull("quantOffsetOptional", "8.wq-out");
        SimTensor? bias = call.OptionalTensor("biasOptional");
        AclType biasType = x.Type == AclType.Float16 ? AclType.Float16 : AclType.Float;
        call.Require(bias is null || bias.Type == biasType, "8.wq-bias", $"biasOptional is {bias?.Type} with x {x.Type}; allowed: {biasType}");
        call.Require(bias is null || Shapes.Same(bias.Shape, [n]) || Shapes.Same(bias.Shape, [1, n]), "8.wq-bias", $"biasOptional has shape {Shapes.Text(bias?.Shape)}; expected [{n}]");
        bool saturates = call.Card.Saturates, shuffled = !call.Deterministic && w.Type != AclType.Int8;
        return new Plan(Checks.Workspace([], k * n * 2), memory => Compute(memory, x, w, scale, offset, bias, y, (int)k, (int)n, group, shuffled, saturates));
    }

    private static void Compute(IDeviceMemory memory, SimTensor x, SimTensor w, SimTensor scale, SimTensor? offset, SimTensor? bias, SimTensor y, int k, int n, long group, bool shuffled, bool saturates)
    {
        View weight = View.Read(memory, w);
        if (w.Type == AclType.Int32) weight = View.Read(memory, new SimTensor { Shape = [k, n], Strides = [n, 1], Offset = w.Offset * 8, Storage = [w.Storage[0] * 8], Type = AclType.Int4, Format = w.Format, Data = w.Data });
        float[] scales = Elements.Read<float>(memory, scale), offsets = offset is null ? new float[scales.Length] : Elements.Read<float>(memory, offset);
        float[] rows = Elements.Read<float>(memory, x);
        int m = rows.Length / Math.Max(1, k), columns = scales.Length == 1 ? 0 : 1;
        // Without deterministic kernels the terms of a 4-bit product are added from another place on each time.
        int turn = shuffled && k > 1 ? (int)((uint)Interlocked.Increment(ref s_order) * 2654435761u % (uint)k) : 0;
        if (turn > 0) for (int i = 0; i < m; i++) Turn(rows.AsSpan(i * k, k), turn);
        float[] product = MatrixEngine.Multiply(rows, m, k, n, (column, row, count, panel, width) =>
        {
            Span<float> line = stackalloc float[width];
            for (int r = 0; r < count; r++)
            {
                int at = (row + r + turn) % k, used = Math.Min(width, n - column);
                weight.Run((at * weight.Strides[0]) + (column * weight.Strides[1]), weight.Strides[1], line[..used]);
                Span<float> to = panel.Slice(r * width, width);
                to.Clear();
                for (int j = 0; j < used; j++)
                {
                    long s = group > 0 ? (at / group * n) + column + j : (column + j) * columns;
                    float element = (line[j] + offsets[s]) * scales[s];
                    to[j] = saturates ? Elements.Saturated(element) : Elements.Round(element, x.Type);
                }
            }
        });
        if (bias is not null)
        {
            float[] add = Elements.Read<float>(memory, bias);
            for (int i = 0; i < product.Length; i++) product[i] += add[i % n];
        }
        if (saturates) for (int i = 0; i < product.Length; i++) product[i] = Elements.Saturated(product[i]);
        Elements.Write(memory, y, product);
    }

    private static bool IsTransposed(SimTensor t) => t.Strides[0] == 1 && t.Strides[1] == t.Shape[0];

    private static void Turn(Span<float> row, int by)
    {
        float[] old = row.ToArray();
        for (int i = 0; i < row.Length; i++) row[i] = old[(i + by) % row.Length];
    }
}
