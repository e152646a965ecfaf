using System.Buffers;

namespace Pure.Tuner;

/// <summary>Tensors to files and copies of tensors.</summary>
internal static class TensorFiles
{
    private const int PartBytes = 1 << 20;

    /// <summary>Adds a tensor to a file, copied out a part at a time when it is written.</summary>
    internal static void Add(SafetensorsWriter writer, string name, Tensor tensor) =>
        writer.Add(name, tensor.DType, [.. tensor.Shape.Select(d => (long)d)], stream => Write(tensor, stream));

    internal static Tensor Clone(Tensor x, DType? dtype = null)
    {
        using (TensorScope.Suspend())
        {
            Tensor y = Tensor.Empty(x.Backend, x.Shape, dtype ?? x.DType);
            x.Backend.Copy(x, y);
            return y;
        }
    }

    /// <summary>Some rows of a table, as floats.</summary>
    internal static float[] Rows(Parameter table, int[] ids)
    {
        using var scope = TensorScope.Begin();
        Tensor rows = Tensor.Empty(table.Value.Backend, [ids.Length, table.Shape[1]]);
        table.Rows(Tensor.From<int>(table.Value.Backend, ids, [ids.Length]), rows);
        return rows.ToArray<float>();
    }

    private static void Write(Tensor tensor, Stream stream)
    {
        int count = checked((int)tensor.Shape.Count), step = PartBytes / tensor.DType.Size;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Min(count, step) * tensor.DType.Size);
        for (int first = 0; first < count; first += step)
        {
            int n = Math.Min(step, count - first);
            using Tensor part = tensor.View([n], [1], tensor.Offset + first);
            Span<byte> span = bytes.AsSpan(0, n * tensor.DType.Size);
            tensor.Backend.Download(part, span);
            stream.Write(span);
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
