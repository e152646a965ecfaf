namespace Pure.Tuner;

/// <summary>The operator table: one row an operator, one place for the questions whether it is right, whether its gradient is, who runs it and how fast.</summary>
/// <remarks>A row is a line in OpCases.Fused.cs, OpCases.Elementwise.cs or OpCases.Shapes.cs; plug-ins bring theirs with <see cref="Add"/>.</remarks>
public static partial class OpCases
{
    private static List<OpCase>? s_all;

    /// <summary>All rows, by name.</summary>
    public static IReadOnlyList<OpCase> All => Table;

    /// <summary>The names, for messages.</summary>
    public static string Names => string.Join(", ", Table.Select(c => c.Name));

    private static List<OpCase> Table => s_all ??= [.. Fused().Concat(Elementwise()).Concat(Shapes()).OrderBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>The row of an operator, or null.</summary>
    public static OpCase? Find(string name) => Table.Find(c => c.Name == name);

    /// <summary>The row of an operator.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static OpCase Get(string name) => Find(name) ?? throw new ArgumentException($"ops: no operator '{name}' (known: {Names})");

    /// <summary>Adds a plug-in's rows until the result is disposed.</summary>
    /// <exception cref="ArgumentException">A name is in the table already.</exception>
    public static IDisposable Add(IOpCaseSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        OpCase[] added = [.. source.Cases];
        for (int i = 0; i < added.Length; i++)
        {
            if (Find(added[i].Name) is null)
            {
                Table.Add(added[i]);
                continue;
            }
            Table.RemoveAll(c => added[..i].Contains(c));
            throw new ArgumentException($"ops: {added[i].Name} is in the table already");
        }
        Table.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new Removal(added);
    }

    /// <summary>An activation.</summary>
    private static OpInput X(string name, Shape shape, OpValues values = OpValues.Signed) => new(name, shape) { Values = values };

    /// <summary>A weight, taken as a parameter.</summary>
    private static OpInput W(string name, Shape shape, OpValues values = OpValues.Signed) => new(name, shape) { Values = values, IsWeight = true };

    /// <summary>A float input that gets no gradient and stays F32.</summary>
    private static OpInput Table32(string name, Shape shape, OpValues values) => new(name, shape) { Values = values, IsFrozen = true };

    /// <summary>Numbers of rows.</summary>
    private static OpInput Ids(string name, int count, int below) => new(name, [count]) { DType = DType.I32, Values = OpValues.Ids, Below = below };

    private sealed class Removal(OpCase[] added) : IDisposable
    {
        public void Dispose() => Table.RemoveAll(c => added.Contains(c));
    }
}
