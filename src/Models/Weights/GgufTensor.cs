namespace Pure.Tuner;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Format">How its numbers are packed.</param>
/// <param name="Shape">Sizes, slowest first (the file lists them fastest first).</param>
/// <param name="Elements">Their product.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record GgufTensor(string Name, GgufFormat Format, long[] Shape, long Elements, long Offset, long Bytes);
