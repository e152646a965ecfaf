namespace Pure.Tuner;

/// <summary>Puts the trained tensors of a checkpoint back.</summary>
internal static class TrainedTensors
{
    /// <summary>Reads every trained tensor from adapter_model.safetensors or the shards of a whole model.</summary>
    /// <exception cref="CheckpointException">One is missing or of another shape or type.</exception>
    internal static void Restore(string folder, IReadOnlyList<(string Name, Parameter Parameter)> trained)
    {
        string adapter = Path.Combine(folder, "adapter_model.safetensors");
        string[] paths = File.Exists(adapter) ? [adapter] : [.. Directory.EnumerateFiles(folder, "model*.safetensors").Order(StringComparer.Ordinal)];
        if (paths.Length == 0) throw new CheckpointException($"{folder}: holds neither adapter_model.safetensors nor model.safetensors");
        List<SafetensorsFile> files = [];
        try
        {
            foreach (string path in paths) files.Add(SafetensorsFile.Open(path));
            foreach ((string name, Parameter parameter) in trained)
            {
                SafetensorsFile? file = files.Find(f => f.Find(name) is not null);
                Tensor value = parameter.Value;
                if (file?.Find(name) is not { } entry || !entry.Shape.SequenceEqual(value.Shape.Select(d => (long)d)) || file.Bytes(name).Length != value.Shape.Count * value.DType.Size)
                    throw new CheckpointException($"{folder}: '{name}' is missing or not {value.DType} {value.Shape}; the checkpoint belongs to another run");
                value.Backend.Upload(file.Bytes(name), value);
            }
        }
        finally { foreach (SafetensorsFile file in files) file.Dispose(); }
    }
}
