using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>Small tokenizers made in memory, so that these tests need no files.</summary>
internal static class TestTokenizers
{
    public static readonly string[] Texts =
    [
        "The quick brown fox jumps over the lazy dog. The dog sleeps; the fox doesn't.",
        "the other brother gathers there with their father, and they bathe in the northern weather",
        "naïve café, 你好世界 你好, 🙂🙂 and 12 345 6789 numbers   with   spaces\n\nand lines\r\n",
    ];

    public static Tokenizer ByteLevel { get; } = BpeTrainer.Train(Texts, 400, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);

    /// <summary>SentencePiece style: bytes, letters and a few words with scores.</summary>
    public static GgufVocabulary Llama { get; } = MakeLlama();

    private static GgufVocabulary MakeLlama()
    {
        List<string> tokens = ["<unk>", "<s>", "</s>"];
        List<int> types = [2, 3, 3];
        List<float> scores = [0, 0, 0];
        void Add(string token, int type, float score) { tokens.Add(token); types.Add(type); scores.Add(score); }
        for (int b = 0; b < 256; b++) Add($"<0x{b:X2}>", 6, 0);
        string[] pieces = ["▁t", "he", "▁the", "▁▁", "her", "in", "er", "▁th", "▁other", "oth", "▁▁▁▁", "ther", "other", "▁o"];
        for (int i = 0; i < pieces.Length; i++) Add(pieces[i], 1, -i);
        foreach (char c in "▁abcdefghijklmnopqrstuvwxyzABCT.,'é你") Add(c.ToString(), 1, -100 - tokens.Count);
        Add("<extra>", 4, 0);
        return new GgufVocabulary("llama", "default", [.. tokens], [.. types], [.. scores], null, 1, 2, null, 0, true, false, null, "{{ messages }}");
    }

    /// <summary>tokenizer.json around a byte-level model whose vocabulary is the bytes and what the merges give.</summary>
    public static TokenizerFiles Files(string components, string model = "", string vocabulary = "", string merges = "", string added = "", string? config = null)
    {
        if (vocabulary.Length == 0)
            vocabulary = string.Join(",", Enumerable.Range(0, 256).Select(b => $"{System.Text.Json.JsonSerializer.Serialize(ByteAlphabet.Char((byte)b).ToString())}:{b}"));
        string json = $$$"""{"version":"1.0","added_tokens":[{{{added}}}],{{{components}}}{{{(components.Length > 0 ? "," : "")}}}"model":{"type":"BPE",{{{model}}}{{{(model.Length > 0 ? "," : "")}}}"vocab":{ {{{vocabulary}}} },"merges":[{{{merges}}}]} }""";
        return new TokenizerFiles("test", Encoding.UTF8.GetBytes(json), config is null ? null : Encoding.UTF8.GetBytes(config), null, null);
    }

    /// <summary>A folder that is gone when the test is.</summary>
    public sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("tokenizer").FullName;
        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
