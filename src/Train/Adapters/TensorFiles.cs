using System.Buffers;

namespace Pure.Tuner;

/// <summary>Tensors to files and copies of tensors.</summary>
internal static class TensorFiles
{
    private const int PartBytes = 1 << 20;

    /// <summary>Adds a tensor to a file, copied out a part at a time when it is written.</summary>
    internal static void Add(SafetensorsWriter writer, string name, Tensor tensor) =>
        writer.Add(name, tensor.DType, [.. tensor.Shape.Select(d => (long)d)], stream => Write(tensor, stream));

    /// <summary>Adds a weight to a file, dequantised where it is packed, read a few rows at a time when it is written.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="weight">The weight; its dtype is kept where it is a parameter.</param>
    /// <param name="packed">What a packed weight is stored in.</param>
    /// <param name="name">Its name in the file; the weight's own when null.</param>
    internal static void Add(SafetensorsWriter writer, Weight weight, DType packed = DType.F32, string? name = null)
    {
        if (weight is Parameter parameter) Add(writer, name ?? weight.Name, parameter.Value);
        else writer.Add(name ?? weight.Name, packed, [.. weight.Shape.Select(d => (long)d)], stream => Write(weight, packed, stream));
    }

    private static void Write(Weight weight, DType dtype, Stream stream)
    {
        int rows = weight.Shape[0], rowBytes = weight.Shape[1] * dtype.Size, step = Math.Max(1, PartBytes / Math.Max(1, rowBytes));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Min(step, rows) * rowBytes);
        for (int first = 0; first < rows; first += step)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(step, rows - first);
            Tensor part = Tensor.Empty(weight.Backend, [count, weight.Shape[1]], dtype);
            weight.Read(first..(first + count), part);
            part.Backend.Download(part, bytes.AsSpan(0, count * rowBytes));
            stream.Write(bytes.AsSpan(0, count * rowBytes));
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }

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
    internal static float[] Rows(Weight table, int[] ids)
    {
        using var scope = TensorScope.Begin();
        Tensor rows = Tensor.Empty(table.Backend, [ids.Length, table.Shape[1]]);
        table.Rows(Tensor.From<int>(table.Backend, ids, [ids.Length]), rows);
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
