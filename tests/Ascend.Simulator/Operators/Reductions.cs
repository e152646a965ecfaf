namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Sums, means, largest values and yes-or-no over some dimensions; running sums. Sums are of fixed cuts in a fixed order.</summary>
internal static class Reductions
{
    private const int Cut = 1 << 16;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("ReduceSum", Sum);
        all.Define("MeanV2", Mean);
        all.Define("Amax", Largest);
        all.Define("All", call => YesOrNo(call, all: true));
        all.Define("Any", call => YesOrNo(call, all: false));
        all.Define("Cumsum", Cumulative);
    }

    private static Plan Sum(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.NumbersAndBool), y = call.Tensor("out", [.. Types.Floats, .. Types.Indices]);
        SameDtype(call, y);
        call.Require(!Types.IsFloat(x.Type) || Types.IsFloat(y.Type), "8.dtypes", $"self is {x.Type} and out is {y.Type}; a sum of floats is a float");
        int[] dims = call.Dims("dims", x.Rank);
        call.Shape("out", y, Reduced(x.Shape, dims, call.Flag("keepDims")));
        return Types.IsFloat(x.Type)
            ? Floats(x, y, dims, Loops.Sum, (sum, _) => sum)
            : Whole(x, y, dims, row => { long sum = 0; foreach (long v in row) sum += v; return sum; });
    }

    private static Plan Mean(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Floats), y = call.Like("out", x, "self");
        int[] dims = call.Dims("dim", x.Rank);
        if (call.Flag("noopWithEmptyAxes") && call.Integers("dim")!.Length == 0) dims = [];
        call.Shape("out", y, Reduced(x.Shape, dims, call.Flag("keepDim")));
        return Floats(x, y, dims, Loops.Sum, (sum, n) => sum / n);
    }

    private static Plan Largest(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), y = call.Like("out", x, "self");
        int[] dims = call.Dims("dim", x.Rank);
        call.Shape("out", y, Reduced(x.Shape, dims, call.Flag("keepDim")));
        call.Require(x.Count > 0, "8.broadcast", $"self has shape {Shapes.Text(x.Shape)}; nothing has no largest element");
        return Types.IsFloat(x.Type)
            ? Floats(x, y, dims, row => { float most = row[0]; foreach (float v in row) most = MathF.Max(most, v); return most; }, null, Math.Max)
            : Whole(x, y, dims, row => { long most = row[0]; foreach (long v in row) most = Math.Max(most, v); return most; });
    }

    private static Plan YesOrNo(ICall call, bool all)
    {
        SimTensor x = call.Tensor("self", Types.NumbersAndBool), y = call.Tensor("out", Types.Bool);
        int[] dims = call.Dims("dim", x.Rank);
        call.Shape("out", y, Reduced(x.Shape, dims, call.Flag("keepdim")));
        return Types.IsFloat(x.Type)
            ? Floats(x, y, dims, row => { foreach (float v in row) if ((v != 0) != all) return all ? 0 : 1; return all ? 1 : 0; }, null, all ? Math.Min : Math.Max)
            : Whole(x, y, dims, row => { foreach (long v in row) if ((v != 0) != all) return all ? 0 : 1; return all ? 1 : 0; });
    }

    private static Plan Cumulative(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), y = call.Tensor("out", Types.Numbers);
        SameDtype(call, y);
        call.Require(x.Type == y.Type, "8.dtypes", $"self is {x.Type} and out is {y.Type}; they must be the same");
        int dim = call.Dim("dim", x.Rank);
        call.Shape("out", y, x.Shape);
        return new Plan(Checks.Workspace([x, y], x.Count * 4), memory =>
        {
            (long outer, long length, long inner) = Shapes.Around(x.Shape, dim);
            if (!Types.IsFloat(x.Type))
            {
                long[] v = Elements.Read<long>(memory, x);
                for (long i = 0; i < v.Length; i++) if (i / inner % length > 0) v[i] += v[i - inner];
                Elements.Write(memory, y, v);
                return;
            }
            float[] f = Elements.Read<float>(memory, x);
            Loops.Rows(outer * inner, length, i =>
            {
                double sum = 0;
                for (long j = 0; j < length; j++)
                {
                    ref float at = ref f[(i / inner * length * inner) + (j * inner) + (i % inner)];
                    sum += at;
                    at = (float)sum;
                }
            });
            Elements.Write(memory, y, f);
        });
    }

    private static void SameDtype(ICall call, SimTensor y) =>
        call.Require(call.Integer("dtype") == (long)y.Type, "8.reduce-dtype", $"dtype is {call.Integer("dtype")} ({(AclType)call.Integer("dtype")}), but out is {y.Type} ({(int)y.Type}); they must be the same");

    private static long[] Reduced(long[] shape, int[] dims, bool keep)
    {
        var left = new List<long>();
        for (int d = 0; d < shape.Length; d++)
        {
            if (!dims.Contains(d)) left.Add(shape[d]);
            else if (keep) left.Add(1);
        }
        return [.. left];
    }

    private delegate double OfPiece(ReadOnlySpan<float> piece);

    private delegate long OfRow(ReadOnlySpan<long> row);

    /// <summary>Pieces of each row are reduced on their own and then joined in their order, by addition unless another way is given.</summary>
    private static Plan Floats(SimTensor x, SimTensor y, int[] dims, OfPiece piece, Func<double, long, double>? finish, Func<double, double, double>? join = null) => new(Checks.Workspace([x, y], x.Count / 8 * 4), memory =>
    {
        (View rows, long count, long length) = Rows(View.Read(memory, x), dims);
        long pieces = Math.Max(1, (length + Cut - 1) / Cut);
        var parts = new double[count * pieces];
        Loops.Rows(parts.Length, Math.Min(length, Cut), p =>
        {
            long row = p / pieces, from = p % pieces * Cut;
            int n = (int)Math.Min(Cut, length - from);
            if (n > 0) parts[p] = piece(rows.Source<float>((row * length) + from, n, rows.IsDense && rows.Type == AclType.Float ? default : new float[n]));
        });
        var result = new double[count];
        for (long row = 0; row < count; row++)
        {
            double value = length == 0 && join is not null ? piece([]) : parts[row * pieces];
            for (long p = 1; p < pieces; p++) value = join is null ? value + parts[(row * pieces) + p] : join(value, parts[(row * pieces) + p]);
            result[row] = finish is null ? value : finish(value, length);
        }
        Elements.Write(memory, y, result);
    });

    private static Plan Whole(SimTensor x, SimTensor y, int[] dims, OfRow reduce) => new(Checks.Workspace([x, y], x.Count), memory =>
    {
        (View rows, long count, long length) = Rows(View.Read(memory, x), dims);
        long[] values = Elements.All<long>(rows);
        var result = new long[count];
        for (long row = 0; row < count; row++) result[row] = reduce(values.AsSpan((int)(row * length), (int)length));
        Elements.Write(memory, y, result);
    });

    /// <summary>A view with the reduced dimensions last: rows to reduce.</summary>
    public static (View Rows, long Count, long Length) Rows(View x, int[] dims)
    {
        int[] kept = [.. Enumerable.Range(0, x.Shape.Length).Where(d => !dims.Contains(d))];
        return (x.Permute([.. kept, .. dims]), kept.Aggregate(1L, (n, d) => n * x.Shape[d]), dims.Aggregate(1L, (n, d) => n * x.Shape[d]));
    }
}
