using System.Globalization;

namespace Pure.Tuner;

/// <summary>Writes a decoder and its tokenizer as one GGUF file that llama.cpp and its kin load.</summary>
internal static class GgufExport
{
    private const int ChunkElements = 1 << 20;

    /// <summary>Writes the file; what was there before stays until the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model, without adapters: merge them first. Packed weights are read piece by piece; blocks that are already of the wanted format are copied as they are.</param>
    /// <param name="tokenizer">Its tokenizer, with the chat template.</param>
    /// <param name="type">Which format the matrices get.</param>
    /// <param name="name">general.name, or null.</param>
    /// <param name="tell">Is told in one sentence each what came out other than asked for.</param>
    /// <param name="importance">By a weight's path: how much the error of each of its columns counts; or null.</param>
    /// <param name="keepsFormats">Whether weights that are in blocks of this kind of file already stay so whatever the type says.</param>
    /// <exception cref="CheckpointException">The model, the tokenizer or a number in a weight has no place in such a file.</exception>
    /// <exception cref="IOException">The disk is full, or the file cannot be replaced.</exception>
    internal static void Write(string path, DecoderModel model, Tokenizer tokenizer, GgufType type, string? name = null, Action<string>? tell = null, IReadOnlyDictionary<string, float[]>? importance = null, bool keepsFormats = false)
    {
        DecoderConfig c = model.Config;
        if (model.Embedding.Adapter is not null || model.Head.Adapter is not null || model.Linears.Any(l => l.Adapter is not null))
            throw new CheckpointException("a model with an adapter at work cannot be written as GGUF: merge the adapter first");
        var file = new GgufWriter();
        file.Key("general.architecture", GgufModelKeys.Architecture(c));
        file.Key("general.type", "model");
        file.Key("general.name", name);
        file.Key("general.file_type", (uint)type.FileType);
        if (!type.Format.IsPlain) file.Key("general.quantization_version", 2u);
        GgufModelKeys.Write(file, c);
        GgufVocabularyWriter.Write(file, GgufVocabularyWriter.Of(tokenizer, c.Vocab, tell));
        if (GgufModelKeys.Factors(c.Rope) is { } factors)
            file.Tensor(GgufModelKeys.FactorsName, GgufFormat.Find("F32")!, [factors.Length], stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(factors.AsSpan())));
        var other = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Weight weight in model.Weights)
        {
            (string ggufName, int layer) = GgufNames.FromHuggingFace(weight.Name) ?? throw new CheckpointException($"weight '{weight.Name}' has no place in a GGUF file of a {c.ModelType} model: save it as safetensors");
            GgufFormat format = GgufFormat.Find("F32")!;
            if (weight.Shape.Rank == 2)
            {
                GgufFormat wanted = keepsFormats && weight is QuantizedTensor own && GgufFormat.Find(own.Format.Name) is { Packed: not null } same ? same : type.FormatOf(ggufName, layer, c, model.IsTied);
                format = GgufType.Fitting(wanted, weight.Shape[1]);
                if (format != wanted)
                {
                    string key = string.Create(CultureInfo.InvariantCulture, $"{wanted.Name} became {format.Name} where a row has {weight.Shape[1]} numbers");
                    other[key] = other.GetValueOrDefault(key) + 1;
                }
            }
            int heads = !GgufModelKeys.IsInterleaved(c) ? 0
                : weight.Name.Contains(".q_proj.", StringComparison.Ordinal) ? c.Heads
                : weight.Name.Contains(".k_proj.", StringComparison.Ordinal) ? c.KvHeads
                : 0;
            float[]? columns = importance?.GetValueOrDefault(weight.Name);
            file.Tensor(ggufName, format, [.. weight.Shape.Select(d => (long)d)], stream => WriteWeight(stream, weight, format, heads, columns));
        }
        if (other.Count > 0)
            tell?.Invoke($"GGUF {type}: not all rows are whole blocks: {string.Join("; ", other.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Key} ({o.Value} of {model.Weights.Count(w => w.Shape.Rank == 2)} matrices)")))}");
        file.Save(path);
    }

    private static void WriteWeight(Stream stream, Weight weight, GgufFormat format, int heads, float[]? importance)
    {
        int rows = weight.Shape.Rank == 1 ? 1 : weight.Shape[0], width = weight.Shape[^1];
        if (weight.Shape.Rank == 1)
        {
            float[] vector = ReadVector((Parameter)weight);
            CheckNumbers(weight, format, vector);
            if (heads > 0) vector = [.. Enumerable.Range(0, width).Select(i => vector[RowOfModel(i, width / heads)])];
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
            return;
        }
        if (importance is not null && importance.Length != width) throw new ArgumentException($"gguf: {weight.Name} has {width} columns and the importance {importance.Length}", nameof(importance));
        // Whole heads go together, since their rows change places.
        int headDim = heads > 0 ? rows / heads : 1, step = Math.Max(1, ChunkElements / Math.Max(1, width) / headDim) * headDim;
        int rowBytes = width / format.BlockElements * format.BlockBytes;
        byte[] packed = new byte[Math.Min(step, rows) * rowBytes], ordered = heads > 0 ? new byte[packed.Length] : packed;
        float[]? wide = CopiesBlocks(weight, format) ? null : new float[Math.Min(step, rows) * width];
        for (int row = 0; row < rows; row += step)
        {
            int count = Math.Min(step, rows - row);
            if (wide is null) ReadBlocks((QuantizedTensor)weight, row, packed.AsSpan(0, count * rowBytes));
            else
            {
                ReadRows(weight, row, wide.AsSpan(0, count * width));
                CheckNumbers(weight, format, wide.AsSpan(0, count * width));
                Parallel.For(0, count, i => format.Pack!(wide.AsSpan(i * width, width), importance, packed.AsSpan(i * rowBytes, rowBytes)));
            }
            for (int i = 0; heads > 0 && i < count; i++) packed.AsSpan(RowOfModel(i, headDim) * rowBytes, rowBytes).CopyTo(ordered.AsSpan(i * rowBytes));
            stream.Write(ordered.AsSpan(0, count * rowBytes));
        }
    }

    private static bool CopiesBlocks(Weight weight, GgufFormat format) => weight is QuantizedTensor q && format.Packed is { } blocks && ReferenceEquals(q.Format, blocks);

    /// <summary>Which row of the model's order is a row of the file: the inverse of <see cref="GgufCheckpoint.RowInFile(long, long)"/>.</summary>
    private static int RowOfModel(int row, int headDim)
    {
        int inside = row % headDim;
        return row - inside + inside % 2 * (headDim / 2) + inside / 2;
    }

    private static float[] ReadVector(Parameter parameter)
    {
        using (TensorScope.Suspend())
        {
            using Tensor y = Tensor.Empty(parameter.Value.Backend, parameter.Shape);
            parameter.Read(.., y);
            return y.ToArray<float>();
        }
    }

    private static void ReadRows(Weight weight, int first, Span<float> rows)
    {
        int width = weight.Shape[1], count = rows.Length / width;
        using (TensorScope.Suspend())
        {
            using Tensor y = Tensor.Empty(weight.Backend, [count, width]);
            weight.Read(first..(first + count), y);
            y.CopyTo(rows);
        }
    }

    private static void ReadBlocks(QuantizedTensor weight, int first, Span<byte> blocks)
    {
        Tensor all = weight.Parts[0];
        int rowBytes = all.Shape[1];
        using (TensorScope.Suspend())
        {
            using Tensor part = all.View([blocks.Length / rowBytes, rowBytes], [rowBytes, 1], all.Offset + (long)first * rowBytes);
            all.Backend.Download(part, blocks);
        }
    }

    private static void CheckNumbers(Weight weight, GgufFormat format, ReadOnlySpan<float> x)
    {
        float largest = x.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(x));
        if (!float.IsFinite(largest)) throw new CheckpointException($"weight '{weight.Name}' holds a number that is not finite: the training went wrong, go back to an earlier checkpoint");
        if (format.Name == "F16" && largest > Blocks.LargestHalf)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"weight '{weight.Name}' holds {largest}, more than F16's largest number {Blocks.LargestHalf}: write BF16, F32 or a packed type"));
    }
}
