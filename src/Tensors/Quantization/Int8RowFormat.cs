using System.Buffers;
using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>LLM.int8: w = code · scale(row) / 127.</summary>
/// <remarks>Dettmers et al. 2022, arXiv:2208.07339. Parts: codes, I8 held as U8 [out, in]; scale F32 [out], the largest magnitude of a row (SCB in files).</remarks>
internal sealed class Int8RowFormat : PackedFormat
{
    /// <summary>bitsandbytes multiplies by this constant.</summary>
    internal const float Unit = 1 / 127f;

    /// <summary>Numbers of the parts.</summary>
    internal const int Codes = 0, Scale = 1;

    /// <summary>The only one there need be.</summary>
    internal static Int8RowFormat Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "int8";

    /// <inheritdoc/>
    public override int Grain => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<PackedPart> Parts(Shape shape) => shape.Rank == 2
        ? [new("codes", shape, DType.U8), new("scale", [shape[0]], DType.F32)]
        : throw new ArgumentException($"{Name}: a matrix is needed, which {shape} is not");

    /// <inheritdoc/>
    public override void Expand(QuantizedTensor w, int row, int column, Span<float> y)
    {
        TensorPrimitives.ConvertTruncating(w.Part<sbyte>(Codes, (long)row * w.Shape[1] + column, y.Length), y);
        TensorPrimitives.Multiply(y, w.Part<float>(Scale, row, 1)[0], y);
        TensorPrimitives.Multiply(y, Unit, y);
    }
}

/// <summary>Rounds weights into LLM.int8's rows. As bitsandbytes, by way of F16.</summary>
internal sealed class Int8RowQuantizer : IQuantizer
{
    private const int ChunkElements = 1 << 20;

    /// <inheritdoc/>
    public PackedFormat Format => Int8RowFormat.Instance;

    /// <inheritdoc/>
    public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows)
    {
        QuantizedTensor packed = QuantizedTensor.Empty(backend, name, shape, Format);
        if (backend.IsMeasuring) return packed;
        (int count, int width) = (shape[0], shape[1]);
        int step = Math.Clamp(ChunkElements / Math.Max(1, width), 1, Math.Max(1, count));
        float[] x = ArrayPool<float>.Shared.Rent(step * width);
        var codes = new sbyte[step * width];
        var scales = new float[count];
        try
        {
            for (int row = 0; row < count; row += step)
            {
                int n = Math.Min(step, count - row), first = row;
                rows(row, x.AsSpan(0, n * width));
                Parallel.For(0, n, r =>
                {
                    Span<float> line = x.AsSpan(r * width, width);
                    for (int i = 0; i < line.Length; i++) line[i] = (float)(Half)line[i];
                    scales[first + r] = Int8Linear.QuantizeRow(line, codes.AsSpan(r * width, width));
                });
                using (TensorScope.Suspend())
                {
                    using Tensor part = packed.Parts[Int8RowFormat.Codes].View([n, width], [width, 1], (long)row * width);
                    backend.Upload(MemoryMarshal.AsBytes<sbyte>(codes.AsSpan(0, n * width)), part);
                }
            }
            backend.Upload(MemoryMarshal.AsBytes<float>(scales), packed.Parts[Int8RowFormat.Scale]);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
        finally { ArrayPool<float>.Shared.Return(x); }
    }
}
