using System.Buffers;

namespace Pure.Tuner;

/// <summary>Rounds weights into bitsandbytes' 4 bits, byte for byte as bitsandbytes does.</summary>
/// <param name="format">NF4 or FP4, block size, double quantisation.</param>
internal sealed class BnbFourBitQuantizer(BnbFourBitFormat format) : IQuantizer
{
    private const int ChunkElements = 1 << 20, PieceElements = 1 << 15;

    /// <inheritdoc/>
    public PackedFormat Format => format;

    /// <inheritdoc/>
    public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows)
    {
        QuantizedTensor packed = QuantizedTensor.Empty(backend, name, shape, format);
        if (backend.IsMeasuring) return packed;
        try
        {
            var absmax = new float[Blockwise8Bit.Blocks(shape.Count, format.BlockSize)];
            WriteCodes(packed, rows, absmax);
            WriteScales(packed, absmax);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <summary>A few rows at a time; what is left of a block when they end waits for the next ones.</summary>
    private void WriteCodes(QuantizedTensor packed, RowReader rows, float[] absmax)
    {
        (int count, int width) = (packed.Shape[0], packed.Shape[1]);
        int step = Math.Clamp(ChunkElements / Math.Max(1, width), 1, Math.Max(1, count)), size = format.BlockSize;
        int room = checked(step * width + size);
        float[] x = ArrayPool<float>.Shared.Rent(room);
        byte[] codes = ArrayPool<byte>.Shared.Rent(room / 2 + 1);
        int held = 0;
        long done = 0;
        for (int row = 0; row < count; row += step)
        {
            int n = Math.Min(step, count - row);
            rows(row, x.AsSpan(held, n * width));
            held += n * width;
            int ready = row + n == count ? held : held - held % size;
            if (ready == 0) continue;
            Encode(x, ready, codes, absmax, (int)(done / size));
            using (TensorScope.Suspend())
            {
                using Tensor part = packed.Parts[BnbFourBitFormat.Codes].View([(ready + 1) / 2], [1], done / 2);
                packed.Backend.Upload(codes.AsSpan(0, (ready + 1) / 2), part);
            }
            x.AsSpan(ready, held - ready).CopyTo(x);
            done += ready;
            held -= ready;
        }
        ArrayPool<byte>.Shared.Return(codes);
        ArrayPool<float>.Shared.Return(x);
    }

    /// <summary>Blocks know nothing of each other, so threads change nothing.</summary>
    private void Encode(float[] x, int count, byte[] codes, float[] absmax, int firstBlock)
    {
        int size = format.BlockSize, together = Math.Max(1, PieceElements / size), blocks = Blockwise8Bit.Blocks(count, size);
        Parallel.For(0, (blocks + together - 1) / together, piece =>
        {
            for (int block = piece * together; block < Math.Min(blocks, (piece + 1) * together); block++)
            {
                int first = block * size, n = Math.Min(size, count - first);
                absmax[firstBlock + block] = format.Code.Encode(x.AsSpan(first, n), codes.AsSpan(first / 2, (n + 1) / 2));
            }
        });
    }

    /// <summary>absmax as it is, or less its mean in 8 bits.</summary>
    private void WriteScales(QuantizedTensor packed, float[] absmax)
    {
        if (!format.IsNested)
        {
            Upload<float>(packed, BnbFourBitFormat.AbsMax, absmax);
            return;
        }
        double sum = 0;
        foreach (float a in absmax) sum += a;
        float offset = (float)(sum / Math.Max(1, absmax.Length));
        TensorPrimitives.Subtract(absmax, offset, absmax);
        var codes = new byte[absmax.Length];
        var nested = new float[Blockwise8Bit.Blocks(absmax.Length, format.NestedBlockSize)];
        Blockwise8Bit.Quantize(absmax, format.NestedBlockSize, DynamicMap.Signed, codes, nested);
        Upload<byte>(packed, BnbFourBitFormat.AbsMax, codes);
        Upload<float>(packed, BnbFourBitFormat.NestedAbsMax, nested);
        Upload<float>(packed, BnbFourBitFormat.NestedOffset, [offset]);
        Upload(packed, BnbFourBitFormat.NestedMap, DynamicMap.Signed.Values);
    }

    private static void Upload<T>(QuantizedTensor packed, int part, ReadOnlySpan<T> elements) where T : unmanaged =>
        packed.Backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(elements), packed.Parts[part]);
}
