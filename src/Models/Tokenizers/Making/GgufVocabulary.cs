namespace Pure.Tuner;

/// <summary>The tokenizer that a GGUF file's metadata describes.</summary>
/// <param name="Model">tokenizer.ggml.model: "gpt2" (byte-level BPE) or "llama" (SentencePiece BPE).</param>
/// <param name="Pre">tokenizer.ggml.pre: which split pattern, for "gpt2".</param>
/// <param name="Tokens">tokenizer.ggml.tokens</param>
/// <param name="TokenTypes">tokenizer.ggml.token_type: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</param>
/// <param name="Scores">tokenizer.ggml.scores</param>
/// <param name="Merges">tokenizer.ggml.merges, "a b"</param>
/// <param name="BosId">tokenizer.ggml.bos_token_id</param>
/// <param name="EosId">tokenizer.ggml.eos_token_id</param>
/// <param name="PadId">tokenizer.ggml.padding_token_id</param>
/// <param name="UnknownId">tokenizer.ggml.unknown_token_id</param>
/// <param name="AddBos">tokenizer.ggml.add_bos_token; absent: what llama.cpp does for the model.</param>
/// <param name="AddEos">tokenizer.ggml.add_eos_token</param>
/// <param name="AddSpacePrefix">tokenizer.ggml.add_space_prefix; absent means true for "llama".</param>
/// <param name="ChatTemplate">tokenizer.chat_template</param>
internal sealed record GgufVocabulary(string Model, string? Pre, string[] Tokens, int[]? TokenTypes, float[]? Scores, string[]? Merges, int? BosId, int? EosId, int? PadId, int? UnknownId, bool? AddBos, bool? AddEos, bool? AddSpacePrefix, string? ChatTemplate);
