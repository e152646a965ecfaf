namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Rows by their numbers. A negative number stops the card, one past the end gives garbage.</summary>
internal static class Indexing
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("Embedding", Embedding);
        all.Define("GatherV2", call => Gather(call, anyRank: true));
        all.Define("IndexSelect", call => Gather(call, anyRank: false));
    }

    private static Plan Embedding(ICall call)
    {
        SimTensor w = call.Tensor("weight", Types.Numbers), index = call.Tensor("indices", Types.Indices, "8.index-dtype"), y = call.Like("out", w, "weight");
        call.Rank("weight", w, 2, 2, "8.broadcast");
        call.Shape("out", y, [.. index.Shape, w.Shape[1]]);
        return Run(w, 0, index, y);
    }

    private static Plan Gather(ICall call, bool anyRank)
    {
        SimTensor x = call.Tensor("self", Types.NumbersAndBool), index = call.Tensor("index", Types.Indices, "8.index-dtype"), y = call.Like("out", x, "self");
        if (!anyRank) call.Rank("index", index, 0, 1, "8.broadcast");
        int dim = call.Dim("dim", x.Rank);
        long[] shape = x.Rank == 0 ? [] : anyRank ? [.. x.Shape[..dim], .. index.Shape, .. x.Shape[(dim + 1)..]] : [.. x.Shape[..dim], index.Count, .. x.Shape[(dim + 1)..]];
        call.Shape("out", y, shape);
        return Run(x, dim, index, y);
    }

    private static Plan Run(SimTensor x, int dim, SimTensor index, SimTensor y) => new(Checks.Workspace([x, index, y]), memory =>
    {
        (long outer, long length, long inner) = Shapes.Around(x.Shape, dim);
        long[] at = Read(memory, index);
        View from = View.Read(memory, x), to = View.Write(memory, y);
        bool floats = Types.IsFloat(x.Type);
        CheckBelow(memory, at, length);
        Loops.Rows(outer * at.Length, inner, r =>
        {
            long row = at[r % at.Length], start = ((r / at.Length * length) + row) * inner;
            if (floats)
            {
                var line = new float[inner];
                if (row < length) from.Load<float>(start, line);
                else line.AsSpan().Fill(float.NaN);
                to.Store<float>(r * inner, line);
            }
            else
            {
                var line = new long[inner];
                if (row < length) from.Load<long>(start, line);
                else line.AsSpan().Fill(-1);
                to.Store<long>(r * inner, line);
            }
        });
    });

    /// <summary>A card does not notice an index past the end: what it takes or changes is garbage.</summary>
    public static void CheckBelow(IDeviceMemory memory, long[] at, long length)
    {
        foreach (long index in at)
        {
            if (index < length) continue;
            memory.Note("8.index-large", $"index {index} lies past the end, {length}");
            return;
        }
    }

    /// <summary>Indices; a negative one is a fault of the kernel.</summary>
    public static long[] Read(IDeviceMemory memory, SimTensor index)
    {
        long[] at = Elements.Read<long>(memory, index);
        for (int i = 0; i < at.Length; i++) if (at[i] < 0) throw new DeviceFault(507015, "8.index-negative", $"index {at[i]} at position {i} is negative");
        return at;
    }
}
