using System.Buffers;

namespace Pure.Tuner;

/// <summary>Rounds matrices into a block format of ggml, every row by itself.</summary>
/// <param name="importance">How much the error of each column counts, [in], or null: all the same.</param>
internal sealed class GgmlQuantizer<T>(float[]? importance = null) : IQuantizer where T : struct, IBlockQuantizer
{
    private const int ChunkElements = 1 << 20;

    /// <inheritdoc/>
    public PackedFormat Format => GgmlFormat<T>.Instance;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A row is not whole blocks, or the importance is of another length.</exception>
    public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows)
    {
        if (importance is not null && importance.Length != shape[^1]) throw new ArgumentException($"{Format}: {name} {shape} has {shape[^1]} columns and the importance {importance.Length}");
        QuantizedTensor packed = QuantizedTensor.Empty(backend, name, shape, Format);
        if (backend.IsMeasuring) return packed;
        Tensor blocks = packed.Parts[0];
        int width = shape[1], rowBytes = blocks.Shape[1], step = Math.Clamp(ChunkElements / Math.Max(1, width), 1, Math.Max(1, shape[0]));
        float[] x = ArrayPool<float>.Shared.Rent(step * width);
        byte[] y = ArrayPool<byte>.Shared.Rent(step * rowBytes);
        try
        {
            for (int row = 0; row < shape[0]; row += step)
            {
                int count = Math.Min(step, shape[0] - row);
                rows(row, x.AsSpan(0, count * width));
                Pack(x.AsMemory(0, count * width), width, y.AsMemory(0, count * rowBytes), importance);
                using (TensorScope.Suspend())
                {
                    using Tensor part = blocks.View([count, rowBytes], [rowBytes, 1], (long)row * rowBytes);
                    backend.Upload(y.AsSpan(0, count * rowBytes), part);
                }
            }
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(x);
            ArrayPool<byte>.Shared.Return(y);
        }
    }

    /// <summary>Rounds whole rows, on all cores; blocks do not depend on each other, so that the bytes do not depend on the number of threads.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="width">Columns.</param>
    /// <param name="y">Where the blocks go.</param>
    /// <param name="importance">For each column, or null.</param>
    internal static void Pack(ReadOnlyMemory<float> x, int width, Memory<byte> y, float[]? importance = null)
    {
        if (width == 0) return;
        int rowBytes = width / T.Elements * T.Bytes;
        Parallel.For(0, x.Length / width, row => Blocks.Pack<T>(x.Span.Slice(row * width, width), importance, y.Span.Slice(row * rowBytes, rowBytes)));
    }
}
