namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Which elements of a dimension are the largest, and in what order they come.</summary>
internal static class Selection
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("MaxDim", MaxDim);
        all.Define("ArgMax", ArgMax);
        all.Define("Topk", TopK);
        all.Define("Sort", Sort);
    }

    private static Plan MaxDim(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), values = call.Like("out", x, "self"), indices = call.Tensor("indices", [AclType.Int64]);
        int dim = call.Dim("dim", x.Rank);
        long[] shape = Without(x.Shape, dim, call.Flag("keepdim"));
        call.Shape("out", values, shape);
        call.Shape("indices", indices, shape);
        call.Require(x.Count > 0, "8.broadcast", $"self has shape {Shapes.Text(x.Shape)}; nothing has no largest element");
        return Run(x, dim, 1, row => [Largest(row)], values, indices);
    }

    private static Plan ArgMax(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), indices = call.Tensor("out", Types.Indices, "8.argmax-out");
        int dim = call.Dim("dim", x.Rank);
        call.Shape("out", indices, Without(x.Shape, dim, call.Flag("keepdim")));
        call.Require(x.Count > 0, "8.broadcast", $"self has shape {Shapes.Text(x.Shape)}; nothing has no largest element");
        return Run(x, dim, 1, row => [Largest(row)], null, indices);
    }

    private static Plan TopK(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), values = call.Like("valuesOut", x, "self"), indices = call.Tensor("indicesOut", [AclType.Int64], "8.topk-indices");
        int dim = call.Dim("dim", x.Rank);
        long k = call.Integer("k"), length = x.Rank == 0 ? 1 : x.Shape[dim];
        call.Require(call.Flag("sorted"), "8.topk-sorted", "sorted is false; allowed: true");
        call.Require(k >= 0 && k <= length, "8.dtypes", $"k is {k}; the dimension has {length} elements");
        long[] shape = [.. x.Shape];
        if (x.Rank > 0) shape[dim] = k;
        call.Shape("valuesOut", values, shape);
        call.Shape("indicesOut", indices, shape);
        bool largest = call.Flag("largest");
        // Chosen and told in halves; larger tensors with a small k go to the host processor, which does not.
        bool halves = call.Card.Family == CardFamily.Ascend910 && x.Type == AclType.Float && (x.Count <= 32768 || k >= 8);
        return Run(x, dim, k, row => Order(row, largest, stable: true)[..(int)k], values, indices, halves ? v => Elements.Saturated((float)v) : null);
    }

    private static Plan Sort(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), values = call.Like("valuesOut", x, "self"), indices = call.Tensor("indicesOut", [AclType.Int64], "8.sort-indices");
        int dim = call.Dim("dim", x.Rank);
        call.Shape("valuesOut", values, x.Shape);
        call.Shape("indicesOut", indices, x.Shape);
        bool stable = call.Flag("stable"), descending = call.Flag("descending");
        return Run(x, dim, x.Rank == 0 ? 1 : x.Shape[dim], row => Order(row, descending, stable), values, indices);
    }

    /// <summary>Positions in the order of their values; NaN counts as the largest. Equal values come by position if the order is stable, else from the back: nothing is promised then.</summary>
    private static int[] Order(double[] row, bool descending, bool stable)
    {
        int[] order = [.. Enumerable.Range(0, row.Length)];
        Array.Sort(order, (a, b) =>
        {
            int c = Compare(row[a], row[b]);
            if (c != 0) return descending ? -c : c;
            return stable ? a.CompareTo(b) : b.CompareTo(a);
        });
        return order;
    }

    private static int Compare(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b)) return double.IsNaN(a).CompareTo(double.IsNaN(b));
        return a < b ? -1 : a > b ? 1 : 0;
    }

    private static int Largest(double[] row)
    {
        int best = 0;
        for (int i = 1; i < row.Length; i++) if (Compare(row[i], row[best]) > 0) best = i;
        return best;
    }

    /// <summary>Picks k positions of each row along a dimension and writes their values and indices.</summary>
    private static Plan Run(SimTensor x, int dim, long k, Func<double[], int[]> pick, SimTensor? values, SimTensor? indices, Func<double, double>? seen = null) => new(Checks.Workspace([x, values, indices], x.Count * 4), memory =>
    {
        (long outer, long length, long inner) = Shapes.Around(x.Shape, dim);
        double[] all = Elements.Read<double>(memory, x);
        if (seen is not null) all = Array.ConvertAll(all, v => seen(v));
        var value = new double[outer * k * inner];
        var index = new long[outer * k * inner];
        Loops.Rows(outer * inner, length * 4, r =>
        {
            long o = r / inner, i = r % inner;
            var row = new double[length];
            for (long j = 0; j < length; j++) row[j] = all[(((o * length) + j) * inner) + i];
            int[] picked = pick(row);
            for (long j = 0; j < k; j++)
            {
                long at = (((o * k) + j) * inner) + i;
                value[at] = row[picked[j]];
                index[at] = picked[j];
            }
        });
        if (values is not null) Elements.Write(memory, values, value);
        if (indices is not null) Elements.Write(memory, indices, index);
    });

    private static long[] Without(long[] shape, int dim, bool keep) => shape.Length == 0 ? [] : keep ? [.. shape[..dim], 1, .. shape[(dim + 1)..]] : [.. shape[..dim], .. shape[(dim + 1)..]];
}
