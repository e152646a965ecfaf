namespace Pure.Tuner;

/// <summary>What a GGUF file says of its tokenizer, under the keys tokenizer.ggml.* and tokenizer.chat_template.</summary>
internal sealed record GgufVocabulary(string Model, string? Pre, string[] Tokens, int[]? TokenTypes, float[]? Scores, string[]? Merges, int? BosId, int? EosId, int? PadId, int? UnknownId, bool? AddBos, bool? AddEos, bool? AddSpacePrefix, string? ChatTemplate);
