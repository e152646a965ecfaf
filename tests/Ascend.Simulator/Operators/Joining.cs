using System.Numerics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Tensors side by side, and the upper triangle of a matrix.</summary>
internal static class Joining
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("Cat", Cat);
        all.Define("Triu", Triu);
    }

    private static Plan Cat(ICall call)
    {
        SimTensor[] parts = call.Tensors("tensors");
        call.Require(parts.Length > 0, "8.broadcast", "tensors is empty; at least one tensor is needed");
        SimTensor y = call.Tensor("out", Types.All);
        int dim = call.Dim("dim", parts[0].Rank);
        long length = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            SimTensor t = call.Checked($"tensors[{i}]", parts[i], Types.All);
            call.Require(t.Type == y.Type, "8.dtypes", $"tensors[{i}] is {t.Type}, but out is {y.Type}; they must be the same");
            call.Require(t.Rank == parts[0].Rank && t.Rank > 0, "8.broadcast", $"tensors[{i}] has shape {Shapes.Text(t.Shape)}, tensors[0] {Shapes.Text(parts[0].Shape)}; they must have as many dimensions, and at least one");
            for (int d = 0; d < t.Rank; d++)
                call.Require(d == dim || t.Shape[d] == parts[0].Shape[d], "8.broadcast", $"tensors[{i}] has shape {Shapes.Text(t.Shape)}, tensors[0] {Shapes.Text(parts[0].Shape)}; only dimension {dim} may differ");
            length += t.Shape[dim];
        }
        call.Shape("out", y, [.. parts[0].Shape[..dim], length, .. parts[0].Shape[(dim + 1)..]]);
        return new Plan(Checks.Workspace([.. parts, y]), memory =>
        {
            View to = View.Write(memory, y);
            long from = 0;
            foreach (SimTensor t in parts)
            {
                if (t.Count > 0)
                {
                    View part = View.Read(memory, t), place = to.From(from * y.Strides[dim], t.Shape, y.Strides);
                    if (y.Type == AclType.Double) Copy<double>(part, place);
                    else if (y.IsFloat) Copy<float>(part, place);
                    else Copy<long>(part, place);
                }
                from += t.Shape[dim];
            }
        });
    }

    private static void Copy<T>(View from, View to) where T : unmanaged, INumberBase<T> => Loops.For(from.Count, 1 << 14, (first, last) =>
    {
        var piece = new T[last - first];
        from.Load<T>(first, piece);
        to.Store<T>(first, piece);
    });

    /// <summary>Keeps what lies on the diagonal and above it.</summary>
    private static Plan Triu(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.NumbersAndBool), y = call.Like("out", x, "self");
        call.Rank("self", x, 2, 8, "8.broadcast");
        call.Shape("out", y, x.Shape);
        long diagonal = call.Integer("diagonal"), rows = x.Shape[^2], columns = x.Shape[^1];
        return new Plan(Checks.Workspace([x, y]), memory =>
        {
            double[] values = Elements.Read<double>(memory, x);
            for (long i = 0; i < values.Length; i++) if (i % columns - (i / columns % rows) < diagonal) values[i] = 0;
            Elements.Write(memory, y, values);
        });
    }
}
