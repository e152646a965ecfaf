namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Sums into places given by numbers. In what order equal places are added is not fixed unless the context asks for deterministic kernels.</summary>
internal static class Scattering
{
    private static int s_order;

    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("EmbeddingDenseBackward", EmbeddingGrad);
        all.Define("IndexAdd", IndexAdd);
        all.Define("ScatterAdd", ScatterAdd);
        all.Define("InplaceIndexCopy", IndexCopy);
    }

    private static Plan EmbeddingGrad(ICall call)
    {
        SimTensor dy = call.Tensor("grad", Types.Floats), index = call.Tensor("indices", Types.Indices, "8.index-dtype"), dw = call.Like("out", dy, "grad");
        long rows = call.Integer("numWeights"), padding = call.Integer("paddingIdx");
        call.Rank("grad", dy, 1, 8, "8.broadcast");
        call.Shape("grad", dy, [.. index.Shape, dy.Shape[^1]]);
        long width = dy.Shape[^1];
        call.Shape("out", dw, [rows, width]);
        bool byFrequency = call.Flag("scaleGradByFreq"), shuffled = !call.Deterministic;
        return new Plan(Checks.Workspace([dy, dw], rows * width * 4), memory =>
        {
            float[] g = Elements.Read<float>(memory, dy);
            long[] at = Indexing.Read(memory, index);
            var sum = new float[rows * width];
            var times = new int[rows];
            foreach (int i in Order(at.Length, shuffled))
            {
                if (at[i] == padding || at[i] >= rows) continue;
                times[at[i]]++;
                Loops.AddScaled(g.AsSpan((int)(i * width), (int)width), 1, sum.AsSpan((int)(at[i] * width), (int)width));
            }
            if (byFrequency) for (int i = 0; i < sum.Length; i++) sum[i] /= Math.Max(1, times[i / width]);
            Elements.Write(memory, dw, sum);
        });
    }

    private static Plan IndexAdd(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), index = call.Tensor("index", Types.Indices, "8.index-dtype"), source = call.Like("source", x, "self"), y = call.Like("out", x, "self");
        int dim = call.Dim("dim", x.Rank);
        call.Rank("index", index, 1, 1, "8.broadcast");
        call.Shape("source", source, [.. x.Shape[..dim], index.Count, .. x.Shape[(dim + 1)..]]);
        call.Shape("out", y, x.Shape);
        float alpha = (float)call.Scalar("alpha");
        bool shuffled = !call.Deterministic;
        return new Plan(Checks.Workspace([x, source, y], x.Count * 4), memory =>
        {
            (long outer, long length, long inner) = Shapes.Around(x.Shape, dim);
            float[] sum = Elements.Read<float>(memory, x), add = Elements.Read<float>(memory, source);
            long[] at = Indexing.Read(memory, index);
            int[] order = Order(at.Length, shuffled);
            Loops.Rows(outer, at.Length * inner, o =>
            {
                foreach (int i in order)
                    if (at[i] < length) Loops.AddScaled(add.AsSpan((int)(((o * at.Length) + i) * inner), (int)inner), alpha, sum.AsSpan((int)(((o * length) + at[i]) * inner), (int)inner));
            });
            Elements.Write(memory, y, sum);
        });
    }

    private static Plan ScatterAdd(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Numbers), index = call.Tensor("index", Types.Indices, "8.index-dtype"), source = call.Like("src", x, "self"), y = call.Like("out", x, "self");
        int dim = call.Dim("dim", x.Rank);
        call.Shape("out", y, x.Shape);
        call.Require(index.Rank == x.Rank && source.Rank == x.Rank, "8.broadcast", $"self {Shapes.Text(x.Shape)}, index {Shapes.Text(index.Shape)} and src {Shapes.Text(source.Shape)} must have as many dimensions");
        for (int d = 0; d < x.Rank; d++)
            call.Require(index.Shape[d] <= source.Shape[d] && (d == dim || index.Shape[d] <= x.Shape[d]), "8.broadcast", $"index {Shapes.Text(index.Shape)} is larger than src {Shapes.Text(source.Shape)} or self {Shapes.Text(x.Shape)} in dimension {d}");
        bool shuffled = !call.Deterministic;
        return new Plan(Checks.Workspace([x, source, y], x.Count * 4), memory =>
        {
            float[] sum = Elements.Read<float>(memory, x), add = Elements.Read<float>(memory, source);
            long[] at = Indexing.Read(memory, index), inSource = Shapes.Contiguous(source.Shape), inSum = Shapes.Contiguous(x.Shape), inIndex = Shapes.Contiguous(index.Shape);
            foreach (int i in Order(at.Length, shuffled))
            {
                if (x.Rank > 0 && at[i] >= x.Shape[dim]) continue;
                long from = 0, to = 0, rest = i;
                for (int d = 0; d < x.Rank; d++)
                {
                    long place = rest / inIndex[d];
                    rest %= inIndex[d];
                    from += place * inSource[d];
                    to += (d == dim ? at[i] : place) * inSum[d];
                }
                sum[to] += add[from];
            }
            Elements.Write(memory, y, sum);
        });
    }

    private static Plan IndexCopy(ICall call)
    {
        SimTensor x = call.Tensor("selfRef", Types.NumbersAndBool), index = call.Tensor("index", Types.Indices, "8.index-dtype"), source = call.Like("source", x, "selfRef");
        int dim = call.Dim("dim", x.Rank);
        call.Rank("index", index, 1, 1, "8.broadcast");
        call.Shape("source", source, [.. x.Shape[..dim], index.Count, .. x.Shape[(dim + 1)..]]);
        return new Plan(Checks.Workspace([x, source]), memory =>
        {
            (long outer, long length, long inner) = Shapes.Around(x.Shape, dim);
            View from = View.Read(memory, source), to = View.Write(memory, x);
            long[] at = Indexing.Read(memory, index);
            bool floats = Types.IsFloat(x.Type);
            for (long o = 0; o < outer; o++)
            {
                for (long i = 0; i < at.Length; i++)
                {
                    if (at[i] >= length) continue;
                    if (floats) Move<float>(from, ((o * at.Length) + i) * inner, to, ((o * length) + at[i]) * inner, inner);
                    else Move<long>(from, ((o * at.Length) + i) * inner, to, ((o * length) + at[i]) * inner, inner);
                }
            }
        });
    }

    private static void Move<T>(View from, long first, View to, long place, long n) where T : unmanaged, System.Numerics.INumberBase<T>
    {
        var line = new T[n];
        from.Load<T>(first, line);
        to.Store<T>(place, line);
    }

    /// <summary>The order of the additions: from another place on, and backwards every other time.</summary>
    private static int[] Order(int n, bool shuffled)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        if (!shuffled || n < 2) return order;
        uint turn = (uint)Interlocked.Increment(ref s_order);
        int from = (int)(turn * 2654435761u % (uint)n);
        for (int i = 0; i < n; i++) order[i] = (i + from) % n;
        if (turn % 2 == 1) Array.Reverse(order);
        return order;
    }
}
