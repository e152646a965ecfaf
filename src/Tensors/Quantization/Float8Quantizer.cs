using System.Buffers;
using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Rounds weights into 8-bit floats with a scale for each row: its largest magnitude becomes the type's largest number.</summary>
internal sealed class Float8Quantizer(Float8Kind kind) : IQuantizer
{
    private const int ChunkElements = 1 << 20;

    /// <inheritdoc/>
    public PackedFormat Format { get; } = new Float8Format(kind, blockRows: 1);

    /// <inheritdoc/>
    public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows)
    {
        QuantizedTensor packed = QuantizedTensor.Empty(backend, name, shape, Format);
        if (backend.IsMeasuring) return packed;
        (int count, int width) = (shape[0], shape[1]);
        int step = Math.Clamp(ChunkElements / Math.Max(1, width), 1, Math.Max(1, count));
        float[] x = ArrayPool<float>.Shared.Rent(step * width);
        var codes = new byte[step * width];
        var scales = new float[count];
        try
        {
            for (int row = 0; row < count; row += step)
            {
                int n = Math.Min(step, count - row), first = row;
                rows(row, x.AsSpan(0, n * width));
                Parallel.For(0, n, r => scales[first + r] = Encode(x.AsSpan(r * width, width), codes.AsSpan(r * width, width)));
                using (TensorScope.Suspend())
                {
                    using Tensor part = packed.Parts[Float8Format.Codes].View([n, width], [width, 1], (long)row * width);
                    backend.Upload(codes.AsSpan(0, n * width), part);
                }
            }
            backend.Upload(MemoryMarshal.AsBytes<float>(scales), packed.Parts[Float8Format.Scale]);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
        finally { ArrayPool<float>.Shared.Return(x); }
    }

    /// <summary>Codes of a row, and its scale; 1 for a row of zeros.</summary>
    private float Encode(ReadOnlySpan<float> x, Span<byte> codes)
    {
        float largest = x.Length == 0 ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(x)), scale = largest == 0 ? 1 : largest / kind.Largest;
        for (int i = 0; i < x.Length; i++) codes[i] = kind.Encode(Math.Clamp(x[i] / scale, -kind.Largest, kind.Largest));
        return scale;
    }
}
